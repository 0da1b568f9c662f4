#include "client/report/status_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ReplicaStatus Healthy(uint32_t id, uint32_t members) {
  ReplicaStatus replica;
  replica.endpoint = {id, absl::StrCat("h:", 7100 + id)};
  v1::StatusReply& reply = replica.reply;
  reply.set_cluster_id("althing");
  reply.set_replica(id);
  reply.set_ready(true);
  reply.set_members(members);
  reply.set_failures_tolerated((members - 1) / 2);
  reply.set_durability("none");
  reply.set_uptime_seconds(3725);
  reply.set_partitions(1);
  reply.set_fast_path_percent(97);
  reply.set_executed_instances(12345);
  for (uint32_t peer = 0; peer < members; ++peer) {
    if (peer == id) continue;
    v1::PeerState& state = *reply.add_peers();
    state.set_replica(peer);
    state.set_address(absl::StrCat("h:", 7200 + peer));
    state.set_reachable(true);
  }
  return replica;
}

std::vector<ReplicaStatus> HealthyCluster(uint32_t members) {
  std::vector<ReplicaStatus> replicas;
  for (uint32_t id = 0; id < members; ++id) replicas.push_back(Healthy(id, members));
  return replicas;
}

void Cut(ReplicaStatus& replica, uint32_t peer) {
  for (v1::PeerState& state : *replica.reply.mutable_peers()) {
    if (state.replica() != peer) continue;
    state.set_reachable(false);
    state.set_detail("connection refused");
  }
}

void Kill(std::vector<ReplicaStatus>& replicas, uint32_t id) {
  for (ReplicaStatus& replica : replicas) Cut(replica, id);
  replicas[id].status = absl::UnavailableError("nobody there");
  replicas[id].reply.Clear();
}

std::string FirstLine(const ClusterStatus& cluster) {
  const std::string text = ClusterStatusText(cluster);
  return text.substr(0, text.find('\n'));
}

TEST(StatusReportTest, AHealthyClusterIsOneSentenceAndATable) {
  const ClusterStatus cluster = Summarize(HealthyCluster(3));
  EXPECT_EQ(cluster.health, Health::kHealthy);
  EXPECT_THAT(cluster.advice, IsEmpty());
  EXPECT_EQ(ClusterStatusText(cluster),
            "healthy: 3/3 replicas ready, tolerates 1 more failure, fast path 97 %, durability "
            "none\n"
            "ID  ADDRESS  READY  PEERS  FAST PATH  EXECUTED  UPTIME  DURABILITY\n"
            "0   h:7100   yes    2/2    97 %       12,345    1h02m   none\n"
            "1   h:7101   yes    2/2    97 %       12,345    1h02m   none\n"
            "2   h:7102   yes    2/2    97 %       12,345    1h02m   none\n");
}

TEST(StatusReportTest, ADeadReplicaDegradesAndIsNamedOnce) {
  auto replicas = HealthyCluster(5);
  Kill(replicas, 3);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_EQ(FirstLine(cluster),
            "degraded: 4/5 replicas ready, tolerates 1 more failure, fast path 97 %, durability "
            "none");
  EXPECT_THAT(cluster.advice,
              ElementsAre("replica 3 (h:7103) does not answer: UNAVAILABLE: nobody there. Start "
                          "it, or look into its log."));
}

TEST(StatusReportTest, TooFewReplicasAreUnavailable) {
  auto replicas = HealthyCluster(5);
  for (uint32_t id : {2u, 3u, 4u}) Kill(replicas, id);
  for (uint32_t id : {0u, 1u}) replicas[id].reply.set_ready(false);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kUnavailable);
  EXPECT_EQ(cluster.tolerates, 0u);
  EXPECT_EQ(FirstLine(cluster),
            "unavailable: 0/5 replicas ready, 3 of 5 are needed, fast path 97 %, durability none");
  EXPECT_EQ(cluster.advice.size(), 5u);
  EXPECT_EQ(cluster.advice[0],
            "replica 0 (h:7100) is not ready: it reaches 1 of 4 peers. Bring the missing ones "
            "back.");
}

