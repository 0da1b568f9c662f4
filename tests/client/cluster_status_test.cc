#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/report/status_report.h"
#include "tests/client/status_samples.h"

namespace althing {
namespace {

using ::testing::ElementsAre;

std::string FirstLine(const ClusterStatus& cluster) {
  const std::string text = ClusterStatusText(cluster);
  return text.substr(0, text.find('\n'));
}

TEST(ClusterStatusTest, ADeadReplicaDegradesAndIsNamedOnce) {
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

TEST(ClusterStatusTest, TooFewReplicasAreUnavailable) {
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

TEST(ClusterStatusTest, SilenceOfAllIsSaid) {
  auto replicas = HealthyCluster(3);
  for (uint32_t id : {0u, 1u, 2u}) Kill(replicas, id);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kSilent);
  EXPECT_EQ(FirstLine(cluster), "unavailable: none of the 3 replicas asked answers");
}

TEST(ClusterStatusTest, ABrokenLinkBetweenLivingReplicasDegrades) {
  auto replicas = HealthyCluster(3);
  Cut(replicas[0], 2);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_EQ(cluster.tolerates, 1u);
  EXPECT_THAT(cluster.advice,
              ElementsAre("replica 0 (h:7100) does not reach replica 2 at h:7202: connection "
                          "refused. Check the network between their peer ports."));
}

TEST(ClusterStatusTest, AskingOneOfFiveCountsTheOthersAsItSeesThem) {
  std::vector<ReplicaStatus> one = {Healthy(0, 5)};
  EXPECT_EQ(Summarize(one).health, Health::kHealthy);
  EXPECT_EQ(FirstLine(Summarize(one)),
            "healthy: 1/1 replicas ready (the cluster has 5), tolerates 2 more failures, fast path "
            "97 %, durability none");
  Cut(one[0], 4);
  EXPECT_EQ(Summarize(one).health, Health::kDegraded);
  EXPECT_EQ(Summarize(one).tolerates, 1u);
}

TEST(ClusterStatusTest, DifferentClustersAreNeverHealthy) {
  auto replicas = HealthyCluster(3);
  replicas[1].reply.set_cluster_id("other");
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_THAT(cluster.advice,
              ElementsAre("The endpoints belong to different clusters: althing, other. Name the "
                          "replicas of one cluster."));
}

TEST(ClusterStatusTest, IdleReplicasDoNotLowerTheFastPathShare) {
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

}  // namespace
}  // namespace althing
