#include "client/report/run_report.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

RunReport SomeReport() {
  RunReport report;
  LoadResult& result = report.load.all;
  result.finished = 1200;
  result.writes = 900;
  result.reads = 300;
  result.ok = 1000;
  result.reads_ok = 250;
  result.read_hits = 200;
  result.conflicts = 30;
  result.errors = {{absl::StatusCode::kUnavailable, 150},
                   {absl::StatusCode::kResourceExhausted, 50}};
  result.error_texts = {{absl::StatusCode::kUnavailable, "Socket\nclosed"},
                        {absl::StatusCode::kResourceExhausted, "the queue is full"}};
  result.duration_ns = 2'500'000'000;
  result.answered = 1000;
  for (int i = 0; i < 999; ++i) result.latency_ns.Add(200);
  result.latency_ns.Add(7'000'000);
  for (int i = 0; i < 750; ++i) result.latency_of_ns[1].Add(200);
  for (int i = 0; i < 250; ++i) result.latency_of_ns[0].Add(i == 0 ? 7'000'000 : 200);
  report.load.phases = {result};
  report.load.seconds = {{.sent = 9, .ok = 8, .failed = 1, .p50_ns = 5, .p99_ns = 6, .max_ns = 7}};
  report.workload = {.conflict_percent = 2, .read_percent = 25, .value_bytes = 16, .seed = 7};
  report.mode = "round-robin";
  report.concurrency = 64;
  report.warmup = 10;
  report.replicas = 5;
  report.durability = "none";
  report.version = "0.1";
  report.commit = "abc";
  report.machine = {.cores = 2, .cpu = "Z80", .memory_mib = 4, .kernel = "Linux 6"};
  report.options = {{"reads", 25}};
  return report;
}

TEST(RunReportTest, TextNamesEveryFigureThatAComparisonNeeds) {
  EXPECT_EQ(RunReportText(SomeReport()),
            "operations   1,200 (900 writes, 300 reads)\n"
            "ok           1,000\n"
            "errors       200\n"
            "  RESOURCE_EXHAUSTED: 50, the first: the queue is full\n"
            "  UNAVAILABLE: 150, the first: Socket closed\n"
            "duration     2.500 s\n"
            "throughput   400.0 ops/s\n"
            "latency      p50 0.000 ms  p90 0.000 ms  p99 0.000 ms  p99.9 0.000 ms  max 7.000 ms\n"
            "  read: p50 0.000 ms  p90 0.000 ms  p99 0.000 ms  p99.9 6.996 ms  max 7.000 ms\n"
            "  write: p50 0.000 ms  p90 0.000 ms  p99 0.000 ms  p99.9 0.000 ms  max 0.000 ms\n"
            "conflicts    asked 2 %, measured 2.5 % of the operations met another write of their "
            "key\n"
            "read hits    80 %: 200 of 250 reads found a value\n"
            "mode         round-robin\n"
            "loop         closed, concurrency 64\n"
            "workload     25 % reads, values of 16 bytes, seed 7, warm-up of 10 writes\n"
            "cluster      5 replicas, durability none\n"
            "client       version 0.1, commit abc; 2 cores of Z80, 4 MiB, Linux 6\n");
}

TEST(RunReportTest, DebugSettingsAndInterruptionsStandFirst) {
  RunReport report = SomeReport();
  report.debug_warnings = {"5 % of peer messages are dropped."};
  report.load.all.interrupted = true;
  report.load.all.cancelled = 64;
  const std::string text = RunReportText(report);
  EXPECT_EQ(text.substr(0, text.find("operations   ")),
            "DEBUG        5 % of peer messages are dropped.\n"
            "interrupted  yes, 64 operations were still under way: their outcome is unknown\n");
}

TEST(RunReportTest, AnOpenLoopSaysHowWellItKeptItsRateAndItsPhases) {
  RunReport report = SomeReport();
  report.phases = {{.seconds = 1, .rate = 100}, {.seconds = 3, .rate = 500, .read_percent = 50}};
  report.load.phases = {report.load.all, report.load.all};
  report.load.sent_per_second = 399.5;
  report.load.all.late_ns.Add(50'000);
  report.load.all.left_out = 7;
  report.clients = 4;
  report.workload.keys = {.distribution = "zipf", .count = 1000, .scrambled = true};
  const std::string text = RunReportText(report);
  for (const char* line :
       {"left out     7 operations, first or last\n",
        "phases       2\n"
        "  1 s, 100/s, 25 % reads: 400.0 ops/s, p50 0.000 ms, p99 0.000 ms, errors 200\n"
        "  3 s, 500/s, 50 % reads: 400.0 ops/s, p50 0.000 ms, p99 0.000 ms, errors 200\n",
        "loop         open, at most 64 under way over 4 clients\n"
        "sent         399.5 of 400.0 asked each second; p50 0.050 ms, p99 0.050 ms, at most "
        "0.050 ms after their moment\n",
        "values of 16 bytes, zipf (scrambled) over 1,000 keys, theta 0.99, seed 7"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
  }
}

TEST(RunReportTest, ARunWithoutAnySuccessHasNoLatencies) {
  const std::string text = RunReportText(RunReport());
  EXPECT_NE(text.find("latency      none: no operation succeeded\n"), std::string::npos) << text;
  EXPECT_NE(text.find("read hits    none: no read succeeded\n"), std::string::npos) << text;
  EXPECT_NE(text.find("throughput   0.0 ops/s\n"), std::string::npos) << text;
}

TEST(RunReportTest, TheLiveLineShowsTheLastSecond) {
  const LoadLive now = {.elapsed_ns = 3'000'000'000,
                        .ended = 5000,
                        .failed = 10,
                        .second = {.ok = 2000, .p50_ns = 2'000'000, .p99_ns = 3'000'000}};
  EXPECT_EQ(LiveLine(now),
            "3 s  5,000 operations  2,000 ops/s  p50 2.000 ms  p99 3.000 ms  errors 10");
}

}  // namespace
}  // namespace althing
