#include "client/commands/script_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "absl/strings/str_split.h"
#include "pb/call_metadata.h"
#include "tests/check/judge.h"
#include "tests/client/fake_replica.h"
#include "tests/client/temporary_path.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;
using Json = nlohmann::json;

class ScriptCommandTest : public ::testing::Test {
 protected:
  ExitCode Run(const std::string& script, const ScriptOptions& options = {},
               const CommonOptions& common = {}) {
    std::istringstream in(script);
    out_.str("");
    err_.str("");
    KvClients clients({{0, a_.address()}, {1, b_.address()}, {2, dead_}}, interrupted_);
    return RunScript(clients, interrupted_, common, options, in, out_, err_);
  }
  std::vector<std::string> Lines() const {
    return absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  }

  FakeReplica a_{0}, b_{1};
  const std::string dead_ = DeadAddress();
  std::function<bool()> interrupted_;
  std::ostringstream out_, err_;
};

TEST_F(ScriptCommandTest, ReportsEachAccessAndTheSum) {
  EXPECT_EQ(Run("put k v\nreplica=1 get k\nget k\nexpect v\n"), kExitOk) << err_.str();
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 4u) << out_.str();
  EXPECT_THAT(lines[0], MatchesRegex("standard input:1   replica 0 +[0-9.]+ ms  put k v: OK, "
                                     "version 1"));
  EXPECT_THAT(lines[1],
              MatchesRegex("standard input:2   replica 1 .*get k: .no value., version 0"));
  EXPECT_THAT(lines[2], MatchesRegex("standard input:3   replica 0 .*get k: v, version 1"));
  EXPECT_THAT(lines[3], StartsWith("3 accesses, 3 answered, 0 failed, "));
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(a_.proposals(), 2);
}

TEST_F(ScriptCommandTest, AnswersAsJsonLines) {
  ScriptOptions options;
  EXPECT_EQ(Run(R"({"Accesses": [{"R": 1, "T": "w", "K": "k", "V": "v"}]})", options,
                {.output = OutputFormat::kJson}),
            kExitOk);
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  const Json access = Json::parse(lines[0]);
  EXPECT_EQ(access["place"], "standard input: Accesses[0]");
  EXPECT_EQ(access["replica"], 1);
  EXPECT_EQ(access["version"], 1);
  EXPECT_GT(access["latency_ns"], 0);
  EXPECT_EQ(Json::parse(lines[1])["accesses"], 1);
}

TEST_F(ScriptCommandTest, AnExpectationThatIsNotMetEndsTheScript) {
  EXPECT_EQ(Run("put k v\nget k\nexpect w\nput k x\n", {.repeat = 3}), kExitNo);
  EXPECT_EQ(err_.str(),
            "error: script: standard input:3: expected \"w\", found \"v\". The script ends here. "
            "Correct the expectation, or find out why.\n");
  EXPECT_EQ(Lines().size(), 3u);
  EXPECT_EQ(Run("get none\nexpect ''\n"), kExitNo);
  EXPECT_THAT(err_.str(), HasSubstr(":2: expected \"\", found no value."));
  EXPECT_EQ(Run("get k\nexpect --none\n"), kExitNo);
  EXPECT_THAT(err_.str(), HasSubstr(":2: expected no value, found \"v\"."));
  EXPECT_EQ(Run("get none\nexpect --none\n"), kExitOk);
}

TEST_F(ScriptCommandTest, AnswersOfNoAreAnswers) {
  EXPECT_EQ(Run("put k v\nput k w --if-absent\nget none\n"), kExitOk);
  EXPECT_EQ(err_.str(), "");
  EXPECT_THAT(out_.str(), HasSubstr("--if-absent: the condition failed: the key has a value"));
}

TEST_F(ScriptCommandTest, AnAccessThatFailsIsSaidAndTheScriptGoesOn) {
  EXPECT_EQ(Run("replica=2 put k v\nput k w\n"), kExitUnavailable);
  EXPECT_THAT(err_.str(), StartsWith("error: script: standard input:1: replica 2 ("));
  EXPECT_THAT(err_.str(), HasSubstr("Written: no."));
  EXPECT_THAT(out_.str(), HasSubstr("put k w: OK"));
  EXPECT_THAT(Lines().back(), StartsWith("2 accesses, 1 answered, 1 failed"));
  // Unless something was expected of it.
  EXPECT_EQ(Run("replica=2 get k\nexpect w\nput k x\n"), kExitUnavailable);
  EXPECT_THAT(err_.str(),
              HasSubstr(":2: expected \"w\", and there was no answer. The script ends"));
  EXPECT_EQ(Lines().size(), 2u);
}

