// crash_timeline: kills one of five replicas under load, again and again, and draws what the
// clients of the others noticed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/library/loop.h"
#include "client/outcome.h"
#include "tests/bench/crash/crash_picture.h"
#include "tests/bench/crash/crash_series.h"
#include "tests/bench/crash/open_loop.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

constexpr int kMembers = 5, kVictim = 4;
constexpr int kNotDrawn = 73;  // EX_CANTCREAT
constexpr int kUnavailable = 69;

struct Plan {
  std::string out = "crash-timeline.svg";
  int runs = 3;
  std::optional<double> per_second;
  double shared_percent = 5;
  double before_s = 3, after_s = 4;
};

// What the cluster does at most, by a short closed loop; nothing if it does not answer.
std::optional<double> Peak(double shared_percent) {
  Cluster cluster(kMembers);
  if (!cluster.StartAll()) return std::nullopt;
  const Finished run =
      cluster.RunClient({"run", "--mode", "round-robin", "--concurrency", "64", "--duration", "3",
                         "--conflict", absl::StrFormat("%g", shared_percent), "-o", "json"});
  const Json report = Json::parse(run.out, nullptr, false);
  if (run.exit_code != 0 || !report.is_object()) {
    std::cerr << run.err;
    return std::nullopt;
  }
  return report["operations_per_second"].get<double>();
}

std::optional<CrashRun> KillOne(const Plan& plan) {
  Cluster cluster(kMembers);
  if (!cluster.StartAll()) return std::nullopt;
  const auto client = cluster.MakeClient();
  for (size_t i = 0; i < kMembers; ++i) {
    if (!client->Connect(i, kCallTimeout)) return std::nullopt;
  }
  const int64_t begin_ns = NowNs() + kSecond / 10;
  // The first second warms up and is not counted.
  const auto kill_ns = begin_ns + kSecond + static_cast<int64_t>(plan.before_s * kSecond);
  CrashRun run;
  run.begin_ns = begin_ns + kSecond;
  run.end_ns = kill_ns + static_cast<int64_t>(plan.after_s * kSecond);
  OpenLoop loop(*client,
                {.per_second = *plan.per_second,
                 .shared_percent = plan.shared_percent,
                 .begin_ns = begin_ns,
                 .end_ns = run.end_ns},
                kVictim);
  std::thread clients([&] { run.samples = loop.Run(); });
  std::this_thread::sleep_for(std::chrono::nanoseconds(kill_ns - NowNs()));
  loop.LeaveOut();
  run.kill_ns = NowNs();
  cluster.Kill(kVictim);
  clients.join();
  std::erase_if(run.samples,
                [&](const CrashSample& sample) { return sample.call_ns < run.begin_ns; });
  return run;
}

std::string InWords(const CrashSummary& summary) {
  return absl::StrFormat(
      "answers/s before %.0f, lowest 100 ms after %.0f, lost in the first second %.1f %%, failed "
      "%d\n"
      "  shared key: p99 before %.1f ms, no answer for %.0f ms, longest wait %.0f ms, over %d ms "
      "%.1f %%\n"
      "  own keys:   p99 before %.1f ms, longest wait %.0f ms, over %d ms %.1f %%\n",
      summary.per_second_before, summary.per_second_lowest, summary.lost_percent, summary.failed,
      summary.shared_p99_before_ms, summary.pause_ms, summary.shared_longest_ms, kCrashSlowMs,
      summary.shared_slow_percent, summary.other_p99_before_ms, summary.other_longest_ms,
      kCrashSlowMs, summary.other_slow_percent);
}

// "112, 220 and 415"
std::string Pauses(const std::vector<CrashSummary>& summaries) {
  std::vector<double> pauses;
  for (const CrashSummary& summary : summaries) pauses.push_back(summary.pause_ms);
  std::sort(pauses.begin(), pauses.end());
  std::string words;
  for (size_t i = 0; i < pauses.size(); ++i) {
    const char* between = i == 0 ? "" : i + 1 == pauses.size() ? " and " : ", ";
    absl::StrAppendFormat(&words, "%s%.0f", between, pauses[i]);
  }
  return words;
}

