// What real replicas write to their logs: events that can be taken apart, no values.
#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/log_lines.h"

namespace althing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

// The events of a replica's log so far at `level`, without the line that is being written.
std::set<std::string> Events(const Cluster& cluster, int i, const std::string& level) {
  std::string text = cluster.Log(i);
  text.resize(text.rfind('\n') + 1);
  std::set<std::string> events;
  for (LogLine& line : ParseLog(text)) {
    if (line["level"] == level) events.insert(line["event"]);
  }
  return events;
}

TEST(LogLinesTest, TakesALineApart) {
  const auto line = ParseLogLine(R"(time=t level=info replica=0 event=a why="x=\"\\\n\x41 b")");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(*line, (LogLine{{"time", "t"},
                            {"level", "info"},
                            {"replica", "0"},
                            {"event", "a"},
                            {"why", "x=\"\\\nA b"}}));
  const std::string start = "time=t level=info replica=0 event=a";
  EXPECT_TRUE(ParseLogLine(start).has_value());
  for (const char* wrong :
       {" ", " word", " =x", " a=", " a=b=c", " a=\"b", " a=\"b\"c", " a=\"\\q\"", " a=\"\\xg1\"",
        " a=b\"", "  a=b", " A=b", " level=warn", " a=b "}) {
    EXPECT_FALSE(ParseLogLine(start + wrong).has_value()) << wrong;
  }
  for (const char* wrong : {"", "free words", "level=info time=t replica=0 event=a"}) {
    EXPECT_FALSE(ParseLogLine(wrong).has_value()) << wrong;
  }
}

TEST(LogTest, NoValueAndNoneToCompareWithEverGetsIntoALog) {
  const std::string kSecret = "TopSecretValue";
  Cluster cluster(3, {{
                          "log",
                          {{"level", "debug"}},
                      },
                      {"debug", {{"trace_level", 9}}},
                      {"partitions", 2},
                      {"limits", {{"value_bytes_max", 40}}}});
  ASSERT_TRUE(cluster.StartAll());
  const auto client = cluster.MakeClient();
  const auto propose = [&](size_t replica, v1::Operation operation, const std::string& value,
                           const std::string& if_value = "") {
    v1::Command command = MakeCommand(operation, "visible_key", value);
    if (!if_value.empty()) command.set_if_value(if_value);
    return client->Propose(replica, command, kCallTimeout);
  };
  using v1::OPERATION_APPEND, v1::OPERATION_PUT, v1::OPERATION_DELETE, v1::OPERATION_GET;
  ASSERT_TRUE(propose(0, OPERATION_PUT, kSecret + "1").status.ok());
  EXPECT_TRUE(
      propose(1, OPERATION_PUT, kSecret + "2", kSecret + "3").reply.results(0).condition_failed());
  EXPECT_TRUE(propose(2, OPERATION_DELETE, "", kSecret + "4").reply.results(0).condition_failed());
  ASSERT_TRUE(propose(1, OPERATION_APPEND, kSecret, kSecret + "1").status.ok());
  EXPECT_EQ(propose(2, OPERATION_APPEND, kSecret).status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(propose(0, OPERATION_PUT, kSecret + kSecret + kSecret).status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(propose(0, OPERATION_GET, kSecret).status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(propose(0, OPERATION_PUT, kSecret, kSecret + kSecret + kSecret).status.code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_EQ(propose(0, OPERATION_GET, "").reply.results(0).value(), kSecret + "1" + kSecret);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(cluster.Terminate(i), 0);

  std::string all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(cluster.directory())) {
    if (file.is_regular_file()) all += ReadFile(file.path().string());
  }
  EXPECT_THAT(all, Not(HasSubstr(kSecret)));
  EXPECT_THAT(all, Not(HasSubstr("546f70536563726574")));  // In hexadecimal digits.
  EXPECT_THAT(all, Not(HasSubstr("VG9wU2VjcmV0")));        // In base64.
  // What would have shown it was written.
  EXPECT_THAT(all, HasSubstr("payload=\"put 'visible_key'(15 bytes) if value(15 bytes)\""));
  EXPECT_THAT(all, HasSubstr("event=call_failed code=RESOURCE_EXHAUSTED written=no"));
}

TEST(LogTest, EachLineIsAnEventThatCanBeTakenApart) {
  Cluster cluster(
      3, {{"log", {{"level", "debug"}}}, {"debug", {{"trace_level", 9}}}, {"cluster_id", "blue"}});
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "a key = \"odd\"\n", "v").status.ok());
  ASSERT_TRUE(cluster.WaitExecuted(1));
  cluster.Kill(2);
  ASSERT_TRUE(cluster.WaitLinked());
  EXPECT_EQ(cluster.Put(0, "", "v").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cluster.RunClient({"scheduler", "--incoming", "lifo", "--replica", "0"}).exit_code, 0);
  EXPECT_EQ(cluster.RunClient({"trace", "--level", "0", "--replica", "0"}).exit_code, 0);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cluster.Terminate(i), 0);
  std::set<std::string> events;
  for (LogLine& line : ParseLog(cluster.Log(0))) {
    events.insert(absl::StrCat(line["level"], " ", line["event"]));
    EXPECT_EQ(line["replica"], "0");
    if (line["event"] == "start") {
      EXPECT_EQ(line["cluster"], "blue");
    }
    if (line["message"] == "PreAccept") {
      EXPECT_EQ(line["payload"], R"(put 'a key = \"odd\"\n'(1 bytes))");
    }
  }
  EXPECT_THAT(events,
              IsSupersetOf({"info start", "warn debug_setting", "info reachable", "info ready",
                            "debug stream_opened", "debug flushes", "trace send", "trace recv",
                            "debug stream_closed", "warn unreachable", "debug call_failed",
                            "info scheduler", "info trace_level", "info draining",
                            "info metrics_written", "info stopped"}));
}

