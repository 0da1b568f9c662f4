// The client's program against a live cluster: what it prints, and its exit codes.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class ClientProgramTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(cluster_.StartAll()); }

  Json RunJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", "json"});
    const Finished finished = cluster_.RunClient(arguments);
    EXPECT_EQ(std::count(finished.out.begin(), finished.out.end(), '\n'), 1) << finished.out;
    return Json::parse(finished.out, nullptr, false);
  }

  // Who is stopped for a test still counts as there.
  Cluster cluster_{3, {{"timing", {{"suspect_ms", 60'000}}}}};
};

void Expect(const Finished& finished, int exit_code, const std::string& out,
            const std::string& err) {
  EXPECT_EQ(finished.exit_code, exit_code);
  EXPECT_EQ(finished.out, out);
  EXPECT_EQ(finished.err, err);
}

TEST_F(ClientProgramTest, WritesReadsAndRemoves) {
  Expect(cluster_.RunClient({"put", "key", "value"}), 0, "OK\n", "");
  Expect(cluster_.RunClient({"get", "key", "--replica", "2"}), 0, "value\n", "");
  Expect(cluster_.RunClient({"put", "--", "key", "-5"}), 0, "OK\n", "");
  Expect(cluster_.RunClient({"get", "key"}), 0, "-5\n", "");
  Expect(cluster_.RunClient({"del", "key"}), 0, "1\n", "");
  Expect(cluster_.RunClient({"del", "key"}), 0, "0\n", "");
  Expect(cluster_.RunClient({"get", "key"}), 1, "",
         "get: the key has no value. Written: no. Put one first.\n");
}

TEST_F(ClientProgramTest, ABatchTakesEffectAtOneMoment) {
  Expect(cluster_.RunClient({"batch", "put a 1", "append b 2", "get a"}), 0, "OK\nOK\n1\n", "");
  Expect(cluster_.RunClient({"batch", "put a 3", "put b 4 --if-absent"}), 1, "",
         "batch: command 2 (put): the condition failed: the key has a value and version 1. "
         "Written: no, nothing of the batch. Get the key and decide anew.\n");
  Expect(cluster_.RunClient({"get", "a"}), 0, "1\n", "");
  const Json json = RunJson({"batch", "get a", "get b", "--replica", "2"});
  EXPECT_EQ(json["results"].size(), 2);
  EXPECT_EQ(json["replica"], 2);
}

TEST_F(ClientProgramTest, AnswersAsJson) {
  EXPECT_EQ(RunJson({"put", "key", "value", "--replica", "1"}),
            Json::parse(R"({"key": "key", "found": false, "version": 1, "instance": "1.2",
                            "partition": 0, "replica": 1})"));
  ASSERT_TRUE(cluster_.WaitExecuted(1));
  EXPECT_EQ(RunJson({"get", "key", "--replica", "2"}),
            Json::parse(R"({"key": "key", "found": true, "value": "value", "version": 1,
                            "instance": "2.1", "partition": 0, "replica": 2})"));
  EXPECT_EQ(RunJson({"del", "key", "--replica", "1"})["removed"], 1);
  const Finished missing = cluster_.RunClient({"-o", "json", "get", "key"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(Json::parse(missing.out)["found"], false);
}

TEST_F(ClientProgramTest, InvalidInputIs3AndSaysThatNothingWasWritten) {
  Expect(cluster_.RunClient({"put", "", "value"}), 3, "",
         "error: put: the key is empty. A key has at least one byte. Written: no.\n");
  const Finished replica = cluster_.RunClient({"get", "key", "--replica", "7"});
  EXPECT_EQ(replica.exit_code, 3);
  EXPECT_THAT(replica.err, MatchesRegex("error: get: .*7.* Written: no.\n"));
  EXPECT_EQ(cluster_.RunClient({"get", "key", "--config", "/dev/null/config"}).exit_code, 3);
  EXPECT_EQ(cluster_.RunClient({"trace", "--level", "3"}).exit_code, 3);
  EXPECT_EQ(cluster_.RunClient({"got", "key"}).exit_code, 64);
  EXPECT_EQ(cluster_.RunClient({"get", "key", "--timeout", "soon"}).exit_code, 64);
}

TEST_F(ClientProgramTest, WhatAReplicaRefusesIs4AndSaysThatNothingWasWritten) {
  const Finished put = cluster_.RunClient({"put", std::string(4097, 'k'), "value"});
  EXPECT_EQ(put.exit_code, 4);
  EXPECT_THAT(put.err, HasSubstr("RESOURCE_EXHAUSTED: the key has 4097 bytes; the limit is 4096 "
                                 "(limits.key_bytes_max). Written: no."));
  EXPECT_EQ(cluster_.RunClient({"put", std::string(4096, 'k'), "value"}).exit_code, 0);
}

TEST_F(ClientProgramTest, UnreachableReplicasAre2AndTheNextOneIsTried) {
  cluster_.Kill(0);
  EXPECT_EQ(cluster_.RunClient({"put", "key", "value"}).exit_code, 0);
  const Finished chosen = cluster_.RunClient({"put", "key", "value", "--replica", "0"});
  EXPECT_EQ(chosen.exit_code, 2);
  EXPECT_THAT(chosen.err, HasSubstr(absl::StrCat("127.0.0.1:", cluster_.client_port(0))));
  EXPECT_THAT(chosen.err, HasSubstr("Written: no."));
}

TEST_F(ClientProgramTest, WithoutAQuorumNothingIsWrittenAndAReadIsLate) {
  cluster_.replica(1).Signal(SIGSTOP);
  const Finished put =
      cluster_.RunClient({"put", "key", "value", "--replica", "1", "--timeout", "200"});
  // The kernel took the connection, but the replica does not greet: nothing was sent.
  EXPECT_EQ(put.exit_code, 2) << put.err;
  EXPECT_THAT(put.err, HasSubstr("Written: no."));
  for (const int i : {1, 2}) cluster_.replica(i).Signal(SIGSTOP);
  const Finished alone = cluster_.RunClient({"put", "key", "value", "--timeout", "500"});
  // A write needs a session first.
  EXPECT_EQ(alone.exit_code, 2) << alone.err;
  EXPECT_THAT(alone.err, HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_THAT(alone.err, HasSubstr("Written: no."));
  const Finished read = cluster_.RunClient({"get", "key", "--timeout", "500"});
  EXPECT_EQ(read.exit_code, 5) << read.err;
  for (const int i : {1, 2}) cluster_.replica(i).Signal(SIGCONT);
  EXPECT_TRUE(cluster_.WaitLinked());
}

TEST_F(ClientProgramTest, StatusSaysHowTheClusterIs) {
  ASSERT_EQ(cluster_.RunClient({"put", "key", "value"}).exit_code, 0);
  const Finished healthy = cluster_.RunClient({"status"});
  EXPECT_EQ(healthy.exit_code, 0);
  EXPECT_THAT(
      healthy.out,
      MatchesRegex("healthy: 3/3, tolerates 1 more failure, fast path 100 %, p99 [0-9.]+ ms\n"
                   "ID .*EXECUTED(.|\n)*"));
  const Json json = RunJson({"status"});
  EXPECT_EQ(json["health"], "healthy");
  EXPECT_EQ(json["ready"], 3);
  EXPECT_EQ(json["replicas"][0]["decisions"], 3) << "a session was opened and closed";
  EXPECT_EQ(json["replicas"][0]["executed_commands"], 1);
  EXPECT_EQ(json["replicas"][2]["peers"].size(), 2);
  EXPECT_EQ(json["advice"], Json::array());

  cluster_.Kill(2);
  ASSERT_TRUE(cluster_.WaitLinked());
  const Finished degraded = cluster_.RunClient({"status"});
  EXPECT_EQ(degraded.exit_code, 5);
  EXPECT_THAT(degraded.out, StartsWith("degraded: 2/3, tolerates 0 more failures, fast path "));
  EXPECT_THAT(degraded.out, HasSubstr("does not answer: UNAVAILABLE"));
  EXPECT_EQ(RunJson({"status"})["health"], "degraded");
}

TEST_F(ClientProgramTest, TraceShowsAndSetsTheLevel) {
  const auto line = [&](int i, const std::string& levels) {
    return absl::StrCat("replica ", i, " (127.0.0.1:", cluster_.client_port(i), "): trace level ",
                        levels, "\n");
  };
  Expect(cluster_.RunClient({"trace"}), 0, line(0, "0") + line(1, "0") + line(2, "0"), "");
  Expect(cluster_.RunClient({"trace", "--level", "1", "--replica", "1"}), 0, line(1, "1, was 0"),
         "");
  ASSERT_EQ(cluster_.RunClient({"put", "key", "value", "--replica", "1"}).exit_code, 0);
  EXPECT_THAT(cluster_.Log(1),
              HasSubstr("level=trace replica=1 event=send message=PreAccept from=1 "));
  EXPECT_THAT(cluster_.Log(0), Not(HasSubstr("level=trace")));
  EXPECT_EQ(RunJson({"trace", "--level", "0"}),
            Json::parse(R"({"replicas": [{"replica": 0, "level": 0, "previous_level": 0},
                                         {"replica": 1, "level": 0, "previous_level": 1},
                                         {"replica": 2, "level": 0, "previous_level": 0}]})"));
}

TEST_F(ClientProgramTest, MetricsAreThoseOfEachReplica) {
  ASSERT_EQ(cluster_.RunClient({"put", "key", "value", "--replica", "1"}).exit_code, 0);
  ASSERT_TRUE(cluster_.WaitExecuted(1));
  const Json all = RunJson({"metrics"});
  ASSERT_EQ(all["replicas"].size(), 3);
  for (int i = 0; i < 3; ++i) {
    const Json& one = all["replicas"][static_cast<size_t>(i)];
    EXPECT_EQ(one["replica"], i);
    EXPECT_EQ(one["metrics"]["ExecutedCommands"], 1);
    EXPECT_EQ(one["metrics"]["Fasts"], i == 1 ? 3 : 0) << "a session was opened and closed";
  }
  const Finished text = cluster_.RunClient({"metrics", "--replica", "1"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, StartsWith("{\n"));
  EXPECT_EQ(Json::parse(text.out)["Answers"], (Json{{"OK", 3}}));
}

}  // namespace
}  // namespace althing
