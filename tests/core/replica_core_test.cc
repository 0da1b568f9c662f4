#include "replica/core/replica_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace althing {
namespace {

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
    Output output;
    core.Step(PartitionId{p}, LogicalTime{1}, Propose{RequestId{p + 1}, Put("k")}, output);
    core.Step(PartitionId{p}, LogicalTime{1}, EndTurn{}, output);
    ASSERT_EQ(output.sends.size(), 1u);
    EXPECT_EQ(output.sends[0].envelope.partition(), p);
    EXPECT_EQ(output.sends[0].envelope.pre_accept().id().slot(), 1u);
  }
  EXPECT_TRUE(core.CheckInvariants().ok());
}

}  // namespace
}  // namespace althing
