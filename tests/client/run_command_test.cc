#include "client/commands/run_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/time/clock.h"
#include "tests/check/judge.h"
#include "tests/client/fake_replica.h"
#include "tests/client/temporary_path.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class RunCommandTest : public ::testing::Test {
 protected:
  ExitCode Run(AdminClient& client, const RunOptions& options) {
    out_.str("");
    err_.str("");
    const ExitCode code = RunLoad(client, {.output = OutputFormat::kJson}, options, out_, err_);
    report_ = Json::parse(out_.str(), nullptr, false);
    return code;
  }

  FakeReplica a_{0}, b_{1};
  AdminClient client_{{{0, a_.address()}, {1, b_.address()}}, {}};
  std::ostringstream out_, err_;
  Json report_;
};

TEST_F(RunCommandTest, FinishesExactlyTheCount) {
  ASSERT_EQ(Run(client_, {.count = 500, .concurrency = 16, .seed = 9}), kExitOk) << err_.str();
  EXPECT_EQ(report_["operations"], 500);
  EXPECT_EQ(report_["ok"], 500);
  EXPECT_EQ(report_["writes"], 500);
  EXPECT_EQ(report_["errors"], Json::object());
  EXPECT_EQ(report_["conflict_percent_measured"], 0);
  EXPECT_EQ(report_["concurrency"], 16);
  EXPECT_EQ(report_["seed"], 9);
  EXPECT_EQ(report_["durability"], "none");
  EXPECT_GT(report_["latency_ns"]["p50"], 0);
  EXPECT_LE(report_["latency_ns"]["p99.9"], report_["latency_ns"]["max"]);
  EXPECT_EQ(a_.proposals(), 500);
  EXPECT_EQ(b_.proposals(), 0);
}

TEST_F(RunCommandTest, ModesChooseTheReplicas) {
  ASSERT_EQ(Run(client_, {.count = 100, .mode = "round-robin", .concurrency = 4}), kExitOk);
  EXPECT_EQ(a_.proposals(), 50);
  EXPECT_EQ(b_.proposals(), 50);
  ASSERT_EQ(Run(client_, {.count = 30, .mode = "replica=1"}), kExitOk);
  EXPECT_EQ(a_.proposals(), 50);
  EXPECT_EQ(b_.proposals(), 80);
}

TEST_F(RunCommandTest, ConflictIsMeasuredNotAssumed) {
  ASSERT_EQ(Run(client_, {.count = 300, .concurrency = 8, .conflict_percent = 100}), kExitOk);
  EXPECT_EQ(report_["conflict_percent_asked"], 100);
  EXPECT_GT(report_["conflict_percent_measured"], 90);
  ASSERT_EQ(Run(client_, {.count = 300, .concurrency = 1, .conflict_percent = 100}), kExitOk);
  EXPECT_EQ(report_["conflict_percent_measured"], 0) << "one at a time cannot conflict";
}

TEST_F(RunCommandTest, ReadsHitWhatTheRunWrote) {
  ASSERT_EQ(Run(client_, {.count = 400, .read_percent = 50, .warmup = 20}), kExitOk);
  EXPECT_GT(report_["reads"], 150);
  EXPECT_LT(report_["reads"], 250);
  EXPECT_EQ(report_["read_hit_percent"], 100);
  EXPECT_EQ(a_.proposals(), 420);
}

TEST_F(RunCommandTest, ReadsAloneHitTheWarmUp) {
  ASSERT_EQ(Run(client_, {.count = 50, .read_percent = 100, .warmup = 10}), kExitOk);
  EXPECT_EQ(report_["reads"], 50);
  EXPECT_EQ(report_["read_hits"], 50);
}

TEST_F(RunCommandTest, FailedOperationsAreCountedByCodeAndExitFour) {
  std::atomic<int> calls = 0;
  FakeReplica moody(0, [&calls](grpc::ServerContext&, const v1::Command&) {
    return calls++ % 4 == 0 ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full")
                            : grpc::Status::OK;
  });
  AdminClient client({{0, moody.address()}}, {});
  EXPECT_EQ(Run(client, {.count = 100, .concurrency = 4}), kExitServerError);
  EXPECT_EQ(report_["ok"], 75);
  EXPECT_EQ(report_["errors"], (Json{{"RESOURCE_EXHAUSTED", 25}}));
  EXPECT_THAT(err_.str(), HasSubstr("error: run: 25 of 100 operations failed."));
}

TEST_F(RunCommandTest, ADeadReplicaOfTheRouteIsSaidAndItsOperationsFail) {
  AdminClient client({{0, a_.address()}, {1, DeadAddress()}}, {});
  EXPECT_EQ(Run(client, {.count = 10, .mode = "round-robin"}), kExitServerError);
  EXPECT_EQ(report_["ok"], 5);
  EXPECT_EQ(report_["errors"], (Json{{"UNAVAILABLE", 5}}));
  EXPECT_THAT(err_.str(), HasSubstr("cannot be connected to: operations sent there will fail."));
}

