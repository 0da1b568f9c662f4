#include "client/report/run_report.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

RunReport SomeReport() {
  RunReport report;
  LoadResult& result = report.result;
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
  for (int i = 0; i < 999; ++i) result.latency_ns.Add(200);
  result.latency_ns.Add(7'000'000);
  report.workload = {.conflict_percent = 2, .read_percent = 25, .value_bytes = 16, .seed = 7};
  report.mode = "round-robin";
  report.concurrency = 64;
  report.warmup = 10;
  report.replicas = 5;
  report.durability = "none";
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
            "conflicts    asked 2 %, measured 2.5 % of the operations met another write of their "
            "key\n"
            "read hits    80 %: 200 of 250 reads found a value\n"
            "mode         round-robin\n"
            "loop         closed, concurrency 64\n"
            "workload     25 % reads, values of 16 bytes, seed 7, warm-up of 10 writes\n"
            "cluster      5 replicas, durability none\n");
}

TEST(RunReportTest, DebugSettingsAndInterruptionsStandFirst) {
  RunReport report = SomeReport();
  report.debug_warnings = {"5 % of peer messages are dropped."};
  report.result.interrupted = true;
  report.result.cancelled = 64;
  const std::string text = RunReportText(report);
  EXPECT_EQ(text.substr(0, text.find("operations   ")),
            "DEBUG        5 % of peer messages are dropped.\n"
            "interrupted  yes, 64 operations were still under way: their outcome is unknown\n");
}

TEST(RunReportTest, JsonHasTheSameInExactNumbers) {
  EXPECT_EQ(
      RunReportJson(SomeReport()),
      R"({"operations":1200,"writes":900,"reads":300,"ok":1000,)"
      R"("errors":{"RESOURCE_EXHAUSTED":50,"UNAVAILABLE":150},"interrupted":false,"cancelled":0,)"
      R"("duration_seconds":2.5,"operations_per_second":400.0,)"
      R"("latency_ns":{"p50":200,"p90":200,"p99":200,"p99.9":200,"max":7000000},)"
      R"("conflict_percent_asked":2.0,"conflict_percent_measured":2.5,"read_hits":200,)"
      R"("read_hit_percent":80.0,"mode":"round-robin","loop":"closed","concurrency":64,)"
      R"("read_percent":25.0,"value_bytes":16,"seed":7,"warmup":10,"replicas":5,)"
      R"("durability":"none","debug_warnings":[]})"
      "\n");
}

TEST(RunReportTest, ARunWithoutAnySuccessHasNoLatencies) {
  const std::string text = RunReportText(RunReport());
  EXPECT_NE(text.find("latency      none: no operation succeeded\n"), std::string::npos) << text;
  EXPECT_NE(text.find("read hits    none: no read succeeded\n"), std::string::npos) << text;
  EXPECT_NE(text.find("throughput   0.0 ops/s\n"), std::string::npos) << text;
}

TEST(RunReportTest, TheLiveLineShowsTheLastInterval) {
  LoadResult before, now;
  before.duration_ns = 1'000'000'000;
  before.finished = before.ok = 1000;
  now.duration_ns = 3'000'000'000;
  now.finished = 5000;
  now.ok = 4990;
  now.latency_ns.Add(2'000'000);
  EXPECT_EQ(LiveLine(before, now),
            "3 s  5,000 operations  2000 ops/s  p50 2.000 ms  p99 2.000 ms  errors 10");
}

}  // namespace
}  // namespace althing
