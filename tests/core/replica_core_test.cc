#include "replica/core/replica_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replica/core/partition_map.h"

namespace althing {
namespace {

// Tells the partition that its peers can be reached.
void ReachAll(ReplicaCore& core, PartitionId partition, const CoreOptions& options) {
  for (int i = 0; i < options.quorums.n(); ++i) {
    const MemberIndex peer{static_cast<uint8_t>(i)};
    Output output;
    if (peer != options.self) {
      core.Step(partition, LogicalTime{1}, PeerStatus{peer, true}, output);
    }
  }
}

std::string Put(const std::string& key) {
  pb::RequestBatch batch;
  pb::Command& put = *batch.add_requests()->add_commands();
  put.set_operation(pb::OPERATION_PUT);
  put.set_key(key);
  return batch.SerializeAsString();
}

TEST(ReplicaCoreTest, NamesPartitionAndReplicaInAllThatLeaves) {
  CoreOptions options{
      .self = MemberIndex{0}, .replica = ReplicaId{70}, .quorums = *Quorums::Create(1, {}, {})};
  options.partitions = 3;
  ReplicaCore core(options);
  Output output;
  core.Step(PartitionId{2}, LogicalTime{1}, Propose{RequestId{5}, Put("k")}, output);
  core.Step(PartitionId{2}, LogicalTime{1}, EndTurn{}, output);
  ASSERT_EQ(output.records.size(), 1u);
  EXPECT_EQ(output.records[0].partition(), 2u);
  output.Clear();
  core.Step(PartitionId{2}, LogicalTime{1}, Flushed{LogPosition{1}}, output);
  core.Step(PartitionId{2}, LogicalTime{1}, EndTurn{}, output);
  ASSERT_EQ(output.replies.size(), 1u);
  EXPECT_EQ(output.replies[0].request, RequestId{5});
  EXPECT_EQ(output.replies[0].result.ShortDebugString(),
            "results { version: 1 } instance { slot: 1 } partition: 2 replica: 70");
}

TEST(ReplicaCoreTest, PartitionsNumberTheirInstancesApart) {
  CoreOptions options{
      .self = MemberIndex{1}, .replica = ReplicaId{1}, .quorums = *Quorums::Create(3, {}, {})};
  options.partitions = 2;
  ReplicaCore core(options);
  for (uint32_t p = 0; p < 2; ++p) {
    ReachAll(core, PartitionId{p}, options);
    Output output;
    core.Step(PartitionId{p}, LogicalTime{1}, Propose{RequestId{p + 1}, Put("k")}, output);
    core.Step(PartitionId{p}, LogicalTime{1}, EndTurn{}, output);
    ASSERT_EQ(output.sends.size(), 1u);
    EXPECT_EQ(output.sends[0].envelope.partition(), p);
    EXPECT_EQ(output.sends[0].envelope.pre_accept().id().slot(), 1u);
  }
  EXPECT_TRUE(core.CheckInvariants().ok());
}

TEST(ReplicaCoreTest, NamesTheQuarantinedPartitionsOnceEachWithTheFirstCause) {
  CoreOptions options{
      .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(3, {}, {})};
  options.partitions = 5;
  ReplicaCore core(options);
  const auto commit = [&core](uint32_t partition, uint64_t slot, uint64_t dep) {
    pb::Envelope envelope;
    pb::Commit& message = *envelope.mutable_commit();
    message.mutable_id()->set_coordinator(1);
    message.mutable_id()->set_slot(slot);
    message.set_noop(true);
    for (const uint64_t slot_of : {uint64_t{0}, uint64_t{0}, dep}) message.add_deps(slot_of);
    Output output;
    core.Step(PartitionId{partition}, LogicalTime{1}, Receive{MemberIndex{1}, envelope}, output);
  };
  for (const uint32_t partition : {1u, 3u, 4u}) commit(partition, 7, 0);
  EXPECT_TRUE(core.quarantines().empty());
  commit(3, 7, 1);
  commit(1, 7, 1);
  commit(3, 8, 0);
  commit(3, 8, 1);
  ASSERT_EQ(core.quarantines().size(), 2u);
  EXPECT_EQ(core.quarantines()[0].partition, PartitionId{3});
  EXPECT_EQ(core.quarantines()[0].why, "two outcomes were seen for instance 1.7");
  EXPECT_EQ(core.quarantines()[1].partition, PartitionId{1});
}

TEST(ReplicaCoreTest, CountsTheProposalsThatWait) {
  CoreOptions options{
      .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(3, {}, {})};
  options.partitions = 2;
  ReplicaCore core(options);
  ReachAll(core, PartitionId{1}, options);
  Output output;
  for (const uint64_t request : {1, 2, 3}) {
    core.Step(PartitionId{1}, LogicalTime{1}, Propose{RequestId{request}, Put("k")}, output);
  }
  EXPECT_EQ(core.waiting(PartitionId{1}), 3u);
  EXPECT_EQ(core.waiting(PartitionId{0}), 0u);
  core.Step(PartitionId{1}, LogicalTime{1}, EndTurn{}, output);
  EXPECT_EQ(core.waiting(PartitionId{1}), 0u);
  core.Step(PartitionId{1}, LogicalTime{1}, Propose{RequestId{4}, Put("k")}, output);
  core.Step(PartitionId{1}, LogicalTime{1}, EndTurn{}, output);
  EXPECT_EQ(core.waiting(PartitionId{1}), 1u);  // Its key is busy.
}

TEST(ReplicaCoreTest, ExplainsInThePartitionThatIsMeant) {
  CoreOptions options{
      .self = MemberIndex{1}, .replica = ReplicaId{71}, .quorums = *Quorums::Create(3, {}, {})};
  options.partitions = 3;
  options.window_instances_max = 1;
  ReplicaCore core(options);
  const PartitionId partition = PartitionMap(3, 0).Find("k");
  ReachAll(core, partition, options);
  for (const uint64_t request : {1, 2, 3}) {
    Output output;
    core.Step(partition, LogicalTime{1}, Propose{RequestId{request}, Put("k")}, output);
    if (request == 1) core.Step(partition, LogicalTime{1}, EndTurn{}, output);
  }
  pb::ExplainRequest request;
  request.set_key("k");
  pb::ExplainReply by_key;
  ASSERT_TRUE(core.Explain(LogicalTime{4}, request, by_key).ok());
  EXPECT_EQ(by_key.replica(), 71u);
  EXPECT_EQ(by_key.member(), 1u);
  EXPECT_EQ(by_key.partition(), partition.value);
  EXPECT_EQ(by_key.proposals_waiting(), 2u);
  ASSERT_EQ(by_key.instances_size(), 1);
  EXPECT_EQ(by_key.instances(0).round().started_ticks_ago(), 3u);

  request.mutable_instance()->set_coordinator(1);
  request.mutable_instance()->set_slot(1);
  request.set_partition(partition.value);
  pb::ExplainReply by_instance;
  ASSERT_TRUE(core.Explain(LogicalTime{4}, request, by_instance).ok());
  EXPECT_EQ(by_instance.DebugString(), by_key.DebugString());
  request.set_key("another");
  pb::ExplainReply other;
  ASSERT_TRUE(core.Explain(LogicalTime{4}, request, other).ok());
  EXPECT_EQ(other.instances_size(), 0);
  EXPECT_EQ(other.proposals_waiting(), 0u);
}

TEST(ReplicaCoreTest, RefusesToExplainWhatCannotBe) {
  CoreOptions options{
      .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(3, {}, {})};
  const ReplicaCore core(options);
  pb::ExplainRequest request;
  pb::ExplainReply reply;
  const auto refusal = [&] {
    const absl::Status status = core.Explain(LogicalTime{1}, request, reply);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_EQ(refusal(), "name an instance or a key");
  request.mutable_instance()->set_coordinator(3);
  request.mutable_instance()->set_slot(1);
  EXPECT_EQ(refusal(), "there is no instance 3.1: coordinators are 0 to 2, slots begin at 1");
  request.mutable_instance()->set_coordinator(2);
  request.mutable_instance()->set_slot(0);
  EXPECT_EQ(refusal(), "there is no instance 2.0: coordinators are 0 to 2, slots begin at 1");
  request.set_partition(1);
  EXPECT_EQ(refusal(), "there is no partition 1: they are 0 to 0");
}

}  // namespace
}  // namespace althing
