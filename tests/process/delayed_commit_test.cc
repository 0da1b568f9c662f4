// Reads while Commits are held back: the value they return was acknowledged, or is newer.
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/trace_lines.h"

namespace althing {
namespace {

Json Delayed(int commit_delay_ms, int catch_up_ms) {
  return {{"timing", {{"catch_up_ms", catch_up_ms}}},
          {"debug", {{"commit_delay_ms", commit_delay_ms}, {"trace_level", 1}}}};
}

// The Commits that replica i has got so far.
std::set<std::string> CommitsAt(const Cluster& cluster, int i) {
  std::set<std::string> commits;
  for (const auto& [pair, messages] : ReceivedMessages(cluster)) {
    if (!absl::EndsWith(pair, absl::StrCat(" -> ", i))) continue;
    for (const std::string& message : messages) {
      if (absl::StartsWith(message, "Commit ")) commits.insert(message);
    }
  }
  return commits;
}

TEST(DelayedCommitTest, AReadWaitsForTheWritesThatWereAcknowledgedElsewhere) {
  Cluster cluster(5, Delayed(2000, 60000));
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "nice", "55").status.ok());
  EXPECT_EQ(CommitsAt(cluster, 2), std::set<std::string>{});
  EXPECT_EQ(cluster.Get(2, "nice"), "55 version 1");
  EXPECT_TRUE(CommitsAt(cluster, 2).contains("Commit 0.1"));

  ASSERT_TRUE(cluster.Put(3, "nice", "88").status.ok());
  EXPECT_FALSE(CommitsAt(cluster, 2).contains("Commit 3.1"));
  EXPECT_EQ(cluster.Get(2, "nice"), "88 version 2");
  EXPECT_TRUE(CommitsAt(cluster, 2).contains("Commit 3.1"));
  // And when all has arrived everywhere: two writes and two reads.
  ASSERT_TRUE(cluster.WaitExecuted(4));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(cluster.Get(i, "nice"), "88 version 2") << "replica " << i;
}

TEST(DelayedCommitTest, WhoAsksTheCoordinatorDoesNotWaitForItsCommit) {
  // The Commits leave long after the end of the test.
  Cluster cluster(5, Delayed(3'600'000, 50));
  ASSERT_TRUE(cluster.StartAll());
  for (int i = 0; i < 5; ++i) {
    const std::string value = absl::StrCat("value", i);
    EXPECT_EQ(cluster.Put(i, "nice", value).reply.results(0).version(), i + 1);
    EXPECT_EQ(cluster.Get((i + 2) % 5, "nice"), absl::StrCat(value, " version ", i + 1));
  }
  ASSERT_TRUE(cluster.WaitExecuted(10));
}

}  // namespace
}  // namespace althing
