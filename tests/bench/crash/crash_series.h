// What clients of the survivors saw around the death of a replica, in windows of time.
#ifndef ALTHING_TESTS_BENCH_CRASH_CRASH_SERIES_H_
#define ALTHING_TESTS_BENCH_CRASH_CRASH_SERIES_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace althing {

inline constexpr int64_t kMs = 1'000'000, kSecond = 1000 * kMs;  // Nanoseconds.

// One command at a survivor. Times are of one monotonic clock.
struct CrashSample {
  int64_t call_ns = 0;      // When it was due, whether or not the client was late.
  int64_t return_ns = 0;    // When its answer came, or its error.
  bool shared_key = false;  // It conflicts with commands of the dead replica's clients.
  bool ok = false;
};

struct CrashRun {
  int64_t begin_ns = 0, kill_ns = 0, end_ns = 0;  // Of sending.
  std::vector<CrashSample> samples;
};

struct CrashWindow {
  int64_t from_ms = 0;    // From the kill; negative before it.
  double per_second = 0;  // Answers that came in it.
  // Of the commands that were called in it and answered, 99 of 100 took at most so long.
  std::optional<double> shared_p99_ms = std::nullopt, other_p99_ms = std::nullopt;
  std::optional<double> shared_max_ms = std::nullopt, other_max_ms = std::nullopt;
};

inline constexpr int64_t kCrashWindowMs = 100;
inline constexpr int64_t kCrashSlowMs = 100;

// Whole windows only, of which one begins with the kill, from `begin_ns` to `end_ns`.
std::vector<CrashWindow> CrashWindows(const CrashRun& run);

struct CrashSummary {
  double per_second_before = 0;  // From `begin_ns` to the kill.
  double per_second_lowest = 0;  // Of the windows from the kill on.
  double lost_percent = 0;       // Of the answers of the second after the kill; never negative.
  // The longest time after the kill without an answer on the shared key, and when it began.
  double pause_ms = 0, pause_from_ms = 0;
  double shared_longest_ms = 0;  // Of the commands that were under way at the kill or called later.
  double other_longest_ms = 0;
  double shared_p99_before_ms = 0;  // Of the commands that were answered before the kill.
  double other_p99_before_ms = 0;
  // Of the commands that were called in the second after the kill and answered: how many of a
  // hundred waited longer than kCrashSlowMs.
  double shared_slow_percent = 0, other_slow_percent = 0;
  uint64_t failed = 0;
};

CrashSummary SummarizeCrash(const CrashRun& run);

// Each figure by itself. REQUIRES: an odd number of runs.
CrashSummary MedianCrash(const std::vector<CrashSummary>& runs);

}  // namespace althing

#endif  // ALTHING_TESTS_BENCH_CRASH_CRASH_SERIES_H_
