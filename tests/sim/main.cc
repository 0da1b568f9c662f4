// The simulator as a program: `./run.sh sim` and `./run.sh soak`.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/sim/death_note.h"
#include "tests/sim/edit_text.h"
#include "tests/sim/run_seed.h"
#include "tests/sim/shrink.h"

namespace althing::sim {
namespace {

constexpr int kFailed = 1, kUsage = 64;

// Ctrl-C: the totals of what was run are worth having.
volatile std::sig_atomic_t g_interrupted = 0;

void Interrupt(int) {
  g_interrupted = 1;
  std::signal(SIGINT, SIG_DFL);  // Whoever cannot wait for the seed's end presses it again.
}

struct CommandLine {
  std::string seeds = "1..500";
  std::optional<uint64_t> replay, shrink;
  bool soak_wanted = false;
  std::optional<double> soak_minutes;
  uint64_t from = 1;
  uint32_t commands = 300;
  EditText edit;
  bool quiet = false;
};

std::string ReplayCommand(uint64_t seed, const PlanEdit& edit, uint32_t commands) {
  std::string words = ToFlags(edit);
  if (commands != SimOptions().commands && !edit.commands) {
    absl::StrAppend(&words, " --commands ", commands);
  }
  return absl::StrCat("./run.sh sim --replay ", seed, words);
}

class Totals {
 public:
  void Add(const SimResult& result) {
    ++seeds_;
    counts_.Merge(result.counts);
    slowest_ns_ = std::max(slowest_ns_, result.ended_ns - result.healed_ns);
  }
  void Print() const {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    for (const auto& [name, count] : counts_.all()) {
      std::cout << absl::StreamFormat("%12d  %s%s\n", count, name, count == 0 ? "  NEVER" : "");
    }
    std::cout << absl::StreamFormat(
        "%12d  seeds in %.1f s: %.0f an hour; after its faults the slowest ended in %d ms\n",
        seeds_, seconds, static_cast<double>(seeds_) * 3600 / seconds, slowest_ns_ / kMs);
  }

