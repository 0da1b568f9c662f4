#include "client/report/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/status_samples.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(StatusReportTest, AHealthyClusterIsOneSentenceAndATable) {
  const ClusterStatus cluster = Summarize(HealthyCluster(3));
  EXPECT_EQ(cluster.health, Health::kHealthy);
  EXPECT_THAT(cluster.advice, IsEmpty());
  EXPECT_EQ(ClusterStatusText(cluster),
            "healthy: 3/3, tolerates 1 more failure, fast path 97 %, p99 3.1 ms\n"
            "ID  ADDRESS  READY  PEERS  FAST PATH  EXECUTED  UPTIME  DURABILITY\n"
            "0   h:7100   yes    2/2    97 %       12,345    1h02m   none\n"
            "1   h:7101   yes    2/2    97 %       12,345    1h02m   none\n"
            "2   h:7102   yes    2/2    97 %       12,345    1h02m   none\n");
}

TEST(StatusReportTest, AReplicaThatDecidedNothingHasNoShare) {
  auto replicas = HealthyCluster(3);
  replicas[1].reply.clear_decisions();
  replicas[1].reply.clear_fast_decisions();
  replicas[2].reply.clear_fast_decisions();
  EXPECT_EQ(ClusterStatusText(Summarize(replicas)),
            "healthy: 3/3, tolerates 1 more failure, fast path 48.5 %, p99 3.1 ms\n"
            "ID  ADDRESS  READY  PEERS  FAST PATH  EXECUTED  UPTIME  DURABILITY\n"
            "0   h:7100   yes    2/2    97 %       12,345    1h02m   none\n"
            "1   h:7101   yes    2/2    -          12,345    1h02m   none\n"
            "2   h:7102   yes    2/2    0 %        12,345    1h02m   none\n");
  EXPECT_NE(ClusterStatusJson(Summarize(replicas)).find(R"("fast_path_percent":null)"),
            std::string::npos);
}

TEST(StatusReportTest, DebugSettingsAreLoudAndToldOnce) {
  auto replicas = HealthyCluster(3);
  for (ReplicaStatus& replica : replicas) replica.reply.add_debug_warnings("Commits are late.");
  replicas[1].reply.add_debug_warnings("Messages are dropped.");
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_THAT(cluster.debug_warnings, ElementsAre("replicas 0, 1, 2: Commits are late.",
                                                  "replica 1: Messages are dropped."));
  EXPECT_NE(ClusterStatusText(cluster).find("\nDEBUG: replica 1: Messages are dropped.\n"),
            std::string::npos);
}

TEST(StatusReportTest, JsonIsOneObject) {
  std::vector<ReplicaStatus> replicas = HealthyCluster(2);
  Kill(replicas, 1);
  v1::QuarantinedPartition& quarantined = *replicas[0].reply.add_quarantined();
  quarantined.set_partition(3);
  quarantined.set_why("w");
  replicas[0].reply.mutable_peers(0)->set_suspected(true);
  replicas[0].reply.mutable_peers(0)->set_round_trip_ns(250'000);
  EXPECT_EQ(
      ClusterStatusJson(Summarize(replicas)),
      R"({"health":"unavailable","summary":"unavailable: 1/2, 2 of 2 are needed, )"
      R"(fast path 97 %, p99 3.1 ms","members":2,"asked":2,"ready":1,"needed":2,)"
      R"("tolerates":0,"fast_path_percent":97.0,"p99_ms":3.1,"durability":"none","debug_warnings":[],)"
      R"("advice":["replica 1 (h:7101) does not answer: UNAVAILABLE: nobody there. Start it, or )"
      R"(look into its log."],"replicas":[{"replica":0,"address":"h:7100","answered":true,)"
      R"("cluster_id":"althing","version":"","ready":true,"fast_path_percent":97.0,)"
      R"("decisions":1000,"executed_commands":12345,"uptime_seconds":3725.0,"durability":"none","partitions":1,)"
      R"("trace_level":0,"log_level":"info","draining":false,"quarantined":[{"partition":3,)"
      R"("why":"w"}],"warnings":[],"peers":[{"replica":1,"address":"h:7201","reachable":false,)"
      R"("detail":"connection refused","suspected":true,"round_trip_ms":0.25}]},{"replica":1,"address":"h:7101","answered":false,)"
      R"("error":"UNAVAILABLE: nobody there"}]})"
      "\n");
}

}  // namespace
}  // namespace althing
