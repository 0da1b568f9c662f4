// What `client run` can be told, by flags or by a file; one table says how.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_OPTIONS_H_
#define ALTHING_CLIENT_COMMANDS_RUN_OPTIONS_H_

#include <CLI/App.hpp>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/workload/generator.h"
#include "client/workload/phases.h"

namespace althing {

struct RunOptions {
  std::optional<uint64_t> count =
      std::nullopt;            // Operations. Without it, a duration and phases: 1,000.
  std::string mode = "first";  // first, round-robin or replica=I.
  uint64_t clients = 1;        // Each with connections of its own. 1 to 1,000.
  // Operations under way, of each client; 1 to 100,000 over all. Without it: 1, and in an open loop
  // as many as are due, up to 10,000 over all.
  std::optional<uint64_t> concurrency = std::nullopt;
  double conflict_percent = 0;  // 0 to 100.
  double read_percent = 0;      // 0 to 100.
  uint64_t value_bytes = 16;    // At most 1 GiB.
  uint64_t seed = 1;
  std::optional<double> duration_s = std::nullopt;    // More than 0.
  uint64_t warmup = 0;                                // Writes before the measured operations.
  std::optional<std::string> history = std::nullopt;  // A file for each operation (history.md).
  // Before each key. Default: none; with a history the time of the run, so that no key was ever
  // written before.
  std::optional<std::string> key_prefix = std::nullopt;
  std::optional<double> rate = std::nullopt;  // Operations a second: an open loop.
  std::vector<Phase> phases = {};             // In place of rate and duration.
  bool load = false;                          // First write each key that there is.
  double warm_up_s = 0, cool_down_s = 0;      // Left out of the figures.
  uint64_t conflict_keys = 1;
  double modify_percent = 0, insert_percent = 0;
  std::string keys = "new";
  uint64_t key_count = 1'000'000;
  double theta = 0.99;
  bool scrambled = false;
  double hot_keys_percent = 20, hot_operations_percent = 80;
  std::vector<double> partition_weights = {};
  uint64_t key_bytes = 16;
  std::optional<std::string> ycsb = std::nullopt;      // A, B, C, D or F: sets what is not given.
  std::optional<std::string> workload = std::nullopt;  // A file with options.
  std::optional<std::string> csv = std::nullopt;       // A file for each access.
  std::optional<std::string> json = std::nullopt;      // A file for the report.
  std::optional<double> start_at = std::nullopt;       // Seconds since 1970.

  // Of the process, and not to be told.
  bool live = false;  // Print a line each second to `err`, a terminal.
  std::string version = "", commit = "";
};

using RunJson = nlohmann::ordered_json;

// "--value-bytes" for "value_bytes".
std::string RunFlag(const std::string& name);

// Declares the flags; they write into `options`, which must outlive the parsing.
void DeclareRun(CLI::App& app, RunOptions& options);

// Names an option as in the file: "value_bytes".
using IsGiven = std::function<bool(const std::string&)>;

// Lays the workload file that the options name, and below it the YCSB workload, under what was
// given as a flag. INVALID_ARGUMENT if the file cannot be read, is no object of JSON, or has a
// field that is not known or of the wrong type, with its name and what is known.
absl::Status CompleteRun(const IsGiven& is_given, RunOptions& options);

// All options as a workload file would have them, those that have no value left out.
RunJson RunOptionsJson(const RunOptions& options);

// OK if each of them is in its range and they go together.
absl::Status CheckRun(const RunOptions& options);

// What is asked of the generator.
WorkloadOptions WorkloadOf(const RunOptions& options, const std::string& key_prefix);

// Operations under way, over all clients: in a closed loop always, in an open one at most.
uint64_t UnderWayOf(const RunOptions& options);

// Phases as the options say, or the one that count, duration and rate make.
std::vector<Phase> PhasesOf(const RunOptions& options);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_OPTIONS_H_
