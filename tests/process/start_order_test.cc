// Replicas that start late, in any order, and those that stand still for a while.
#include <algorithm>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

class StartOrderTest : public testing::TestWithParam<std::vector<int>> {};

// Each next one comes when those before it have found each other.
TEST_P(StartOrderTest, TheClusterServesAsSoonAsEnoughRunAndThenLinksAll) {
  Cluster cluster(5);
  std::vector<int> started;
  for (const int i : GetParam()) {
    cluster.Start(i);
    started.push_back(i);
    ASSERT_TRUE(cluster.WaitLinked()) << i;
    const Answer answer = cluster.Put(i, "key", absl::StrCat("by", i));
    if (started.size() < 3) {
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable) << answer.status;
      EXPECT_FALSE(absl::StrContains(cluster.Log(i), " event=ready "));
      continue;
    }
    EXPECT_EQ(answer.reply.results(0).version(), started.size() - 2) << answer.status;
    for (const int j : started) {
      EXPECT_EQ(cluster.Get(j, "key"), absl::StrCat("by", i, " version ", started.size() - 2));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, StartOrderTest,
                         testing::Values(std::vector<int>{0, 1, 2, 3, 4},
                                         std::vector<int>{4, 3, 2, 1, 0},
                                         std::vector<int>{2, 0, 4, 1, 3}),
                         [](const auto& order) { return absl::StrJoin(order.param, ""); });

TEST(PauseTest, AReplicaThatStoodStillDuringLoadCatchesUp) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, {.replicas = {0, 1, 3, 4}, .operations_max = 1'000'000});
  ASSERT_TRUE(load.WaitProgress(100));
  cluster.replica(2).Signal(SIGSTOP);
  ASSERT_TRUE(load.WaitProgress(300));
  cluster.replica(2).Signal(SIGCONT);
  ASSERT_TRUE(load.WaitProgress(100));
  const History history = load.Stop();

  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_EQ(Failures(history), 0);
  ASSERT_TRUE(cluster.WaitExecuted(history.size()));
  // On a slow machine the pause was long enough for the others to give the connection up.
  ASSERT_TRUE(cluster.WaitLinked());
  for (const auto& [key, writes] : SuccessfulWrites(history)) {
    const std::string value = cluster.Get(0, key);
    EXPECT_TRUE(absl::EndsWith(value, absl::StrCat(" version ", writes))) << value;
    EXPECT_EQ(cluster.Get(2, key), value);
  }
}

}  // namespace
}  // namespace althing