TEST(LogTest, TheLevelChangesWhileTheReplicaRunsAndEachShowsWhatItSays) {
  Cluster cluster(2, {{"log", {{"level", "error"}}}});
  ASSERT_TRUE(cluster.StartAll());
  EXPECT_EQ(cluster.Log(0) + cluster.Log(1), "");
  EXPECT_EQ(cluster.RunClient({"log"}).out,
            absl::StrCat("replica 0 (127.0.0.1:", cluster.client_port(0),
                         "): log level error\nreplica 1 (127.0.0.1:", cluster.client_port(1),
                         "): log level error\n"));
  const Finished set = cluster.RunClient({"log", "--level", "debug", "--replica", "0"});
  EXPECT_EQ(set.out, absl::StrCat("replica 0 (127.0.0.1:", cluster.client_port(0),
                                  "): log level debug, was error\n"));
  EXPECT_EQ(cluster.Put(0, "", "v").status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Events(cluster, 0, "debug"), Contains("call_failed"));
  EXPECT_THAT(Events(cluster, 0, "info"), ElementsAre("log_level"));
  EXPECT_EQ(cluster.Log(1), "");

  EXPECT_EQ(cluster.RunClient({"log", "--level", "warn", "--replica", "1"}).exit_code, 0);
  cluster.Kill(0);
  ASSERT_TRUE(WaitUntil([&] { return Events(cluster, 1, "warn").contains("not_ready"); }));
  EXPECT_THAT(Events(cluster, 1, "info"), ElementsAre("log_level"));
  EXPECT_EQ(Events(cluster, 1, "debug"), std::set<std::string>());
}

TEST(LogTest, ALevelThatDoesNotExistIsRefusedByTheReplicaAndByTheConfiguration) {
  Cluster cluster(1);
  ASSERT_TRUE(cluster.StartAll());
  const Finished wrong = cluster.RunClient({"log", "--level", "loud"});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.err, HasSubstr("there is no log level \"loud\"; use one of: debug, info, "
                                   "warn, error"));
  const std::string path = cluster.WriteConfig("wrong.json", {{"log", {{"level", "loud"}}}});
  const Finished start = cluster.RunReplica(path, {"--id", "0"});
  EXPECT_EQ(start.exit_code, 78);
  EXPECT_EQ(start.err, path +
                           ": log.level: \"loud\" is not known; use one of: debug, info, warn, "
                           "error\n");
}

}  // namespace
}  // namespace althing
