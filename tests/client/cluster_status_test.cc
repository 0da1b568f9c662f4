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
            "degraded: 4/5, tolerates 1 more failure, fast path 97 %, p99 3.1 ms");
  EXPECT_THAT(cluster.advice,
              ElementsAre("replica 3 (h:7103) does not answer: UNAVAILABLE: nobody there. Start "
                          "it, or look into its log."));
}

TEST(ClusterStatusTest, WhatAReplicaWarnsOfIsAdviceThoughAllIsWell) {
  auto replicas = HealthyCluster(3);
  replicas[1].reply.add_warnings("the log has grown to 11 MiB");
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kHealthy);
  EXPECT_THAT(cluster.advice, ElementsAre("replica 1 (h:7101): the log has grown to 11 MiB."));
  EXPECT_THAT(ClusterStatusJson(cluster),
              testing::HasSubstr(R"("warnings":["the log has grown to 11 MiB"])"));
}

TEST(ClusterStatusTest, TooFewReplicasAreUnavailable) {
  auto replicas = HealthyCluster(5);
  for (uint32_t id : {2u, 3u, 4u}) Kill(replicas, id);
  for (uint32_t id : {0u, 1u}) replicas[id].reply.set_ready(false);
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kUnavailable);
  EXPECT_EQ(cluster.tolerates, 0u);
  EXPECT_EQ(FirstLine(cluster), "unavailable: 0/5, 3 of 5 are needed, fast path 97 %, p99 3.1 ms");
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
            "healthy: 1/1 (the cluster has 5), tolerates 2 more failures, fast path "
            "97 %, p99 3.1 ms");
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

TEST(ClusterStatusTest, EachDecisionCountsOnceForTheFastPathShare) {
  auto replicas = HealthyCluster(3);
  replicas[0].reply.set_decisions(1'000'000);
  replicas[0].reply.set_fast_decisions(500'000);
  replicas[1].reply.set_decisions(0);
  replicas[1].reply.set_fast_decisions(0);
  // 500,970 of 1,001,000.
  EXPECT_NEAR(*Summarize(replicas).fast_path_percent, 50.047, 0.001);
  for (ReplicaStatus& replica : replicas) {
    replica.reply.clear_decisions();
    replica.reply.clear_fast_decisions();
    replica.reply.clear_recent_answers();
  }
  EXPECT_EQ(Summarize(replicas).fast_path_percent, std::nullopt);
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "healthy: 3/3, tolerates 1 more failure, no decisions yet");
}

TEST(ClusterStatusTest, AReplicaWithQuarantinedPartitionsIsDownAndTheyAreNamed) {
  auto replicas = HealthyCluster(5);
  v1::StatusReply& reply = replicas[2].reply;
  reply.set_ready(false);
  const auto quarantine = [&reply](uint32_t partition) {
    v1::QuarantinedPartition& quarantined = *reply.add_quarantined();
    quarantined.set_partition(partition);
    quarantined.set_why("two outcomes were seen for instance 1.7");
  };
  quarantine(3);
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "degraded: 4/5, tolerates 1 more failure, fast path 97 %, p99 3.1 ms");
  const std::string words =
      " of replica 2 (h:7102) is quarantined: two outcomes were seen for instance 1.7. Stop the "
      "cluster, keep the logs and report it.";
  EXPECT_THAT(Summarize(replicas).advice, ElementsAre("partition 3" + words));
  for (uint32_t partition : {9u, 1u, 4u, 5u}) quarantine(partition);
  EXPECT_THAT(Summarize(replicas).advice,
              ElementsAre("partition 3" + words, "partition 9" + words, "partition 1" + words,
                          "replica 2 (h:7102) has 2 more quarantined partitions. -o json shows "
                          "all."));
}

TEST(ClusterStatusTest, AReplicaThatDrainsSaysThatAndNotThatPeersAreMissing) {
  auto replicas = HealthyCluster(3);
  replicas[1].reply.set_ready(false);
  replicas[1].reply.set_draining(true);
  for (const uint32_t peer : {0u, 2u}) {
    Cut(replicas[1], peer);
    Cut(replicas[peer], 1);
  }
  const ClusterStatus cluster = Summarize(replicas);
  EXPECT_EQ(cluster.health, Health::kDegraded);
  EXPECT_EQ(cluster.tolerates, 0u);
  EXPECT_THAT(cluster.advice,
              ElementsAre("replica 1 (h:7101) was asked to stop and takes no commands. Start it "
                          "again together with all others if that was a mistake."));
}

void AddAnswers(ReplicaStatus& replica, uint64_t at_most_ns, uint64_t count) {
  v1::TimeBucket& bucket = *replica.reply.add_recent_answers();
  bucket.set_at_most_ns(at_most_ns);
  bucket.set_count(count);
}

TEST(ClusterStatusTest, TheP99IsThatOfAllCallsOfAllReplicas) {
  auto replicas = HealthyCluster(3);
  for (ReplicaStatus& replica : replicas) replica.reply.clear_recent_answers();
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "healthy: 3/3, tolerates 1 more failure, fast path 97 %, no calls in the last minute");
  AddAnswers(replicas[0], 340'000, 495);
  AddAnswers(replicas[1], 340'000, 495);
  AddAnswers(replicas[2], 120'000'000, 10);
  EXPECT_DOUBLE_EQ(*Summarize(replicas).p99_ms, 0.34);
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "healthy: 3/3, tolerates 1 more failure, fast path 97 %, p99 0.34 ms");
  AddAnswers(replicas[2], 130'000'000, 1);
  EXPECT_DOUBLE_EQ(*Summarize(replicas).p99_ms, 120);
  EXPECT_EQ(FirstLine(Summarize(replicas)),
            "healthy: 3/3, tolerates 1 more failure, fast path 97 %, p99 120 ms");
}

}  // namespace
}  // namespace althing
