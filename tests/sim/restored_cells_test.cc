#include "tests/sim/restored_cells.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

using testing::HasSubstr;

class RestoredCellsTest : public testing::Test {
 protected:
  RestoredCellsTest() : core_({.self = {}, .replica = {}, .quorums = *Quorums::Create(3, {}, {})}) {
    pb::RequestBatch batch;
    *batch.add_requests()->add_commands() = MakeCommand(pb::OPERATION_PUT, "k", "v");
    payload_ = batch.SerializeAsString();
  }
  // Into the log alone, or into the core too.
  void Log(const std::string& text, bool restore = true) {
    pb::Record record;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record)) << text;
    if (record.has_pre_accepted()) record.mutable_pre_accepted()->set_payload(payload_);
    if (record.has_validated()) record.mutable_validated()->set_payload(payload_);
    log_.push_back(record);
    if (!restore) return;
    const absl::Status status = core_.Restore(record);
    ASSERT_TRUE(status.ok()) << status;
  }
  void OneOfEach() {
    Log("started { window: 4 }");
    Log("pre_accepted { id { slot: 1 } initial_deps: [0, 2, 0] deps: [0, 2, 0] fast_quorum: 3 }");
    Log("decided { id { slot: 1 } }");
    Log("pre_accepted { id { coordinator: 1 slot: 1 } initial_deps: [0, 0, 0] deps: [1, 0, 0] "
        "fast_quorum: 6 }");
    Log("joined { id { coordinator: 1 slot: 1 } ballot: 5 }");
    Log("accepted { id { coordinator: 1 slot: 1 } ballot: 8 noop: true deps: [0, 0, 0] }");
    Log("joined { id { coordinator: 1 slot: 1 } ballot: 11 }");
    Log("joined { id { coordinator: 2 slot: 7 } ballot: 3 }");
    Log("validated { id { coordinator: 2 slot: 7 } initial_deps: [0, 0, 0] fast_quorum: 5 }");
    Log("committed { id { coordinator: 2 slot: 8 } noop: true deps: [0, 0, 0] }");
  }
  ReplicaCore core_;
  std::vector<pb::Record> log_;
  std::string payload_;
};

TEST_F(RestoredCellsTest, AreThoseOfTheLog) {
  OneOfEach();
  EXPECT_EQ(FindWrongCell({}, log_, core_), "");
}

TEST_F(RestoredCellsTest, APromiseIsMissed) {
  OneOfEach();
  Log("joined { id { coordinator: 1 slot: 1 } ballot: 14 }", false);
  EXPECT_THAT(FindWrongCell({}, log_, core_), HasSubstr("of 1.1 it holds"));
}

TEST_F(RestoredCellsTest, AVoteIsMissed) {
  OneOfEach();
  Log("pre_accepted { id { slot: 2 } initial_deps: [1, 0, 0] deps: [1, 0, 0] fast_quorum: 3 }",
      false);
  EXPECT_THAT(FindWrongCell({}, log_, core_), HasSubstr("of 0.2 it holds"));
}

TEST_F(RestoredCellsTest, AnOutcomeIsMissed) {
  OneOfEach();
  Log("committed { id { coordinator: 1 slot: 1 } noop: true deps: [0, 0, 0] }", false);
  EXPECT_THAT(FindWrongCell({}, log_, core_), HasSubstr("of 1.1 it holds"));
}

TEST_F(RestoredCellsTest, ARegistrationIsMissed) {
  OneOfEach();
  Log("validated { id { coordinator: 2 slot: 9 } initial_deps: [0, 0, 0] fast_quorum: 5 }", false);
  EXPECT_THAT(FindWrongCell({}, log_, core_), HasSubstr("of 2.9 it holds"));
}

TEST_F(RestoredCellsTest, ACellOfAnotherPartitionIsNoSubstitute) {
  OneOfEach();
  log_.back().set_partition(1);
  EXPECT_THAT(FindWrongCell({}, log_, core_), HasSubstr("there is no partition 1"));
}

}  // namespace
}  // namespace althing::sim
