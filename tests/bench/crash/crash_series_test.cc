#include "tests/bench/crash/crash_series.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

// A kill after two windows, three windows more.
CrashRun EmptyRun() {
  CrashRun run;
  run.begin_ns = 1000 * kMs;
  run.kill_ns = 1200 * kMs;
  run.end_ns = 1500 * kMs;
  return run;
}

void Add(CrashRun& run, int64_t call_ms, int64_t took_ms, bool shared_key, bool ok = true) {
  run.samples.push_back({call_ms * kMs, (call_ms + took_ms) * kMs, shared_key, ok});
}

TEST(CrashSeriesTest, CountsAnswersWhereTheyCameAndLatenciesWhereTheyBegan) {
  CrashRun run = EmptyRun();
  Add(run, 1010, 150, false);
  Add(run, 1020, 5, true);
  Add(run, 1199, 1, false);
  const auto windows = CrashWindows(run);
  ASSERT_EQ(windows.size(), 5u);
  EXPECT_EQ(windows[0].from_ms, -200);
  EXPECT_EQ(windows[4].from_ms, 200);
  EXPECT_EQ(windows[0].per_second, 10) << "one came in the tenth of a second";
  EXPECT_EQ(windows[1].per_second, 10);
  EXPECT_EQ(windows[2].per_second, 10) << "at the very moment of the kill";
  EXPECT_EQ(windows[3].per_second, 0);
  EXPECT_THAT(windows[0].other_p99_ms, Optional(150));
  EXPECT_THAT(windows[0].shared_p99_ms, Optional(5));
  EXPECT_THAT(windows[1].other_p99_ms, Optional(1));
  EXPECT_EQ(windows[1].shared_p99_ms, std::nullopt);
}

TEST(CrashSeriesTest, OneOfAHundredIsAboveTheP99) {
  CrashRun run = EmptyRun();
  for (int i = 1; i <= 99; ++i) Add(run, 1010, 1, false);
  Add(run, 1010, 90, false);
  EXPECT_THAT(CrashWindows(run)[0].other_p99_ms, Optional(1));
  EXPECT_THAT(CrashWindows(run)[0].other_max_ms, Optional(90));
  Add(run, 1010, 90, false);
  EXPECT_THAT(CrashWindows(run)[0].other_p99_ms, Optional(90));
}

TEST(CrashSeriesTest, ThePauseIsTheLongestWithoutAnAnswerOnTheSharedKey) {
  CrashRun run = EmptyRun();
  Add(run, 1100, 50, true);   // Long before the kill: no pause of the kill's making.
  Add(run, 1190, 50, true);   // Answered at 1240.
  Add(run, 1200, 190, true);  // At 1390.
  Add(run, 1300, 1, false);
  Add(run, 1310, 1, true, false);  // An error is no answer.
  Add(run, 1450, 1, true);
  const CrashSummary summary = SummarizeCrash(run);
  EXPECT_EQ(summary.pause_ms, 150);
  EXPECT_EQ(summary.pause_from_ms, 40);
  EXPECT_EQ(summary.shared_longest_ms, 190);
  EXPECT_EQ(summary.other_longest_ms, 1);
  EXPECT_EQ(summary.shared_p99_before_ms, 50);
  EXPECT_EQ(summary.failed, 1u);
}

TEST(CrashSeriesTest, APauseThatDoesNotEndLastsToTheEnd) {
  CrashRun run = EmptyRun();
  Add(run, 1210, 1000, true);
  EXPECT_EQ(SummarizeCrash(run).pause_ms, 300);
}

TEST(CrashSeriesTest, LossIsMeasuredAgainstTheRateBefore) {
  CrashRun run = EmptyRun();
  run.end_ns = 2200 * kMs;
  for (int i = 0; i < 200; ++i) Add(run, 1000 + i, 0, false);  // 1,000 a second.
  for (int i = 0; i < 1000; ++i) {
    if (i >= 300) Add(run, 1200 + i, 0, false);
  }
  const CrashSummary summary = SummarizeCrash(run);
  EXPECT_THAT(summary.per_second_before, DoubleNear(1000, 1e-6));
  EXPECT_THAT(summary.lost_percent, DoubleNear(30, 1e-6));
  EXPECT_EQ(summary.per_second_lowest, 0);
}

TEST(CrashSeriesTest, SlowIsWhoWasCalledAfterTheKillAndWaitedTooLong) {
  CrashRun run = EmptyRun();
  Add(run, 1010, 500, true);
  Add(run, 1210, 100, true);
  Add(run, 1220, 101, true);
  Add(run, 1230, 1, false);
  EXPECT_EQ(SummarizeCrash(run).shared_slow_percent, 50);
  EXPECT_EQ(SummarizeCrash(run).other_slow_percent, 0);
}

TEST(CrashSeriesTest, EachMedianIsByItself) {
  const CrashSummary median = MedianCrash({{.lost_percent = 1, .pause_ms = 30, .failed = 2},
                                           {.lost_percent = 9, .pause_ms = 10, .failed = 0},
                                           {.lost_percent = 5, .pause_ms = 20, .failed = 7}});
  EXPECT_EQ(median.lost_percent, 5);
  EXPECT_EQ(median.pause_ms, 20);
  EXPECT_EQ(median.failed, 2u);
}

}  // namespace
}  // namespace althing