CrashCaption Caption(const Plan& plan, const std::vector<CrashSummary>& summaries) {
  const CrashSummary median = MedianCrash(summaries);
  return {
      .kill = absl::StrFormat("kill -9 of replica %d", kVictim),
      .lines = {
          absl::StrFormat("N = %d, durability none (log in memory), replicas and clients on one "
                          "machine with %d cores. Open loop: %.0f commands/s,",
                          kMembers, std::thread::hardware_concurrency(), *plan.per_second),
          absl::StrFormat("a fifth at each replica, writes of 16 bytes. One key is shared: %g %% "
                          "of the writes at the survivors, and all at the one that",
                          plan.shared_percent),
          absl::StrFormat("dies, so that it mostly leaves a write of it undecided. Shown: the run "
                          "with the longest pause of %d runs.",
                          summaries.size()),
          absl::StrFormat("Their pauses: %s ms.", Pauses(summaries)),
          absl::StrFormat("Medians: longest wait on the shared key %.0f ms, on keys of their own "
                          "%.0f ms. Of what was called in the second after",
                          median.shared_longest_ms, median.other_longest_ms),
          absl::StrFormat("the kill waited over %d ms: %.1f %% on the shared key, %.1f %% on their "
                          "own. Answers lost in that second: %.1f %%;",
                          kCrashSlowMs, median.shared_slow_percent, median.other_slow_percent,
                          median.lost_percent),
          absl::StrFormat("never under %.0f/s in 100 ms; failed calls: %d.",
                          median.per_second_lowest, median.failed)}};
}

int Draw(Plan plan) {
  if (!plan.per_second) {
    const std::optional<double> peak = Peak(plan.shared_percent);
    if (!peak) return kUnavailable;
    plan.per_second = *peak / 2;
    std::cout << absl::StrFormat("peak %.0f/s (closed loop, 64 under way); load %.0f/s\n", *peak,
                                 *plan.per_second);
  }
  std::vector<CrashRun> runs;
  std::vector<CrashSummary> summaries;
  for (int i = 0; i < plan.runs; ++i) {
    std::optional<CrashRun> run = KillOne(plan);
    if (!run) {
      std::cerr << "error: crash_timeline: the replicas do not come up. Look at their logs.\n";
      return kUnavailable;
    }
    runs.push_back(*std::move(run));
    summaries.push_back(SummarizeCrash(runs.back()));
    std::cout << "run " << i + 1 << ": " << InWords(summaries.back()) << std::flush;
  }
  std::cout << "median: " << InWords(MedianCrash(summaries));
  const auto longest = std::max_element(
      summaries.begin(), summaries.end(),
      [](const auto& one, const auto& other) { return one.pause_ms < other.pause_ms; });
  const CrashRun& shown = runs[static_cast<size_t>(longest - summaries.begin())];
  std::ofstream file(plan.out);
  file << CrashPicture(CrashWindows(shown), *longest, Caption(plan, summaries));
  file.close();
  if (!file) {
    std::cerr << "error: crash_timeline: " << plan.out << " could not be written\n";
    return kNotDrawn;
  }
  std::cout << "picture: " << plan.out << "\n";
  return 0;
}

}  // namespace
}  // namespace althing

int main(int argc, char** argv) {
  althing::Plan plan;
  CLI::App app(
      "Kills one of five replicas under load and draws what the clients of the others see.");
  app.add_option("out", plan.out, "The picture, as SVG")->capture_default_str();
  app.add_option("--runs", plan.runs, "Odd; the picture is of the one with the longest pause")
      ->check(CLI::Range(1, 99))
      ->capture_default_str();
  app.add_option("--rate", plan.per_second,
                 "Commands a second over all replicas; else half of what a closed loop reaches")
      ->check(CLI::Range(10.0, 1e6));
  app.add_option("--shared", plan.shared_percent, "Percentage of writes on one shared key")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--before", plan.before_s, "Seconds before the kill")
      ->check(CLI::Range(1.0, 60.0))
      ->capture_default_str();
  app.add_option("--after", plan.after_s, "Seconds after the kill")
      ->check(CLI::Range(1.0, 60.0))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool wrong = error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, std::cout, std::cerr);
    return wrong ? althing::kExitUsage : 0;
  }
  if (plan.runs % 2 == 0) ++plan.runs;
  return althing::Draw(plan);
}