// Serves only once two calls are there.
FakeReplica::Refuse Together(std::atomic<int>& there) {
  return [&there](grpc::ServerContext& context, const v1::Command&) {
    ++there;
    while (there < 2 && !context.IsCancelled()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return grpc::Status::OK;
  };
}

TEST_F(ScriptCommandTest, WhatIsParallelIsUnderWayTogether) {
  std::atomic<int> there = 0;
  FakeReplica c(0, Together(there)), d(1, Together(there));
  KvClients clients({{0, c.address()}, {1, d.address()}}, nullptr);
  std::istringstream in("parallel\nreplica=0 put k a\nreplica=1 put k b\nend\n");
  EXPECT_EQ(RunScript(clients, nullptr, {.timeout = absl::Seconds(20)}, {}, in, out_, err_),
            kExitOk)
      << err_.str();
  const auto lines = Lines();
  EXPECT_THAT(lines[0], StartsWith("standard input:2 | replica 0 "));
  EXPECT_THAT(lines[1], StartsWith("standard input:3 | replica 1 "));
}

TEST_F(ScriptCommandTest, APauseTakesItsTime) {
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Run("pause 120\nget k\n"), kExitOk);
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(120));
}

TEST_F(ScriptCommandTest, RepeatsAllAndCountsAccessesOfJson) {
  EXPECT_EQ(Run("put k v\nget k\n", {.repeat = 3}), kExitOk);
  EXPECT_EQ(a_.proposals(), 6);
  const std::string accesses = R"("Accesses": [{"R": 1, "T": "w", "K": "k", "V": "v"},
                                               {"R": 1, "T": "r", "K": "k"}]})";
  EXPECT_EQ(Run("{\"N\": 5, " + accesses), kExitOk);
  EXPECT_EQ(b_.proposals(), 5);
  EXPECT_EQ(Run("{\"N\": 1, " + accesses, {.repeat = 2}), kExitOk);
  EXPECT_EQ(b_.proposals(), 7);
}

TEST_F(ScriptCommandTest, TheHistoryCanBeJudged) {
  const std::string path = TemporaryPath("script_command.history");
  EXPECT_EQ(
      Run("put k a\nget k\nparallel\nput k b\nput k c\nget k\nend\ndel k\nreplica=2 put k d\n",
          {.history = path}),
      kExitUnavailable);
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::remove(path.c_str());
  const auto history = check::ParseHistory(text);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->size(), 7u);
  const check::Judgement judgement = check::Judge(*history);
  EXPECT_EQ(judgement.verdict, check::Verdict::kLinearizable);
  EXPECT_EQ(judgement.failed, 1);
}

TEST_F(ScriptCommandTest, AnInterruptionEndsTheScriptAndTheCallUnderWay) {
  FakeReplica hanging(0, [](grpc::ServerContext& context, const v1::Command&) {
    while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return grpc::Status::CANCELLED;
  });
  const auto interrupted = [&hanging] { return hanging.proposals() > 0; };
  KvClients clients({{0, hanging.address()}}, interrupted);
  std::istringstream in("put k a\nput k b\n");
  EXPECT_EQ(RunScript(clients, interrupted, {.timeout = absl::Seconds(60)}, {}, in, out_, err_),
            kExitUnknown);
  EXPECT_THAT(err_.str(), HasSubstr("CANCELLED"));
  EXPECT_THAT(err_.str(), HasSubstr("Written: unknown."));
  EXPECT_THAT(err_.str(), HasSubstr("error: script: interrupted."));
  EXPECT_EQ(Lines().size(), 2u);
  EXPECT_EQ(hanging.proposals(), 1);
}

TEST_F(ScriptCommandTest, AnInterruptionEndsAPause) {
  interrupted_ = [this] { return a_.proposals() > 0; };
  EXPECT_EQ(Run("put k a\npause 60000\nput k b\n"), kExitUnknown);
  EXPECT_EQ(a_.proposals(), 1);
}

TEST_F(ScriptCommandTest, WhatCannotBeReadIsSaidBeforeAnyAccess) {
  EXPECT_EQ(Run("put k a\nput k\n"), kExitInvalidInput);
  EXPECT_THAT(err_.str(), MatchesRegex("error: script: standard input:2: put: .* Written: no.\n"));
  EXPECT_EQ(Run("", {.file = "/nowhere/s"}), kExitInvalidInput);
  EXPECT_EQ(err_.str(),
            "error: script: /nowhere/s cannot be read. Name a file, or - for standard input. "
            "Written: no.\n");
  EXPECT_EQ(Run("", {.file = "/"}), kExitInvalidInput);
  EXPECT_EQ(Run("put k a", {}, {.replica = 7}), kExitInvalidInput);
  EXPECT_THAT(err_.str(), HasSubstr("there is no replica 7. Choose one of 0, 1, 2"));
  EXPECT_EQ(Run("put k a", {.history = "/dev/null/h"}), kExitInvalidInput);
  EXPECT_EQ(a_.proposals(), 0);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ScriptCommandTest, AHistoryThatIsNotCompleteIsSaid) {
  EXPECT_EQ(Run("put k a", {.history = "/dev/full"}), kExitOutput);
  EXPECT_THAT(err_.str(), HasSubstr("/dev/full could not be written to its end."));
}

}  // namespace
}  // namespace althing
