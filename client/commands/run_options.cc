#include "client/commands/run_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <optional>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/commands/run_fields.h"
#include "client/read_all.h"

namespace althing {
namespace {

constexpr uint64_t kUnderWayMax = 100'000, kClientsMax = 1000;
constexpr uint64_t kOpenUnderWay = 10'000;
constexpr uint64_t kHistoryValueBytesMin = 8;  // Enough for each write to have its own value.

// YCSB's core workloads, but for scans. Values are its ten fields of 100 bytes in one.
const RunJson& YcsbOf(const std::string& name) {
  static const RunJson kAll = RunJson::parse(R"({
    "A": {"reads": 50, "keys": "zipf", "scrambled": true, "value_bytes": 1000},
    "B": {"reads": 95, "keys": "zipf", "scrambled": true, "value_bytes": 1000},
    "C": {"reads": 100, "keys": "zipf", "scrambled": true, "value_bytes": 1000},
    "D": {"reads": 95, "inserts": 5, "keys": "latest", "value_bytes": 1000},
    "F": {"reads": 50, "read_modify_writes": 50, "keys": "zipf", "scrambled": true,
          "value_bytes": 1000}})");
  static const RunJson kNone;
  return kAll.contains(name) ? kAll[name] : kNone;
}

absl::StatusOr<RunJson> ReadWorkload(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::optional<std::string> text = ReadAll(in);
  if (!text.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--workload ", path, " cannot be read. Name a file of JSON"));
  }
  RunJson object = RunJson::parse(*text, nullptr, false, true);
  if (!object.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--workload ", path, " is no object of JSON. Write {\"reads\": 50, ...}"));
  }
  return object;
}

// Sets what `is_given` does not name.
absl::Status Apply(const RunJson& object, const std::string& where, const IsGiven& is_given,
                   RunOptions& options) {
  for (const auto& [name, value] : object.items()) {
    const RunField* field = FindRunField(name);
    if (field == nullptr || name == "workload") {
      return absl::InvalidArgumentError(absl::StrCat(where, ": there is no field \"", name,
                                                     "\". Choose among ", RunFieldNames()));
    }
    RunOptions scratch;
    const absl::Status set = SetRunField(*field, value, is_given(name) ? scratch : options);
    if (!set.ok()) return absl::InvalidArgumentError(absl::StrCat(where, ": ", set.message()));
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const RunOptions& options) {
  if (options.duration_s && !(*options.duration_s > 0 && *options.duration_s <= 1e9)) {
    return absl::InvalidArgumentError("--duration is out of range. Choose more than 0 seconds");
  }
  if (!options.phases.empty() && (options.rate || options.duration_s)) {
    return absl::InvalidArgumentError(
        "--phases say how long and how much. Leave out --duration and --rate");
  }
  const std::vector<Phase> phases = PhasesOf(options);
  if (const absl::Status checked = CheckPhases(phases); !checked.ok()) return checked;
  if (!(options.warm_up_s >= 0 && options.cool_down_s >= 0)) {
    return absl::InvalidArgumentError(
        "--leave-out-first and --leave-out-last are seconds. Choose 0 or more");
  }
  const double left_out_s = options.warm_up_s + options.cool_down_s;
  double all_s = 0;
  for (const Phase& phase : phases) all_s += phase.seconds.value_or(left_out_s + 1);
  if (options.cool_down_s > 0 && !phases.back().seconds) {
    return absl::InvalidArgumentError("--leave-out-last needs an end. Add --duration or --phases");
  }
  if (left_out_s >= all_s) {
    return absl::InvalidArgumentError(
        "--leave-out-first and --leave-out-last leave nothing to be measured. Make the run longer");
  }
  return absl::OkStatus();
}

// What differs from its default must mean something beside the other options.
absl::Status CheckAllIsUsed(const RunOptions& options) {
  static const RunOptions kDefaults;
  const bool zipf = options.keys == "zipf" || options.keys == "latest";
  const bool hotspot = options.keys == "hotspot";
  struct Use {
    bool said, used;
    const char* words;
  };
  for (const Use& use :
       {Use{options.key_count != kDefaults.key_count, options.keys != "new",
            "--key-count is for keys that have a count. Choose --keys"},
        Use{options.theta != kDefaults.theta, zipf,
            "--theta is for zipf and latest. Choose one of them with --keys, or leave it out"},
        Use{options.hot_keys_percent != kDefaults.hot_keys_percent ||
                options.hot_operations_percent != kDefaults.hot_operations_percent,
            hotspot,
            "--hot-keys and --hot-operations are for hotspot. Choose it with --keys, or leave them "
            "out"},
        Use{options.conflict_keys != kDefaults.conflict_keys, options.conflict_percent > 0,
            "--conflict-keys is for operations on shared keys. Add --conflict"}}) {
    if (use.said && !use.used) return absl::InvalidArgumentError(use.words);
  }
  return absl::OkStatus();
}

}  // namespace

