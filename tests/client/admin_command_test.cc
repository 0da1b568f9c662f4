#include "client/commands/admin_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/client/fake_replica.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const CommonOptions kJson = {.output = OutputFormat::kJson};

class AdminCommandTest : public ::testing::Test {
 protected:
  AdminCommandTest() {
    for (FakeReplica* replica : {&a_, &b_}) {
      replica->status.set_members(2);
      replica->status.set_uptime_seconds(5);
      v1::PeerState& peer = *replica->status.add_peers();
      peer.set_replica(replica == &a_ ? 1 : 0);
      peer.set_reachable(true);
    }
  }

  FakeReplica a_{0}, b_{1};
  Client client_{{{0, a_.address()}, {1, b_.address()}}, {}};
  Client half_dead_{{{0, a_.address()}, {1, DeadAddress()}}, {}};
  std::ostringstream out_, err_;
};

TEST_F(AdminCommandTest, StatusOfAHealthyClusterIsExitZero) {
  EXPECT_EQ(RunStatus(client_, {}, out_, err_), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith("healthy: 2/2 replicas ready, tolerates 0 more failures, "
                                     "nothing executed yet, durability none\nID  ADDRESS"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(AdminCommandTest, StatusOfADegradedClusterIsNot) {
  a_.status.set_failures_tolerated(1);
  EXPECT_EQ(RunStatus(half_dead_, {}, out_, err_), kExitUnknown);
  EXPECT_THAT(out_.str(), StartsWith("degraded: 1/2 replicas ready"));
  EXPECT_THAT(out_.str(), HasSubstr("does not answer: UNAVAILABLE"));
}

TEST_F(AdminCommandTest, StatusOfASilentClusterIsUnavailable) {
  Client dead({{0, DeadAddress()}}, {});
  EXPECT_EQ(RunStatus(dead, kJson, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), StartsWith(R"({"health":"unavailable",)"));
}

TEST_F(AdminCommandTest, MetricsOfAllReplicasAreOneObject) {
  a_.metrics = R"({"z": 1, "a": [2]})";
  EXPECT_EQ(RunMetrics(client_, kJson, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":0,"address":")" + a_.address() +
                            R"(","metrics":{"z":1,"a":[2]}},{"replica":1,"address":")" +
                            b_.address() + R"(","metrics":{}}]})" + "\n");
}

TEST_F(AdminCommandTest, MetricsOfOneReplicaStandAlone) {
  b_.metrics = R"({"z":1,"a":2})";
  EXPECT_EQ(RunMetrics(client_, {.replica = 1}, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "{\n  \"z\": 1,\n  \"a\": 2\n}\n");
}

TEST_F(AdminCommandTest, MetricsOfTheLivingArePrintedBesideTheError) {
  EXPECT_EQ(RunMetrics(half_dead_, kJson, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), StartsWith(R"({"replicas":[{"replica":0,)"));
  EXPECT_THAT(err_.str(), StartsWith("error: metrics: replica 1 (127.0.0.1:"));
}

TEST_F(AdminCommandTest, MetricsThatAreNoJsonAreAnError) {
  a_.metrics = "{";
  EXPECT_EQ(RunMetrics(client_, {.replica = 0}, out_, err_), kExitServerError);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("INTERNAL: the metrics are not valid JSON. Written: no."));
}

TEST_F(AdminCommandTest, TraceShowsAndSetsTheLevel) {
  b_.status.set_trace_level(2);
  EXPECT_EQ(RunTrace(client_, {}, std::nullopt, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): trace level 0\nreplica 1 (" +
                            b_.address() + "): trace level 2\n");
  out_.str("");
  EXPECT_EQ(RunTrace(client_, {}, 1, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): trace level 1, was 0\nreplica 1 (" +
                            b_.address() + "): trace level 1, was 2\n");
  out_.str("");
  EXPECT_EQ(RunTrace(client_, {.output = OutputFormat::kJson, .replica = 1}, 9, out_, err_),
            kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":1,"level":9,"previous_level":1}]})"
                        "\n");
  EXPECT_EQ(a_.status.trace_level(), 1u);
}

TEST_F(AdminCommandTest, TraceRefusesALevelThatDoesNotExist) {
  EXPECT_EQ(RunTrace(client_, {}, 3, out_, err_), kExitInvalidInput);
  EXPECT_EQ(err_.str(), "error: trace: there is no level 3. Choose 0, 1, 2 or 9. Written: no.\n");
  EXPECT_EQ(a_.status.trace_level(), 0u);
}

TEST_F(AdminCommandTest, AnErrorOfAReplicaIsAServerError) {
  a_.admin_status = grpc::Status(grpc::StatusCode::INTERNAL, "broken");
  EXPECT_EQ(RunTrace(client_, {}, 1, out_, err_), kExitServerError);
  EXPECT_EQ(out_.str(), "replica 1 (" + b_.address() + "): trace level 1, was 0\n");
  EXPECT_EQ(err_.str(), "error: trace: replica 0 (" + a_.address() +
                            "): INTERNAL: broken. Written: no. Look into the replica's log.\n");
}

}  // namespace
}  // namespace althing
