#include "replica/core/replica_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/partition.h"
#include "replica/core/partition_map.h"

namespace althing {

ReplicaCore::ReplicaCore(const CoreOptions& options) : options_(options) {
  CHECK(options.partitions > 0);
  partitions_.reserve(options.partitions);
  for (uint32_t p = 0; p < options.partitions; ++p) {
    partitions_.push_back(std::make_unique<Partition>(options_));
  }
}

ReplicaCore::~ReplicaCore() = default;

uint32_t ReplicaCore::partitions() const { return static_cast<uint32_t>(partitions_.size()); }

absl::Status ReplicaCore::Restore(const pb::Record& record) {
  if (record.partition() >= partitions()) {
    return absl::DataLossError(
        absl::StrCat("a record of partition ", record.partition(), "; there are ", partitions()));
  }
  return partitions_[record.partition()]->protocol().Restore(record);
}

absl::Status ReplicaCore::RestoreCheckpoint(const pb::CheckpointPiece& piece) {
  if (piece.partition() >= partitions()) {
    return absl::DataLossError(absl::StrCat("a piece of the checkpoint of partition ",
                                            piece.partition(), "; there are ", partitions()));
  }
  return partitions_[piece.partition()]->protocol().RestoreCheckpoint(piece);
}

absl::Status ReplicaCore::EndRestore() {
  for (uint32_t p = 0; p < partitions(); ++p) {
    const absl::Status status = partitions_[p]->protocol().EndRestore();
    if (!status.ok()) {
      return absl::DataLossError(
          absl::StrCat("partition ", p, ": ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

void ReplicaCore::Step(PartitionId partition, LogicalTime now, Input input, Output& output) {
  CHECK(partition.value < partitions());
  Protocol& protocol = partitions_[partition.value]->protocol();
  protocol.Step(now, std::move(input), output);
  if (!protocol.quarantine().empty()) [[unlikely]] {
    NoteQuarantine(partition, protocol.quarantine());
  }
  for (pb::Record& record : output.records) record.set_partition(partition.value);
  for (pb::CheckpointPiece& piece : output.pieces) piece.set_partition(partition.value);
  for (Send& send : output.sends) send.envelope.set_partition(partition.value);
  for (Reply& reply : output.replies) {
    reply.result.set_partition(partition.value);
    if (reply.result.has_session()) reply.result.mutable_session()->set_partition(partition.value);
    reply.result.set_replica(options_.replica.value);
  }
}

void ReplicaCore::NoteQuarantine(PartitionId partition, const std::string& why) {
  const bool known = std::any_of(quarantines_.begin(), quarantines_.end(),
                                 [&](const Quarantine& q) { return q.partition == partition; });
  if (!known) quarantines_.push_back({partition, why});
}

size_t ReplicaCore::waiting(PartitionId partition) const {
  return partitions_[partition.value]->protocol().waiting();
}

Held ReplicaCore::held(PartitionId partition) const {
  return partitions_[partition.value]->protocol().held();
}

absl::Status ReplicaCore::Explain(LogicalTime now, const pb::ExplainRequest& request,
                                  pb::ExplainReply& reply) const {
  PartitionId partition{request.partition()};
  const uint32_t members = static_cast<uint32_t>(options_.quorums.n());
  if (request.has_key()) {
    partition = PartitionMap(partitions(), options_.hash_seed).Find(request.key());
  } else if (!request.has_instance()) {
    return absl::InvalidArgumentError("name an instance or a key");
  } else if (partition.value >= partitions()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no partition ", partition.value,
                                                   ": they are 0 to ", partitions() - 1));
  } else if (request.instance().coordinator() >= members || request.instance().slot() == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there is no instance ", request.instance().coordinator(), ".", request.instance().slot(),
        ": coordinators are 0 to ", members - 1, ", slots begin at 1"));
  }
  partitions_[partition.value]->protocol().Explain(now, request, reply);
  reply.set_replica(options_.replica.value);
  reply.set_partition(partition.value);
  reply.set_member(options_.self.value);
  return absl::OkStatus();
}

uint64_t ReplicaCore::StateDigest(PartitionId partition) const {
  return partitions_[partition.value]->StateDigest();
}

absl::Status ReplicaCore::CheckInvariants() const {
  for (uint32_t p = 0; p < partitions(); ++p) {
    const absl::Status status = partitions_[p]->protocol().CheckInvariants();
    if (!status.ok()) {
      return absl::InternalError(
          absl::StrCat("partition ", p, ": ", std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace althing
