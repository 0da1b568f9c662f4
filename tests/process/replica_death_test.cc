// Replicas that end without warning, and those that come back.
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr uint64_t kCallsAfter = 200;

std::map<std::string, std::string> ReadAll(Cluster& cluster, int i, int keys) {
  std::map<std::string, std::string> values;
  for (int k = 0; k < keys; ++k) {
    const std::string key = absl::StrCat("key", k);
    values[key] = cluster.Get(i, key);
  }
  return values;
}

TEST(ReplicaDeathTest, WithTwoOfFiveDeadTheRestGoesOnAndNothingAcknowledgedIsLost) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(cluster.Put(i, absl::StrCat("early", i), absl::StrCat("by", i)).status.ok());
  }
  Load load(cluster, {.replicas = {0, 1, 2}, .operations_max = kNoEnd});
  ASSERT_TRUE(load.WaitProgress(kCallsAfter));
  cluster.Kill(3);
  ASSERT_TRUE(load.WaitProgress(kCallsAfter));
  cluster.Kill(4);
  ASSERT_TRUE(load.WaitProgress(kCallsAfter));
  const History history = load.Stop();

  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_EQ(Failures(history), 0);
  const auto values = ReadAll(cluster, 0, 3);
  for (const auto& [key, writes] : SuccessfulWrites(history)) {
    EXPECT_THAT(values.at(key), ::testing::EndsWith(absl::StrCat(" version ", writes)));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ReadAll(cluster, i, 3), values) << "replica " << i;
    for (int j = 0; j < 5; ++j) {
      EXPECT_EQ(cluster.Get(i, absl::StrCat("early", j)), absl::StrCat("by", j, " version 1"));
    }
  }
}

TEST(ReplicaDeathTest, WithThreeOfFiveDeadTheClientSaysWhatBecameOfEachCall) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  ASSERT_TRUE(cluster.WaitExecuted(1));
  for (const int i : {2, 3, 4}) cluster.Kill(i);
  // Refused if the replica knows already that the others are gone, else without an outcome.
  EXPECT_THAT(cluster.RunClient({"put", "other", "1", "--timeout", "1000"}).exit_code,
              testing::AnyOf(2, 5));
  ASSERT_TRUE(cluster.WaitLinked());

  const Finished put = cluster.RunClient({"put", "key", "2"});
  EXPECT_EQ(put.exit_code, 2);
  EXPECT_THAT(put.err, HasSubstr("only 2 of 5 replicas can be reached from here"));
  EXPECT_THAT(put.err, HasSubstr("Written: no."));
  const Finished get = cluster.RunClient({"get", "key"});
  EXPECT_EQ(get.exit_code, 2);
  EXPECT_THAT(get.err, HasSubstr("Written: no."));
  const Finished status = cluster.RunClient({"status"});
  EXPECT_EQ(status.exit_code, 5);
  EXPECT_THAT(status.out, HasSubstr("unavailable: 0/5, 3 of 5 are needed"));

  for (const int i : {0, 1}) cluster.Kill(i);
  EXPECT_EQ(cluster.RunClient({"put", "key", "3"}).exit_code, 2);
  EXPECT_EQ(cluster.RunClient({"status"}).exit_code, 2);
}

TEST(ReplicaDeathTest, AReplicaThatForgotItsVotesIsRefusedAndTheRestServes) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(1, "key", "value").status.ok());
  ASSERT_TRUE(cluster.WaitExecuted(1));
  cluster.Kill(2);
  cluster.Start(2);
  EXPECT_EQ(cluster.WaitEnd(2), 79);

  const std::string log = cluster.Log(2);
  EXPECT_THAT(log, ContainsRegex("level=error replica=2 event=memory_lost why=\"replica 2 has lost "
                                 "its memory: replica [01] "
                                 "knows it with store [0-9a-f]+ in its 1\\. run, now it comes with "
                                 "store [0-9a-f]+ in its 1\\. run\\. It has forgotten votes"));
  std::set<std::string> stores;
  for (size_t at = log.find(" store "); at != std::string::npos; at = log.find(" store ", at + 1)) {
    stores.insert(log.substr(at + 7, 32));
  }
  EXPECT_EQ(stores.size(), 2) << "two different stores";
  EXPECT_EQ(cluster.Get(0, "key"), "value version 1");
  EXPECT_EQ(cluster.Put(1, "key", "again").reply.results(0).version(), 2);
}

TEST(ReplicaDeathTest, AClusterThatIsStartedAnewAsAWholeIsEmptyAndWorks) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  for (int i = 0; i < 3; ++i) cluster.Kill(i);
  ASSERT_TRUE(cluster.StartAll());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cluster.Get(i, "key"), "none version 0");
  EXPECT_EQ(cluster.Put(2, "key", "new").reply.results(0).version(), 1);
  EXPECT_EQ(cluster.Get(0, "key"), "new version 1");
}

}  // namespace
}  // namespace althing
