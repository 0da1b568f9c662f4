#include "tests/bench/restart/long_log.h"

#include "absl/strings/str_cat.h"
#include "pb/kv.pb.h"
#include "replica/core/partition_map.h"

namespace althing {
namespace {

std::string EncodedPut(const std::string& key, size_t value_bytes) {
  pb::RequestBatch batch;
  pb::Command& command = *batch.add_requests()->add_commands();
  command.set_operation(pb::OPERATION_PUT);
  command.set_key(key);
  command.set_value(std::string(value_bytes, 'v'));
  return batch.SerializeAsString();
}

}  // namespace

void LongLog::ForEach(absl::FunctionRef<void(const pb::Record&)> append) {
  partitions_.assign(options_.partitions, {});
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    pb::Record record;
    record.set_partition(p);
    record.mutable_started()->set_window(64);
    append(record);
  }
  for (uint64_t i = 0; i < options_.instances; ++i) AddInstance(i, append);
}

void LongLog::AddInstance(uint64_t i, absl::FunctionRef<void(const pb::Record&)> append) {
  const auto members = static_cast<uint64_t>(options_.quorums.n());
  const uint64_t key_number = random_.Below(options_.keys);
  const std::string key = absl::StrCat("key-", key_number);
  const PartitionId place = PartitionMap(options_.partitions, options_.hash_seed).Find(key);
  Partition& partition = partitions_[place.value];
  const uint64_t number = partition.instances++;
  const InstanceId id = {number / members + 1, MemberIndex{static_cast<uint8_t>(number % members)}};
  std::vector<Slot>& last = partition.last[key_number];
  last.resize(members);

  pb::Record vote;
  vote.set_partition(place.value);
  pb::Record outcome = vote;
  const MemberSet fast_quorum = options_.quorums.FastQuorum(id.coordinator);
  const bool votes = fast_quorum.Has(options_.self);
  const std::string payload = EncodedPut(key, options_.value_bytes);
  if (votes) {
    pb::PreAcceptedRecord& pre_accepted = *vote.mutable_pre_accepted();
    ToProto(id, pre_accepted.mutable_id());
    pre_accepted.set_payload(payload);
    for (const Slot slot : last) pre_accepted.add_initial_deps(slot);
    for (const Slot slot : last) pre_accepted.add_deps(slot);
    pre_accepted.set_fast_quorum(fast_quorum.bits());
    append(vote);
  }
  // An own one is decided by its designated fast quorum or by matching votes: by turns.
  if (id.coordinator == options_.self && i % 2 == 0) {
    ToProto(id, outcome.mutable_decided()->mutable_id());
  } else {
    pb::CommittedRecord& committed = *outcome.mutable_committed();
    ToProto(id, committed.mutable_id());
    if (!votes) committed.set_payload(payload);
    for (const Slot slot : last) committed.add_deps(slot);
  }
  append(outcome);
  last[id.coordinator.value] = id.slot;
}

}  // namespace althing
