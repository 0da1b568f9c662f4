// client explain, client trace show and the log of slow commands, when something is in the way.
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// What one replica answers with -o json.
Json Explain(const Cluster& cluster, int replica, std::vector<std::string> what) {
  what.insert(what.begin(), "explain");
  for (const std::string& word :
       {std::string("--replica"), absl::StrCat(replica), std::string("-o"), std::string("json")}) {
    what.push_back(word);
  }
  const Json answer = Json::parse(cluster.RunClient(what).out, nullptr, false);
  return answer.is_object() && !answer["replicas"].empty() ? answer["replicas"][0] : Json();
}

TEST(ExplainTest, NamesTheWriteWhoseCommitIsMissing) {
  // Nobody hears that the write is committed, and nobody asks.
  Cluster cluster(5, {{"timing", {{"catch_up_ms", kNeverMs}, {"slow_ms", 500}}},
                      {"debug", {{"commit_delay_ms", kNeverMs}}}});
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "nice", "55").status.ok());
  const Finished read = cluster.RunClient({"get", "--replica", "2", "nice", "--timeout", "3000"});
  EXPECT_EQ(read.exit_code, 5) << read.err;

  Json view = Explain(cluster, 2, {"nice"});
  ASSERT_FALSE(view["instances"].empty()) << view;
  Json top = view["instances"][0];
  if (top["instance"] != "2.1") top = view["instances"][1];
  EXPECT_EQ(top["instance"], "2.1") << view;
  EXPECT_EQ(top["phase"], "committed") << view;
  EXPECT_EQ(top["executed"], false) << view;
  ASSERT_EQ(top["before"].size(), 1u) << view;
  EXPECT_EQ(top["before"][0]["instance"], "0.1");
  EXPECT_EQ(top["before"][0]["phase"], "pre-accepted");

  // Outside the write's fast quorum nobody has its payload.
  view = Explain(cluster, 3, {"--instance", "2.1"});
  ASSERT_EQ(view["instances"][0]["before"].size(), 1u) << view;
  EXPECT_EQ(view["instances"][0]["before"][0]["instance"], "0.1");
  EXPECT_EQ(view["instances"][0]["before"][0]["payload_known"], false);
  EXPECT_THAT(cluster.RunClient({"explain", "nice", "--replica", "2"}).out,
              HasSubstr("2.1 committed, not executed: waits for 1 instance\n"));

  const auto logged = [&] { return absl::StrContains(cluster.Log(2), "unfinished_ms="); };
  EXPECT_TRUE(WaitUntil(logged)) << cluster.Log(2);
  EXPECT_FALSE(absl::StrContains(cluster.Log(0), "event=slow_command")) << cluster.Log(0);
  EXPECT_EQ(cluster.RunClient({"explain", "--instance", "1.9"}).exit_code, 1);
}

TEST(ExplainTest, ShowsWhoseAnswersAreMissing) {
  Cluster cluster(3, {{"timing", {{"slow_ms", 0}, {"suspect_ms", 60'000}}}});
  ASSERT_TRUE(cluster.StartAll());
  for (const int i : {1, 2}) cluster.replica(i).Signal(SIGSTOP);
  const auto client = cluster.MakeClient();
  const auto put = MakeCommand(v1::OPERATION_PUT, "k", "v");
  EXPECT_EQ(client->Propose(0, put, absl::Seconds(1)).status.code(),
            absl::StatusCode::kDeadlineExceeded);
  Json round;
  EXPECT_TRUE(WaitUntil([&] {
    round = Explain(cluster, 0, {"--instance", "0.1"})["instances"][0]["round"];
    return round["asked"] == Json({0, 1, 2});
  })) << round;
  EXPECT_EQ(round["answered"], Json({0})) << round;
  EXPECT_GE(round["times_asked"], 2) << round;
  EXPECT_GT(round["since_ms"], 900) << round;
  for (const int i : {1, 2}) cluster.replica(i).Signal(SIGCONT);
  EXPECT_TRUE(cluster.WaitExecuted(1));
  EXPECT_EQ(Explain(cluster, 0, {"--instance", "0.1"})["instances"][0]["executed"], true);
  EXPECT_FALSE(absl::StrContains(cluster.Log(0), "event=slow_command")) << cluster.Log(0);
}

TEST(ExplainTest, ASlowCommandIsLoggedAndItsTimelineShown) {
  Cluster cluster(5, {{"timing", {{"catch_up_ms", kNeverMs}, {"slow_ms", 500}}},
                      {"debug", {{"commit_delay_ms", 2000}, {"trace_level", 1}}}});
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "nice", "55").status.ok());
  ASSERT_EQ(cluster.RunClient({"get", "--replica", "2", "nice", "--timeout", "30000"}).out, "55\n");
  ASSERT_TRUE(WaitUntil([&] { return absl::StrContains(cluster.Log(2), "event=slow_command"); }));
  EXPECT_THAT(cluster.Log(2),
              ContainsRegex("event=slow_command partition=0 status=OK took_ms=[0-9.]+ "
                            "queue_ms=[0-9.]+ instance=2.1 window_ms=[0-9.]+ "
                            "ordering_ms=[0-9.]+ execution_ms=[0-9.]+ path="));
  EXPECT_FALSE(absl::StrContains(cluster.Log(0), "event=slow_command")) << cluster.Log(0);

  ASSERT_TRUE(cluster.WaitExecuted(2));
  const Finished text = cluster.RunClient({"trace", "show", "2.1"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, ContainsRegex("phases in ms: queue [0-9.]+, window [0-9.]+, "
                                      "pre-accept [0-9.]+, .*execution [0-9.]+, "));
  EXPECT_THAT(text.out, HasSubstr("clocks: one for all replicas\n"));
  EXPECT_THAT(text.out, ContainsRegex("2        sends PreAccept to 3, which gets it [0-9.]+ ms"));
  EXPECT_THAT(text.out, ContainsRegex("4        gets Commit from 2, handles it"));
  EXPECT_THAT(text.out, ContainsRegex("1        executes 1 command"));
  const Json chrome = Json::parse(
      cluster.RunClient({"trace", "show", "2.1", "--format", "chrome"}).out, nullptr, false);
  ASSERT_FALSE(chrome.is_discarded());
  EXPECT_GT(chrome["traceEvents"].size(), 30u);
}

}  // namespace
}  // namespace althing
