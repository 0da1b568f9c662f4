#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/debug_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using ::testing::StartsWith;

class ExplainCommandTest : public AdminFixture {
 protected:
  ExplainCommandTest() {
    for (FakeReplica* replica : {&a_, &b_}) {
      replica->explanation.set_replica(replica->status.replica());
      replica->explanation.set_partition(3);
    }
  }
  static void Know(FakeReplica& replica) {
    v1::InstanceView& view = *replica.explanation.add_instances();
    view.mutable_id()->set_slot(17);
    view.set_mentioned(true);
    view.set_executed(true);
  }
};

TEST_F(ExplainCommandTest, PrintsEachReplicasView) {
  Know(a_);
  EXPECT_EQ(RunExplain(client_, {}, {.key = "6b", .encoding = Encoding::kHex}, out_, err_),
            kExitOk);
  EXPECT_EQ(a_.explain_request.ShortDebugString(), "key: \"k\"");
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() +
                            "), partition 3:\n"
                            "  0.17 executed\n"
                            "replica 1 (" +
                            b_.address() +
                            "), partition 3:\n"
                            "  no instance that touches it is known\n");
  EXPECT_EQ(err_.str(), "");
  out_.str("");
  EXPECT_EQ(
      RunExplain(client_, {.output = OutputFormat::kJson, .replica = 0}, {.key = "k"}, out_, err_),
      kExitOk);
  EXPECT_EQ(out_.str(),
            R"({"replicas":[{"replica":0,"partition":3,"quarantined":false,"proposals_waiting":0,)"
            R"("instances":[{"instance":"0.17","phase":"none","executed":true,)"
            R"("payload_known":false}]}]})"
            "\n");
}

TEST_F(ExplainCommandTest, AsksForAnInstance) {
  Know(b_);
  EXPECT_EQ(RunExplain(client_, {}, {.instance = "1.17", .partition = 5}, out_, err_), kExitOk);
  EXPECT_EQ(b_.explain_request.ShortDebugString(),
            "instance { coordinator: 1 slot: 17 } partition: 5");
}

TEST_F(ExplainCommandTest, WhatNobodyKnowsIsNo) {
  EXPECT_EQ(RunExplain(client_, {}, {.key = "k"}, out_, err_), kExitNo);
  EXPECT_EQ(
      err_.str(),
      "explain: nothing is known of it, or all replicas have executed whatever touched it.\n");
  err_.str("");
  EXPECT_EQ(RunExplain(client_, {}, {.key = "0.17"}, out_, err_), kExitNo);
  EXPECT_EQ(
      err_.str(),
      "explain: nothing is known of it, or all replicas have executed whatever touched it. An "
      "instance is named with --instance 0.17.\n");
  Know(a_);
  a_.explanation.mutable_instances(0)->set_mentioned(false);
  EXPECT_EQ(RunExplain(client_, {}, {.instance = "1.17"}, out_, err_), kExitNo);
  b_.explanation.set_proposals_waiting(1);
  EXPECT_EQ(RunExplain(client_, {}, {.instance = "1.17"}, out_, err_), kExitNo);
  EXPECT_EQ(RunExplain(client_, {}, {.key = "k"}, out_, err_), kExitOk);
}

TEST_F(ExplainCommandTest, WhatCannotBeAskedIsInvalid) {
  EXPECT_EQ(RunExplain(client_, {}, {.instance = "x"}, out_, err_), kExitInvalidInput);
  EXPECT_THAT(err_.str(), StartsWith("error: explain: \"x\" is no instance."));
  EXPECT_EQ(RunExplain(client_, {}, {.key = ""}, out_, err_), kExitInvalidInput);
  EXPECT_EQ(RunExplain(client_, {}, {.key = "z", .encoding = Encoding::kHex}, out_, err_),
            kExitInvalidInput);
  EXPECT_EQ(RunExplain(client_, {.replica = 9}, {.key = "k"}, out_, err_), kExitInvalidInput);
  a_.admin_status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "there is no partition 9");
  EXPECT_EQ(RunExplain(client_, {.replica = 0}, {.instance = "0.1", .partition = 9}, out_, err_),
            kExitInvalidInput);
}

TEST_F(ExplainCommandTest, TheOthersAnswerForAReplicaThatIsNotThere) {
  Know(a_);
  EXPECT_EQ(RunExplain(half_dead_, {}, {.key = "k"}, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), StartsWith("replica 0 ("));
}

}  // namespace
}  // namespace althing
