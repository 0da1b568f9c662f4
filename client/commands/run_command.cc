#include "client/commands/run_command.h"

#include <algorithm>
#include <fstream>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/commands/chosen.h"
#include "client/load_loop.h"
#include "client/report/run_report.h"

namespace althing {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(1);
constexpr uint64_t kDefaultCount = 1000;
constexpr uint64_t kHistoryValueBytesMin = 8;  // Enough for each write to have its own value.

bool IsPercent(double value) { return value >= 0 && value <= 100; }

absl::Status Check(const RunOptions& options) {
  if (!IsPercent(options.conflict_percent)) {
    return absl::InvalidArgumentError("--conflict is a percentage. Choose 0 to 100");
  }
  if (!IsPercent(options.read_percent)) {
    return absl::InvalidArgumentError("--reads is a percentage. Choose 0 to 100");
  }
  if (options.concurrency < 1 || options.concurrency > 100'000) {
    return absl::InvalidArgumentError("--concurrency is out of range. Choose 1 to 100000");
  }
  if (options.value_bytes > (uint64_t{1} << 30)) {
    return absl::InvalidArgumentError("--value-bytes is too large. Choose 0 to 1073741824");
  }
  if (options.duration_s && !(*options.duration_s > 0 && *options.duration_s <= 1e9)) {
    return absl::InvalidArgumentError("--duration is out of range. Choose more than 0 seconds");
  }
  if (options.history && options.value_bytes < kHistoryValueBytesMin) {
    return absl::InvalidArgumentError(
        absl::StrCat("--history needs a value of its own for each write. Choose a --value-bytes of "
                     "at least ",
                     kHistoryValueBytesMin));
  }
  return absl::OkStatus();
}

std::string KeyPrefix(const RunOptions& options) {
  if (options.key_prefix || !options.history) return options.key_prefix.value_or("");
  return absl::StrFormat("%x.", absl::ToUnixMicros(absl::Now()));
}

absl::StatusOr<Route> RouteOf(const AdminClient& client, absl::string_view mode) {
  if (mode == "first") return Route{0};
  if (mode == "round-robin") return ChosenEndpoints(client, {});
  uint32_t replica = 0;
  if (!absl::ConsumePrefix(&mode, "replica=") || !absl::SimpleAtoi(mode, &replica)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no mode \"", mode, "\". Choose first, round-robin or replica=I"));
  }
  return ChosenEndpoints(client, {.replica = replica});
}

// Connects beforehand, so that no latency contains it. False if nothing is there to be loaded.
bool ConnectAll(AdminClient& client, const Route& route, absl::Duration timeout,
                std::ostream& err) {
  bool any = false;
  for (size_t endpoint : route) {
    if (client.Connect(endpoint, std::min(timeout, kConnectTimeout))) {
      any = true;
    } else if (!client.interrupted()) {
      err << "run: " << Describe(client.endpoints()[endpoint])
          << " cannot be connected to: operations sent there will fail. Start it, or leave it out "
             "with --endpoints or --mode.\n";
    }
  }
  return any;
}

void AskCluster(AdminClient& client, const Route& route, absl::Duration timeout,
                RunReport& report) {
  report.replicas = client.endpoints().size();
  report.durability = "unknown";
  for (const auto& answer : client.Status(route, timeout)) {
    if (!answer.status.ok()) continue;
    report.replicas = answer.reply.members();
    report.durability = answer.reply.durability();
    for (const std::string& warning : answer.reply.debug_warnings()) {
      auto& known = report.debug_warnings;
      if (std::find(known.begin(), known.end(), warning) == known.end()) known.push_back(warning);
    }
  }
}

// Fills report.result.
void Load(AdminClient& client, const CommonOptions& common, const RunOptions& options,
          const Route& route, std::ostream* history, RunReport& report, std::ostream& err) {
  Generator generator(report.workload);
  LoadOptions load{options.concurrency, route, common.timeout};
  if (history != nullptr) {
    load.record = [history](const HistoryRecord& record) { *history << HistoryLine(record); };
  }
  LoadLoop loop(client, generator, load);
  if (options.warmup > 0) {
    const LoadResult warmup = loop.Run({.operations = options.warmup, .writes_only = true}, {});
    if (warmup.ok < warmup.finished) {
      err << "run: " << warmup.finished - warmup.ok << " of " << warmup.finished
          << " writes of the warm-up failed: " << warmup.error_texts.begin()->second
          << ". Reads of their keys will miss.\n";
    }
  }
  LoadGoal goal;
  if (options.count || !options.duration_s) goal.operations = options.count.value_or(kDefaultCount);
  if (options.duration_s) goal.duration = absl::Seconds(*options.duration_s);
  LoadResult before;
  const auto live_line = [&before, &err](const LoadResult& now) {
    err << "\r" << LiveLine(before, now) << "\x1b[K" << std::flush;
    before = now;
  };
  report.result = options.live ? loop.Run(goal, live_line) : loop.Run(goal, {});
  if (options.live) err << "\r\x1b[K" << std::flush;
}

// Says so if not all of the history has been written.
bool IsComplete(std::ofstream& history, const std::string& path, std::ostream& err) {
  history.close();
  if (history) return true;
  err << "error: run: the history is not complete: " << path
      << " could not be written to its end. Give it a place with more room.\n";
  return false;
}

ExitCode CodeOf(const LoadResult& result) {
  if (result.interrupted) return kExitUnknown;
  return result.ok < result.finished ? kExitServerError : kExitOk;
}

}  // namespace

ExitCode RunLoad(AdminClient& client, const CommonOptions& common, const RunOptions& options,
                 std::ostream& out, std::ostream& err) {
  absl::StatusOr<Route> route = RouteOf(client, options.mode);
  if (const absl::Status checked = Check(options); !checked.ok()) route = checked;
  if (!route.ok()) {
    err << InputErrorLine("run", route.status()) << "\n";
    return kExitInvalidInput;
  }
  std::ofstream history;
  if (options.history) {
    history.open(*options.history, std::ios::binary);
    if (!history) {
      err << InputErrorLine("run", absl::InvalidArgumentError(absl::StrCat(
                                       "--history ", *options.history,
                                       " cannot be written. Name a file in a folder that exists")))
          << "\n";
      return kExitInvalidInput;
    }
  }
  if (!ConnectAll(client, *route, common.timeout, err)) {
    if (client.interrupted()) {
      err << "error: run: interrupted before the first operation. Written: no.\n";
      return kExitUnknown;
    }
    err << "error: run: no replica can be connected to. Written: no. Check that the replicas run "
           "and that --config or --endpoints names their client ports.\n";
    return kExitUnavailable;
  }
  RunReport report;
  report.workload = {options.conflict_percent, options.read_percent,
                     options.value_bytes,      options.seed,
                     KeyPrefix(options),       options.concurrency};
  report.history = options.history.value_or("");
  report.mode = options.mode == "first"
                    ? absl::StrCat("first: ", Describe(client.endpoints().front()))
                    : options.mode;
  report.concurrency = options.concurrency;
  report.warmup = options.warmup;
  AskCluster(client, *route, common.timeout, report);
  Load(client, common, options, *route, options.history ? &history : nullptr, report, err);
  out << (common.json() ? RunReportJson(report) : RunReportText(report));
  if (report.result.ok < report.result.finished) {
    err << "error: run: " << report.result.finished - report.result.ok << " of "
        << report.result.finished
        << " operations failed. The report names their codes; docs/client.md says for each whether "
           "the write happened.\n";
  }
  if (options.history && !IsComplete(history, *options.history, err)) return kExitOutput;
  return CodeOf(report.result);
}

}  // namespace althing
