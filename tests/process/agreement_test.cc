// Many clients on few keys: what they see is what one store would answer, and in the end all
// replicas hold the same.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

// Every write counts once, in the same place everywhere.
void ExpectAgreement(Cluster& cluster, const History& history) {
  for (const auto& [key, writes] : SuccessfulWrites(history)) {
    const std::string value = cluster.Get(0, key);
    EXPECT_THAT(value, testing::EndsWith(absl::StrCat(" version ", writes)));
    for (int i = 1; i < cluster.members(); ++i) {
      EXPECT_EQ(cluster.Get(i, key), value) << key << " at replica " << i;
    }
  }
}

TEST(AgreementTest, ManyClientsOnFewKeysSeeOneStore) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, {.replicas = {0, 1, 2, 3, 4}, .clients = 16, .operations_max = 90});
  const History history = load.Finish();
  EXPECT_EQ(history.size(), 16 * 90);
  EXPECT_EQ(Failures(history), 0);
  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_EQ(SuccessfulWrites(history).size(), 3);
  ASSERT_TRUE(cluster.WaitExecuted(history.size()));
  ExpectAgreement(cluster, history);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(cluster.Metrics(i)["Divergences"], 0) << "replica " << i;
}

TEST(AgreementTest, ManyPartitionsServeManyClients) {
  Cluster cluster(3, {{"partitions", 16}, {"hash_seed", 7}});
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, {.replicas = {0, 1, 2}, .keys = 40, .operations_max = 100});
  const History history = load.Finish();
  EXPECT_EQ(Failures(history), 0);
  EXPECT_EQ(FindContradiction(history), "");
  ASSERT_TRUE(cluster.WaitExecuted(history.size()));
  ExpectAgreement(cluster, history);
  EXPECT_GT(cluster.Metrics(1)["Partitions"].size(), 8);
}

TEST(AgreementTest, WithATenthOfTheMessagesLostAllOperationsSucceed) {
  Cluster cluster(5, {{"debug", {{"drop_percent", 10}}},
                      {"timing", {{"resend_ms", 30}, {"resend_ms_max", 300}}}});
  ASSERT_TRUE(cluster.StartAll());
  const Finished run =
      cluster.RunClient({"run", "-n", "300", "--mode", "round-robin", "--concurrency", "20",
                         "--conflict", "20", "--reads", "20", "--timeout", "30000", "-o", "json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out)["ok"], 300);
  Load load(cluster, {.replicas = {0, 1, 2, 3, 4}, .operations_max = 20});
  const History history = load.Finish();
  EXPECT_EQ(Failures(history), 0);
  EXPECT_EQ(FindContradiction(history), "");
  ASSERT_TRUE(cluster.WaitExecuted(300 + history.size()));
  ExpectAgreement(cluster, history);
  const std::string shared = cluster.Get(0, "althing-conflict");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(cluster.Get(i, "althing-conflict"), shared) << "replica " << i;
    const Json metrics = cluster.Metrics(i);
    EXPECT_FALSE(metrics["Dropped"]["DebugFault"].empty()) << metrics["Dropped"];
    EXPECT_GT(metrics["Resent"], 0);
    const Finished reads =
        cluster.RunClient({"run", "-n", "10", "--mode", absl::StrCat("replica=", i), "--reads",
                           "100", "--warmup", "2", "--timeout", "30000", "-o", "json"});
    EXPECT_EQ(reads.exit_code, 0) << reads.err;
    EXPECT_EQ(Json::parse(reads.out)["read_hit_percent"], 100);
  }
}

}  // namespace
}  // namespace althing
