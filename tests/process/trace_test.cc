// Which messages commands cause between five real processes, as in the transcripts of tests/golden.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/trace_lines.h"

namespace althing {
namespace {

using ::testing::Contains;

// Nobody resends, gives up the fast path or asks for what is missing, however slow the machine.
Json Patient(Json debug) {
  debug["trace_level"] = 1;
  return {{"thrifty", true},
          {"timing",
           {{"fast_path_ms", 60000},
            {"resend_ms", 60000},
            {"resend_ms_max", 60000},
            {"catch_up_ms", 60000}}},
          {"debug", debug}};
}

bool WaitReceived(const Cluster& cluster, const Messages& expected) {
  return WaitUntil([&] { return ReceivedMessages(cluster) == expected; });
}

// All that replica i counted, after its end.
Json FinalMetrics(const Cluster& cluster, int i) {
  return Json::parse(ReadFile(cluster.MetricsPath(i)), nullptr, false);
}

void StopAll(Cluster& cluster) {
  for (int i = 0; i < cluster.members(); ++i) EXPECT_EQ(cluster.Terminate(i), 0) << i;
}

TEST(TraceTest, ACommandWithoutConflictTakesOneRoundTripToItsFastQuorum) {
  Cluster cluster(5, Patient({}));
  ASSERT_TRUE(cluster.StartAll());
  EXPECT_TRUE(cluster.Put(0, "nice", "55").status.ok());
  ASSERT_TRUE(WaitUntil([&] {
    const Messages received = ReceivedMessages(cluster);
    const auto to_3 = received.find("0 -> 3");
    return to_3 != received.end() && to_3->second.back() == "Commit 0.1";
  }));
  EXPECT_TRUE(cluster.Put(3, "nice", "88").status.ok());

  const Messages expected = GoldenMessages("fast_path.txt");
  EXPECT_TRUE(WaitReceived(cluster, expected));
  StopAll(cluster);
  EXPECT_EQ(SentMessages(cluster), expected);
  EXPECT_EQ(ReceivedMessages(cluster), expected);
  for (const int i : {0, 3}) {
    const Json metrics = FinalMetrics(cluster, i);
    EXPECT_EQ(metrics["Fasts"], 1) << i;
    EXPECT_EQ(metrics["Slows"], 0) << i;
    EXPECT_EQ(metrics["MessageSends"]["PreAccept"], 2) << i;
    EXPECT_EQ(metrics["MessageSends"]["Commit"], 4) << i;
    EXPECT_EQ(metrics["MessageSends"]["Accept"], 0) << i;
    EXPECT_EQ(metrics["ExecutedCommands"], 2) << i;
  }
}

TEST(TraceTest, AConflictingCommandThatDoesNotKnowTheFirstTakesTheSlowPath) {
  Cluster cluster(5, Patient({{"commit_delay_ms", 3000}}));
  ASSERT_TRUE(cluster.StartAll());
  EXPECT_TRUE(cluster.Put(0, "nice", "55").status.ok());
  const Answer second = cluster.Put(3, "nice", "88");
  ASSERT_TRUE(second.status.ok()) << second.status;
  EXPECT_EQ(second.reply.results(0).version(), 2);
  // It depends on the first and could not be answered before that one's Commit came.
  EXPECT_THAT(ReceivedMessages(cluster)["0 -> 3"], Contains("Commit 0.1"));

  const Messages expected = GoldenMessages("slow_path.txt");
  EXPECT_TRUE(WaitReceived(cluster, expected));
  StopAll(cluster);
  EXPECT_EQ(SentMessages(cluster), expected);
  EXPECT_EQ(ReceivedMessages(cluster), expected);
  EXPECT_EQ(FinalMetrics(cluster, 0)["Fasts"], 1);
  EXPECT_EQ(FinalMetrics(cluster, 0)["Slows"], 0);
  const Json metrics = FinalMetrics(cluster, 3);
  EXPECT_EQ(metrics["Fasts"], 0);
  EXPECT_EQ(metrics["Slows"], 1);
  EXPECT_EQ(metrics["MessageSends"]["Accept"], 2);
  EXPECT_EQ(metrics["MessageReceives"]["AcceptOk"], 2);
}

}  // namespace
}  // namespace althing
