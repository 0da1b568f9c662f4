#include "tests/bench/crash/crash_series.h"

#include <algorithm>
#include <cmath>

namespace althing {
namespace {

constexpr int64_t kWindow = kCrashWindowMs * kMs;

double ToMs(int64_t ns) { return static_cast<double>(ns) / kMs; }
int64_t Took(const CrashSample& sample) { return sample.return_ns - sample.call_ns; }

// The nearest rank; nothing of nothing.
std::optional<double> QuantileMs(std::vector<int64_t> took, double share) {
  if (took.empty()) return std::nullopt;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(took.size())));
  const auto at = took.begin() + static_cast<std::ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(took.begin(), at, took.end());
  return ToMs(*at);
}

template <typename Filter>
std::vector<int64_t> TookOf(const CrashRun& run, bool shared_key, const Filter& filter) {
  std::vector<int64_t> took;
  for (const CrashSample& sample : run.samples) {
    if (sample.ok && sample.shared_key == shared_key && filter(sample)) {
      took.push_back(Took(sample));
    }
  }
  return took;
}

double AnswersPerSecond(const CrashRun& run, int64_t from_ns, int64_t to_ns) {
  const auto answers =
      std::count_if(run.samples.begin(), run.samples.end(), [=](const CrashSample& sample) {
        return sample.ok && sample.return_ns >= from_ns && sample.return_ns < to_ns;
      });
  return static_cast<double>(answers) * kSecond / static_cast<double>(to_ns - from_ns);
}

void FindPause(const CrashRun& run, CrashSummary& summary) {
  std::vector<int64_t> answers;
  for (const CrashSample& sample : run.samples) {
    if (sample.ok && sample.shared_key && sample.return_ns >= run.kill_ns &&
        sample.return_ns < run.end_ns) {
      answers.push_back(sample.return_ns);
    }
  }
  std::sort(answers.begin(), answers.end());
  answers.push_back(run.end_ns);
  int64_t last = run.kill_ns;
  for (const int64_t answer : answers) {
    if (ToMs(answer - last) > summary.pause_ms) {
      summary.pause_ms = ToMs(answer - last);
      summary.pause_from_ms = ToMs(last - run.kill_ns);
    }
    last = answer;
  }
}

// What the dead can have held up.
bool Exposed(const CrashRun& run, const CrashSample& sample) {
  return sample.return_ns >= run.kill_ns;
}

double SlowPercent(const CrashRun& run, bool shared_key) {
  const auto took = TookOf(run, shared_key, [&](const CrashSample& sample) {
    return sample.call_ns >= run.kill_ns && sample.call_ns < run.kill_ns + kSecond;
  });
  if (took.empty()) return 0;
  const auto slow =
      std::count_if(took.begin(), took.end(), [](int64_t ns) { return ns > kCrashSlowMs * kMs; });
  return 100.0 * static_cast<double>(slow) / static_cast<double>(took.size());
}

}  // namespace

std::vector<CrashWindow> CrashWindows(const CrashRun& run) {
  std::vector<CrashWindow> windows;
  const int64_t before = (run.kill_ns - run.begin_ns) / kWindow;
  for (int64_t from = run.kill_ns - before * kWindow; from + kWindow <= run.end_ns;
       from += kWindow) {
    CrashWindow window;
    window.from_ms = (from - run.kill_ns) / kMs;
    window.per_second = AnswersPerSecond(run, from, from + kWindow);
    const auto called_here = [=](const CrashSample& sample) {
      return sample.call_ns >= from && sample.call_ns < from + kWindow;
    };
    const auto shared = TookOf(run, true, called_here);
    const auto other = TookOf(run, false, called_here);
    window.shared_p99_ms = QuantileMs(shared, 0.99);
    window.other_p99_ms = QuantileMs(other, 0.99);
    window.shared_max_ms = QuantileMs(shared, 1);
    window.other_max_ms = QuantileMs(other, 1);
    windows.push_back(window);
  }
  return windows;
}

CrashSummary SummarizeCrash(const CrashRun& run) {
  CrashSummary summary;
  summary.per_second_before = AnswersPerSecond(run, run.begin_ns, run.kill_ns);
  summary.per_second_lowest = summary.per_second_before;
  for (const CrashWindow& window : CrashWindows(run)) {
    if (window.from_ms >= 0) {
      summary.per_second_lowest = std::min(summary.per_second_lowest, window.per_second);
    }
  }
  const double after = AnswersPerSecond(run, run.kill_ns, run.kill_ns + kSecond);
  if (summary.per_second_before > 0) {
    summary.lost_percent = std::max(0.0, 100 * (1 - after / summary.per_second_before));
  }
  FindPause(run, summary);
  const auto exposed = [&](const CrashSample& sample) { return Exposed(run, sample); };
  const auto spared = [&](const CrashSample& sample) { return !Exposed(run, sample); };
  summary.shared_longest_ms = QuantileMs(TookOf(run, true, exposed), 1).value_or(0);
  summary.other_longest_ms = QuantileMs(TookOf(run, false, exposed), 1).value_or(0);
  summary.shared_p99_before_ms = QuantileMs(TookOf(run, true, spared), 0.99).value_or(0);
  summary.other_p99_before_ms = QuantileMs(TookOf(run, false, spared), 0.99).value_or(0);
  summary.shared_slow_percent = SlowPercent(run, true);
  summary.other_slow_percent = SlowPercent(run, false);
  summary.failed = static_cast<uint64_t>(std::count_if(run.samples.begin(), run.samples.end(),
                                                       [](const CrashSample& s) { return !s.ok; }));
  return summary;
}

CrashSummary MedianCrash(const std::vector<CrashSummary>& runs) {
  const auto median = [&runs](auto CrashSummary::*field) {
    auto values = std::vector<std::decay_t<decltype(runs[0].*field)>>();
    for (const CrashSummary& run : runs) values.push_back(run.*field);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  return {.per_second_before = median(&CrashSummary::per_second_before),
          .per_second_lowest = median(&CrashSummary::per_second_lowest),
          .lost_percent = median(&CrashSummary::lost_percent),
          .pause_ms = median(&CrashSummary::pause_ms),
          .pause_from_ms = median(&CrashSummary::pause_from_ms),
          .shared_longest_ms = median(&CrashSummary::shared_longest_ms),
          .other_longest_ms = median(&CrashSummary::other_longest_ms),
          .shared_p99_before_ms = median(&CrashSummary::shared_p99_before_ms),
          .other_p99_before_ms = median(&CrashSummary::other_p99_before_ms),
          .shared_slow_percent = median(&CrashSummary::shared_slow_percent),
          .other_slow_percent = median(&CrashSummary::other_slow_percent),
          .failed = median(&CrashSummary::failed)};
}

}  // namespace althing
