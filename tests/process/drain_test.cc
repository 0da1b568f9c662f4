// A replica that is asked to stop while clients call it and the others.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

TEST(DrainTest, EveryCallGetsAnAnswerOrAClearStatusAndTheOthersGoOn) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load there(cluster, {.replicas = {2}, .operations_max = kNoEnd});
  Load elsewhere(cluster, {.replicas = {0, 1, 3, 4}, .operations_max = kNoEnd});
  ASSERT_TRUE(there.WaitProgress(100));
  EXPECT_EQ(cluster.Terminate(2), 0);
  ASSERT_TRUE(elsewhere.WaitProgress(200));

  const History at_2 = there.Stop();
  History history = elsewhere.Stop();
  EXPECT_EQ(Failures(history), 0);
  // CANCELLED is what gRPC says to a call that reaches a server while it closes.
  EXPECT_THAT(there.ErrorCodes(), testing::Contains("UNAVAILABLE"));
  EXPECT_THAT(there.ErrorCodes(), testing::IsSubsetOf({"CANCELLED", "UNAVAILABLE"}));
  history.insert(history.end(), at_2.begin(), at_2.end());
  EXPECT_EQ(FindContradiction(history), "");
  // Nothing that the stopped replica began is left undecided.
  for (int i = 0; i < 3; ++i) {
    const std::string key = absl::StrCat("key", i);
    const std::string value = cluster.Get(0, key);
    for (const int j : {1, 3, 4}) EXPECT_EQ(cluster.Get(j, key), value);
  }
  const Json metrics = Json::parse(ReadFile(cluster.MetricsPath(2)), nullptr, false);
  EXPECT_GE(metrics["Answers"]["OK"], 100);
  EXPECT_THAT(cluster.Log(2), testing::Not(testing::HasSubstr("event=drain_time_over")));
}

TEST(DrainTest, ACallThatCannotBeAnsweredInTheDrainTimeHasAnUnknownOutcome) {
  Cluster cluster(3, {{"timing", {{"drain_ms", 300}, {"suspect_ms", 60'000}}}});
  ASSERT_TRUE(cluster.StartAll());
  for (const int i : {1, 2}) cluster.replica(i).Signal(SIGSTOP);
  Load load(cluster, {.replicas = {0}, .clients = 1, .operations_max = 1});
  ASSERT_TRUE(WaitUntil([&] { return cluster.Metrics(0)["MessageSends"]["PreAccept"] > 0; }));
  EXPECT_EQ(cluster.Terminate(0), 0);
  EXPECT_EQ(Failures(load.Finish()), 1);
  EXPECT_THAT(load.ErrorCodes(), testing::ElementsAre("DEADLINE_EXCEEDED"));
  EXPECT_THAT(cluster.Log(0), testing::HasSubstr("event=drain_time_over open_calls=1\n"));
  for (const int i : {1, 2}) cluster.replica(i).Signal(SIGCONT);
}

}  // namespace
}  // namespace althing