std::string RunFlag(const std::string& name) {
  return absl::StrCat("--", absl::StrReplaceAll(name, {{"_", "-"}}));
}

void DeclareRun(CLI::App& app, RunOptions& options) {
  for (const RunField& field : RunFields()) {
    const std::string flag = RunFlag(field.name);
    DeclareRunField(field, flag == "--count" ? "-n,--count" : flag, app, options);
  }
}

absl::Status CompleteRun(const IsGiven& is_given, RunOptions& options) {
  RunJson file = RunJson::object();
  if (options.workload) {
    const absl::StatusOr<RunJson> read = ReadWorkload(*options.workload);
    if (!read.ok()) return read.status();
    file = *read;
    const absl::Status applied = Apply(file, *options.workload, is_given, options);
    if (!applied.ok()) return applied;
  }
  if (!options.ycsb) return absl::OkStatus();
  const RunJson& ycsb = YcsbOf(absl::AsciiStrToUpper(*options.ycsb));
  if (ycsb.is_null()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no YCSB workload \"", *options.ycsb,
                                                   "\" here. Choose A, B, C, D or F"));
  }
  const IsGiven is_said = [&](const std::string& name) {
    return is_given(name) || file.contains(name);
  };
  return Apply(ycsb, "--ycsb", is_said, options);
}

absl::Status CheckRun(const RunOptions& options) {
  if (options.clients < 1 || options.clients > kClientsMax) {
    return absl::InvalidArgumentError("--clients is out of range. Choose 1 to 1000");
  }
  const uint64_t each = options.concurrency.value_or(1);
  if (each < 1 || each > kUnderWayMax || options.clients * each > kUnderWayMax) {
    return absl::InvalidArgumentError(
        "--concurrency is out of range. Choose 1 to 100000, over all clients");
  }
  const absl::Status workload = CheckWorkload(WorkloadOf(options, ""));
  if (!workload.ok()) return workload;
  if (const absl::Status times = CheckTimes(options); !times.ok()) return times;
  if (const absl::Status used = CheckAllIsUsed(options); !used.ok()) return used;
  if (options.load && options.keys == "new") {
    return absl::InvalidArgumentError("--load is for keys that have a count. Choose --keys");
  }
  if (options.load && options.warmup > 0) {
    return absl::InvalidArgumentError("--load writes each key once. Leave out --warmup");
  }
  if (options.history && options.value_bytes < kHistoryValueBytesMin) {
    return absl::InvalidArgumentError(
        absl::StrCat("--history needs a value of its own for each write. Choose a --value-bytes of "
                     "at least ",
                     kHistoryValueBytesMin));
  }
  return absl::OkStatus();
}

WorkloadOptions WorkloadOf(const RunOptions& options, const std::string& key_prefix) {
  return {.conflict_percent = options.conflict_percent,
          .read_percent = options.read_percent,
          .value_bytes = options.value_bytes,
          .seed = options.seed,
          .key_prefix = key_prefix,
          .read_lag = UnderWayOf(options),
          .conflict_keys = options.conflict_keys,
          .modify_percent = options.modify_percent,
          .insert_percent = options.insert_percent,
          .key_bytes = options.key_bytes,
          .keys = {.distribution = options.keys,
                   .count = options.key_count,
                   .theta = options.theta,
                   .scrambled = options.scrambled,
                   .hot_keys_percent = options.hot_keys_percent,
                   .hot_operations_percent = options.hot_operations_percent},
          .partition_weights = options.partition_weights};
}

uint64_t UnderWayOf(const RunOptions& options) {
  if (options.concurrency) return options.clients * *options.concurrency;
  return PhasesOf(options).front().rate ? kOpenUnderWay : options.clients;
}

std::vector<Phase> PhasesOf(const RunOptions& options) {
  if (!options.phases.empty()) return options.phases;
  return {{.seconds = options.duration_s, .rate = options.rate}};
}

}  // namespace althing