TEST_F(RunCommandTest, NothingToLoadIsUnavailable) {
  AdminClient client({{0, DeadAddress()}}, {});
  EXPECT_EQ(Run(client, {.count = 10}), kExitUnavailable);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("error: run: no replica can be connected to. Written: no."));
}

TEST_F(RunCommandTest, ADurationEndsTheRun) {
  ASSERT_EQ(Run(client_, {.concurrency = 2, .duration_s = 0.2}), kExitOk);
  EXPECT_GE(report_["duration_seconds"], 0.2);
  EXPECT_LT(report_["duration_seconds"], 5.0);
  EXPECT_EQ(report_["operations"], a_.proposals());
}

TEST_F(RunCommandTest, AnInterruptionReportsWhatWasDone) {
  AdminClient client({{0, a_.address()}}, [this] { return a_.proposals() >= 20; });
  EXPECT_EQ(Run(client, {.count = 1'000'000'000, .concurrency = 4}), kExitUnknown);
  EXPECT_EQ(report_["interrupted"], true);
  EXPECT_GE(report_["operations"], 16);
  EXPECT_EQ(report_["errors"], Json::object());
}

// Of the file that the options name.
check::History ReadHistory(const RunOptions& options) {
  std::ifstream in(*options.history, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto history = check::ParseHistory(text);
  EXPECT_TRUE(history.ok()) << history.status();
  std::remove(options.history->c_str());
  return *std::move(history);
}

TEST_F(RunCommandTest, TheHistoryHasEveryOperationAndIsLinearizable) {
  RunOptions options = {.count = 300,
                        .concurrency = 8,
                        .conflict_percent = 50,
                        .read_percent = 40,
                        .warmup = 10,
                        .history = TemporaryPath("run_command.history")};
  ASSERT_EQ(Run(client_, options), kExitOk) << err_.str();
  EXPECT_EQ(report_["history"], *options.history);
  const check::History history = ReadHistory(options);
  EXPECT_EQ(history.size(), 310);
  const check::Judgement judgement = check::Judge(history);
  EXPECT_EQ(judgement.verdict, check::Verdict::kLinearizable) << check::InWords(judgement, history);
  EXPECT_EQ(judgement.unknown + judgement.failed, 0);

  // The store is not empty any more, but these keys are new.
  ASSERT_EQ(Run(client_, options), kExitOk);
  const check::History again = ReadHistory(options);
  EXPECT_NE(again[0].key, history[0].key);
  EXPECT_EQ(check::Judge(again).verdict, check::Verdict::kLinearizable);

  options.key_prefix = "mine.";
  ASSERT_EQ(Run(client_, options), kExitOk);
  for (const check::Operation& operation : ReadHistory(options)) {
    EXPECT_THAT(operation.key, ::testing::StartsWith("mine."));
  }
}

TEST_F(RunCommandTest, AHistoryThatCannotBeWrittenIsSaid) {
  EXPECT_EQ(Run(client_, {.count = 1, .history = "/dev/null/history"}), kExitInvalidInput);
  EXPECT_EQ(
      err_.str(),
      "error: run: --history /dev/null/history cannot be written. Name a file in a folder that "
      "exists. Written: no.\n");
  EXPECT_EQ(a_.proposals(), 0);
  EXPECT_EQ(Run(client_, {.count = 1, .history = "/dev/full"}), kExitOutput);
  EXPECT_THAT(err_.str(), HasSubstr("/dev/full could not be written to its end."));
}

TEST_F(RunCommandTest, AnOpenLoopSendsAtTheRateAskedForOverSeveralClients) {
  ASSERT_EQ(Run(client_, {.mode = "round-robin", .clients = 3, .duration_s = 1, .rate = 400}),
            kExitOk)
      << err_.str();
  EXPECT_EQ(report_["loop"], "open");
  EXPECT_EQ(report_["operations"], 400);
  EXPECT_NEAR(report_["sent_per_second"].get<double>(), 400, 4);
  EXPECT_EQ(report_["asked_per_second"], 400);
  EXPECT_EQ(report_["clients"], 3);
  EXPECT_GT(report_["latency_ns"]["p50"], 0);
  EXPECT_EQ(a_.proposals(), 200);
  EXPECT_EQ(b_.proposals(), 200);
}

TEST_F(RunCommandTest, PhasesAreReportedApartAndLeftOutSecondsDoNotCount) {
  ASSERT_EQ(Run(client_, {.phases = {{.seconds = 0.5, .rate = 200},
                                     {.seconds = 0.5, .rate = 600, .read_percent = 100}},
                          .warm_up_s = 0.25,
                          .cool_down_s = 0.25}),
            kExitOk)
      << err_.str();
  EXPECT_EQ(report_["phases"][0]["reads"], 0);
  EXPECT_EQ(report_["phases"][1]["writes"], 0);
  EXPECT_EQ(report_["phases"][1]["rate"], 600);
  EXPECT_EQ(report_["duration_seconds"], 0.5);
  EXPECT_EQ(report_["operations"].get<int>() + report_["left_out"].get<int>(), 400);
  EXPECT_NEAR(report_["operations"].get<int>(), 200, 50);
}

TEST_F(RunCommandTest, ALoadOfYcsbWritesEachKeyThenRuns) {
  const std::string json = TemporaryPath("run_command.json");
  RunOptions options = {.count = 300,
                        .concurrency = 4,
                        .value_bytes = 20,
                        .load = true,
                        .key_count = 40,
                        .ycsb = "F",
                        .json = json};
  ASSERT_TRUE(
      CompleteRun([](const std::string& name) { return name == "value_bytes"; }, options).ok());
  ASSERT_EQ(Run(client_, options), kExitOk) << err_.str();
  EXPECT_EQ(report_["read_hit_percent"], 100);
  EXPECT_EQ(report_["reads"].get<int>() + report_["read_modify_writes"].get<int>(), 300);
  EXPECT_GT(report_["read_modify_writes"], 100);
  EXPECT_EQ(a_.proposals(), 40 + 300 + report_["read_modify_writes"].get<int>());
  EXPECT_EQ(report_["config"]["ycsb"], "F");
  EXPECT_EQ(report_["value_bytes"], 20);
  std::ifstream in(json);
  EXPECT_EQ(Json::parse(in, nullptr, false), report_);
  std::remove(json.c_str());
}

TEST_F(RunCommandTest, TheListOfAccessesHasEachOne) {
  const std::string csv = TemporaryPath("run_command.csv");
  ASSERT_EQ(
      Run(client_,
          {.count = 20, .modify_percent = 100, .keys = "uniform", .key_count = 5, .csv = csv}),
      kExitOk)
      << err_.str();
  std::ifstream in(csv);
  std::string line, last;
  int lines = 0;
  for (; std::getline(in, line); last = line) ++lines;
  EXPECT_EQ(lines, 1 + 40);
  EXPECT_THAT(last, ::testing::MatchesRegex("[0-9]+,[0-9]+,[0-9]+,read-modify-write,write,OK"));
  std::remove(csv.c_str());
}

TEST_F(RunCommandTest, WeightsMustBeOneForEachPartition) {
  EXPECT_EQ(Run(client_, {.keys = "uniform", .partition_weights = {1, 2}}), kExitInvalidInput);
  EXPECT_THAT(err_.str(),
              HasSubstr("--partition-weights are 2, but the cluster has 1 partitions."));
  EXPECT_EQ(Run(client_, {.count = 5, .keys = "uniform", .partition_weights = {3}}), kExitOk);
}

TEST_F(RunCommandTest, ClientsBeginTogetherAndALateOneSaysSo) {
  const double start = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) + 0.2;
  ASSERT_EQ(Run(client_, {.count = 5, .start_at = start}), kExitOk);
  EXPECT_GE(report_["started_unix_seconds"].get<double>(), start);
  EXPECT_EQ(err_.str(), "");
  ASSERT_EQ(Run(client_, {.count = 5, .start_at = start - 1}), kExitOk);
  EXPECT_THAT(err_.str(), HasSubstr("s after --start-at: it was not ready earlier."));
}

TEST_F(RunCommandTest, OptionsOutOfRangeAreRefusedBeforeAnyCall) {
  const std::pair<RunOptions, const char*> wrong[] = {
      {{.mode = "random"}, "there is no mode \"random\". Choose first, round-robin or replica=I"},
      {{.mode = "replica=5"}, "there is no replica 5. Choose one of 0, 1"},
      {{.mode = "replica="}, "there is no mode \"\". Choose first, round-robin or replica=I"},
      {{.concurrency = 0}, "--concurrency is out of range. Choose 1 to 100000, over all clients"},
      {{.conflict_percent = 100.5}, "--conflict is a percentage. Choose 0 to 100"},
      {{.read_percent = -1}, "--reads is a percentage. Choose 0 to 100"},
      {{.value_bytes = uint64_t{1} << 31}, "--value-bytes is too large. Choose 0 to 1073741824"},
      {{.value_bytes = 7, .history = "h"},
       "--history needs a value of its own for each write. Choose a --value-bytes of at least 8"},
      {{.duration_s = 0}, "--duration is out of range. Choose more than 0 seconds"}};
  for (const auto& [options, text] : wrong) {
    EXPECT_EQ(Run(client_, options), kExitInvalidInput) << text;
    EXPECT_EQ(err_.str(), std::string("error: run: ") + text + ". Written: no.\n");
  }
  EXPECT_EQ(a_.proposals() + b_.proposals(), 0);
}

TEST_F(RunCommandTest, TheTerminalSeesALineThatIsClearedAtTheEnd) {
  ASSERT_EQ(Run(client_, {.duration_s = 1.2, .live = true}), kExitOk);
  EXPECT_THAT(err_.str(),
              ::testing::MatchesRegex("\r1 s  [0-9,]+ operations  .* errors 0\x1b.K\r\x1b.K"));
}

}  // namespace
}  // namespace althing