 private:
  uint64_t seeds_ = 0;
  int64_t slowest_ns_ = 0;
  Counts counts_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Whether all was well.
bool RunOne(uint64_t seed, const SimOptions& options, Totals& totals) {
  const std::string command = ReplayCommand(seed, options.edit, options.commands);
  SayOnDeath(absl::StrCat("FAILED: seed ", seed, " killed the simulator; to see it: ", command));
  const SimResult result = RunSeed(seed, options);
  totals.Add(result);
  if (result.failure.empty()) return true;
  std::cout << "FAILED: seed " << seed << ": " << result.failure << "\nTo see it:    " << command
            << "\nTo shrink it: ./run.sh sim --shrink " << seed << ToFlags(options.edit)
            << std::endl;
  return false;
}

int RunSeeds(uint64_t first, uint64_t last, const SimOptions& options) {
  Totals totals;
  uint64_t failed = 0;
  for (uint64_t seed = first; seed <= last; ++seed) failed += !RunOne(seed, options, totals);
  totals.Print();
  std::cout << (failed == 0 ? "ALL WELL\n" : absl::StrCat(failed, " SEEDS FAILED\n"));
  return failed == 0 ? 0 : kFailed;
}

int Soak(double minutes, uint64_t first, const SimOptions& options) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(minutes * 60);
  Totals totals;
  bool well = true;
  uint64_t seed = first;
  std::cout << "Seeds from " << first << " for " << minutes << " minutes" << std::endl;
  std::signal(SIGINT, Interrupt);
  while (well && g_interrupted == 0 && std::chrono::steady_clock::now() < end) {
    well = RunOne(seed++, options, totals);
  }
  totals.Print();
  std::cout << absl::StrCat("Seeds ", first, "..", seed - 1, well ? ": ALL WELL\n" : ": FAILED\n");
  return well ? 0 : kFailed;
}

int Replay(uint64_t seed, SimOptions options) {
  std::cout << Describe(PlanOf(seed, options));
  options.trace = [](const std::string& line) { std::cout << line << "\n"; };
  Totals totals;
  SayOnDeath(absl::StrCat("FAILED: seed ", seed, " killed the simulator"));
  const SimResult result = RunSeed(seed, options);
  totals.Add(result);
  totals.Print();
  std::cout << absl::StreamFormat("hash %016x\n", result.hash);
  std::cout << (result.failure.empty() ? "ALL WELL\n"
                                       : absl::StrCat("FAILED: ", result.failure, "\n"));
  return result.failure.empty() ? 0 : kFailed;
}

int ShrinkSeed(uint64_t seed, const SimOptions& options) {
  const SimResult whole = RunSeed(seed, options);
  if (whole.failure.empty()) {
    std::cout << "seed " << seed << " does not fail\n";
    return 0;
  }
  std::cout << "seed " << seed << ": " << whole.failure << "\n";
  const PlanEdit edit =
      Shrink(seed, options, [](const std::string& line) { std::cout << line << std::endl; });
  SimOptions smallest = options;
  smallest.edit = edit;
  std::cout << "The smallest plan that fails:\n" << Describe(PlanOf(seed, smallest));
  std::cout << "FAILED: " << RunSeed(seed, smallest).failure
            << "\nTo see it: " << ReplayCommand(seed, edit, options.commands) << "\n";
  return kFailed;
}

// "A..B" or "A".
bool ParseSeeds(const std::string& text, uint64_t* first, uint64_t* last) {
  const size_t dots = text.find("..");
  const std::string a = text.substr(0, dots);
  const std::string b = dots == std::string::npos ? a : text.substr(dots + 2);
  return absl::SimpleAtoi(a, first) && absl::SimpleAtoi(b, last) && *first <= *last;
}

int Run(const CommandLine& line) {
  absl::StatusOr<PlanEdit> edit = Parse(line.edit);
  uint64_t first = 0, last = 0;
  if (!edit.ok() || !ParseSeeds(line.seeds, &first, &last)) {
    std::cerr << "sim: "
              << (edit.ok() ? absl::StrCat("--seeds ", line.seeds,
                                           ": write A..B, the first not above the last")
                            : std::string(edit.status().message()))
              << "\n";
    return kUsage;
  }
  const SimOptions options{.commands = line.commands, .edit = *std::move(edit)};
  if (line.replay) return Replay(*line.replay, options);
  if (line.shrink) return ShrinkSeed(*line.shrink, options);
  if (line.soak_wanted && !line.soak_minutes) {
    std::cerr << "sim: --soak needs a number of minutes\n";
    return kUsage;
  }
  if (line.soak_minutes) return Soak(*line.soak_minutes, line.from, options);
  return RunSeeds(first, last, options);
}

int Main(int argc, char** argv) {
  CommandLine line;
  CLI::App app("Runs whole clusters in simulated time, each from one seed; docs/simulator.md.",
               "sim");
  auto* seeds = app.add_option("--seeds", line.seeds, "A..B: run these")->capture_default_str();
  auto* replay = app.add_option("--replay", line.replay, "Run this seed and tell all that happens");
  auto* shrink = app.add_option("--shrink", line.shrink, "Look for less that fails still");
  auto* soak = app.add_option("--soak", line.soak_minutes,
                              "Run seeds for so many minutes, or until one fails; Ctrl-C ends it "
                              "after the seed under way and prints the totals")
                   ->expected(0, 1)
                   ->check(CLI::PositiveNumber);
  app.add_option("--from", line.from, "The first seed of --soak")->needs(soak);
  replay->excludes(seeds)->excludes(shrink)->excludes(soak);
  shrink->excludes(seeds)->excludes(soak);
  soak->excludes(seeds);
  app.add_option("--commands", line.commands, "Calls of all clients of a seed together")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--without", line.edit.without, absl::StrCat("Of: ", FaultNames()));
  app.add_option("--clients", line.edit.clients, "At most so many");
  app.add_option("--faults", line.edit.faults,
                 "Only these of the plan's faults, counted from 0; none: -");
  app.add_option("--crashes", line.edit.crashes, "Only these of its crashes");
  app.add_option("--losses", line.edit.losses, "Only these of the messages lost by chance");
  app.footer(
      "./run.sh soak [MINUTES] is --soak, 10 minutes if none are given, --from a seed that was "
      "never run.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool wrong = error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, std::cout, std::cerr);
    return wrong ? kUsage : 0;
  }
  line.soak_wanted = soak->count() > 0;
  return Run(line);
}

}  // namespace
}  // namespace althing::sim

int main(int argc, char** argv) { return althing::sim::Main(argc, argv); }