TEST(StatusReportTest, SilenceOfAllIsSaid) {
  auto replicas = HealthyCluster(3);
  for (uint32_t id : {0u, 1u, 2u}) Kill(replicas, id);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kSilent);
  EXPECT_EQ(FirstLine(cluster), "unavailable: none of the 3 replicas asked answers");
}

TEST(StatusReportTest, ABrokenLinkBetweenLivingReplicasDegrades) {
  auto replicas = HealthyCluster(3);
  Cut(replicas[0], 2);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_EQ(cluster.tolerates, 1u);
  EXPECT_THAT(cluster.advice,
              ElementsAre("replica 0 (h:7100) does not reach replica 2 at h:7202: connection "
                          "refused. Check the network between their peer ports."));
}

TEST(StatusReportTest, AskingOneOfFiveCountsTheOthersAsItSeesThem) {
  std::vector<ReplicaStatus> one = {Healthy(0, 5)};
  EXPECT_EQ(Summarize(one).health, Health::kHealthy);
  EXPECT_EQ(FirstLine(Summarize(one)),
            "healthy: 1/1 replicas ready (the cluster has 5), tolerates 2 more failures, fast path "
            "97 %, durability none");
  Cut(one[0], 4);
  EXPECT_EQ(Summarize(one).health, Health::kDegraded);
  EXPECT_EQ(Summarize(one).tolerates, 1u);
}

TEST(StatusReportTest, DifferentClustersAreNeverHealthy) {
  auto replicas = HealthyCluster(3);
  replicas[1].reply.set_cluster_id("other");
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_THAT(cluster.advice,
              ElementsAre("The endpoints belong to different clusters: althing, other. Name the "
                          "replicas of one cluster."));
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

TEST(StatusReportTest, IdleReplicasDoNotLowerTheFastPathShare) {
  auto replicas = HealthyCluster(3);
  for (uint32_t id : {1u, 2u}) replicas[id].reply.set_fast_path_percent(0);
  EXPECT_EQ(Summarize(replicas).fast_path_percent, 97);
  for (ReplicaStatus& replica : replicas) {
    replica.reply.set_executed_instances(0);
    replica.reply.set_fast_path_percent(0);
  }
  EXPECT_EQ(Summarize(replicas).fast_path_percent, std::nullopt);
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "healthy: 3/3 replicas ready, tolerates 1 more failure, nothing executed yet, "
            "durability none");
}

TEST(StatusReportTest, JsonIsOneObject) {
  std::vector<ReplicaStatus> replicas = HealthyCluster(2);
  Kill(replicas, 1);
  EXPECT_EQ(
      ClusterStatusJson(Summarize(replicas)),
      R"({"health":"unavailable","summary":"unavailable: 1/2 replicas ready, 2 of 2 are needed, )"
      R"(fast path 97 %, durability none","members":2,"asked":2,"ready":1,"needed":2,)"
      R"("tolerates":0,"fast_path_percent":97.0,"durability":"none","debug_warnings":[],)"
      R"("advice":["replica 1 (h:7101) does not answer: UNAVAILABLE: nobody there. Start it, or )"
      R"(look into its log."],"replicas":[{"replica":0,"address":"h:7100","answered":true,)"
      R"("cluster_id":"althing","version":"","ready":true,"fast_path_percent":97.0,)"
      R"("executed_instances":12345.0,"uptime_seconds":3725.0,"durability":"none","partitions":1,)"
      R"("trace_level":0,"peers":[{"replica":1,"address":"h:7201","reachable":false,)"
      R"("detail":"connection refused"}]},{"replica":1,"address":"h:7101","answered":false,)"
      R"("error":"UNAVAILABLE: nobody there"}]})"
      "\n");
}

}  // namespace
}  // namespace althing
