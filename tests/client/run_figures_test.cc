#include "client/report/run_figures.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

using Report = nlohmann::ordered_json;

RunReport OpenReport() {
  RunReport report;
  LoadResult result;
  result.finished = 12;
  result.writes = 9;
  result.reads = 3;
  result.ok = result.answered = 10;
  result.reads_ok = 2;
  result.read_hits = 1;
  result.conflicts = 3;
  result.errors = {{absl::StatusCode::kUnavailable, 2}};
  result.duration_ns = 2'500'000'000;
  for (int i = 0; i < 10; ++i) {
    result.latency_ns.Add(200);
    result.latency_of_ns[i < 2 ? 0 : 1].Add(200);
  }
  report.load = {.all = result,
                 .phases = {result, result},
                 .seconds = {{.sent = 9, .ok = 8, .failed = 1, .p99_ns = 6}},
                 .sent_per_second = 4.75};
  report.phases = {{.seconds = 1, .rate = 2, .read_percent = 50}, {.seconds = 3, .rate = 6}};
  report.workload.read_percent = 25;
  report.options = {{"rate", 5.0}};
  report.commit = "abc";
  report.durability = "fsync";
  report.replicas = 3;
  report.machine = {.cores = 2, .cpu = "Z80", .memory_mib = 4, .kernel = "Linux 6"};
  return report;
}

TEST(RunFiguresTest, JsonHasAllThatAComparisonNeedsInExactNumbers) {
  const Report json = Report::parse(RunReportJson(OpenReport()));
  const std::pair<const char*, Report> wanted[] = {
      {"/operations", 12},
      {"/writes", 9},
      {"/reads", 3},
      {"/ok", 10},
      {"/errors", {{"UNAVAILABLE", 2}}},
      {"/duration_seconds", 2.5},
      {"/operations_per_second", 4.0},
      {"/latency_ns", {{"p50", 200}, {"p90", 200}, {"p99", 200}, {"p99.9", 200}, {"max", 200}}},
      {"/latency_of_ns/read/count", 2},
      {"/latency_of_ns/write/count", 8},
      {"/conflict_percent_measured", 25.0},
      {"/read_hit_percent", 50.0},
      {"/loop", "open"},
      {"/asked_per_second", 5.0},
      {"/sent_per_second", 4.75},
      {"/replicas", 3},
      {"/durability", "fsync"},
      {"/commit", "abc"},
      {"/machine/cores", 2},
      {"/machine/cpu", "Z80"},
      {"/config", {{"rate", 5.0}}},
      {"/phases/0/rate", 2.0},
      {"/phases/0/read_percent", 50.0},
      {"/phases/1/read_percent", 25.0},
      {"/phases/1/operations_per_second", 4.0},
      {"/seconds/0/sent", 9},
      {"/seconds/0/p99_ns", 6},
      {"/latency_histogram_ns", {{200, 10}}}};
  for (const auto& [path, value] : wanted) {
    const Report::json_pointer pointer(path);
    ASSERT_TRUE(json.contains(pointer)) << path << " in " << json;
    EXPECT_EQ(json[pointer], value) << path;
  }
}

TEST(RunFiguresTest, AClosedLoopHasNoRateToKeep) {
  RunReport report = OpenReport();
  report.phases = {Phase{}};
  report.load.phases.pop_back();
  const Report json = Report::parse(RunReportJson(report));
  EXPECT_EQ(json["loop"], "closed");
  EXPECT_FALSE(json.contains("sent_per_second"));
  EXPECT_FALSE(json.contains("phases"));
}

TEST(RunFiguresTest, TheRateAskedForIsThatOverAllPhases) {
  RunReport report;
  report.phases = {{.seconds = 1, .rate = 100}, {.seconds = 3, .rate = 500}};
  EXPECT_EQ(AskedPerSecond(report), 400);
  report.phases.back().seconds = std::nullopt;
  EXPECT_EQ(AskedPerSecond(report), 500);
}

TEST(RunFiguresTest, NothingByNothingIsNothing) {
  EXPECT_EQ(Share(0, 0), 0);
  EXPECT_EQ(PerSecond({}), 0);
}

}  // namespace
}  // namespace althing
