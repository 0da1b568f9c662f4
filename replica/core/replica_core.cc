#include "replica/core/replica_core.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/partition.h"

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

void ReplicaCore::Step(PartitionId partition, LogicalTime now, Input input, Output& output) {
  CHECK(partition.value < partitions());
  partitions_[partition.value]->protocol().Step(now, std::move(input), output);
  for (pb::Record& record : output.records) record.set_partition(partition.value);
  for (Send& send : output.sends) send.envelope.set_partition(partition.value);
  for (Reply& reply : output.replies) {
    reply.result.set_partition(partition.value);
    if (reply.result.has_session()) reply.result.mutable_session()->set_partition(partition.value);
    reply.result.set_replica(options_.replica.value);
  }
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
