#include "client/commands/run_load.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace althing {
namespace {

constexpr absl::Duration kStartLook = absl::Milliseconds(20);
constexpr uint64_t kDefaultCount = 1000;
constexpr size_t kWarmUpUnderWay = 1000;

// In a closed loop, also before an open one: it has no moments to keep to.
void WarmUp(LoadTarget& target, Generator& generator, LoadOptions options, uint64_t writes,
            std::ostream& err) {
  options.concurrency = std::min(options.concurrency, kWarmUpUnderWay);
  LoadLoop loop(target, generator, options);
  const LoadResult warmup = loop.Run({.operations = writes, .writes_only = true}, {}).all;
  if (warmup.ok == warmup.finished) return;
  err << "run: " << warmup.finished - warmup.ok << " of " << warmup.finished
      << " writes of the warm-up failed: " << warmup.error_texts.begin()->second
      << ". Reads of their keys will miss.\n";
}

void AwaitStart(const RunOptions& options, const RunHooks& hooks, std::ostream& err) {
  if (!options.start_at) return;
  const absl::Time start = absl::UnixEpoch() + absl::Seconds(*options.start_at);
  if (absl::Now() > start) {
    err << absl::StrFormat("run: begins %.3f s after --start-at: it was not ready earlier.\n",
                           absl::ToDoubleSeconds(absl::Now() - start));
  }
  while (absl::Now() < start && !(hooks.interrupted && hooks.interrupted())) {
    absl::SleepFor(std::min(kStartLook, start - absl::Now()));
  }
}

}  // namespace

void DescribeRun(const RunOptions& options, RunReport& report) {
  report.options = RunOptionsJson(options);
  report.clients = options.clients;
  report.concurrency = UnderWayOf(options);
  report.phases = PhasesOf(options);
  report.warmup = options.load ? options.key_count : options.warmup;
  report.version = options.version;
  report.commit = options.commit;
  report.machine = ThisMachine();
}

void RunLoadOn(LoadTarget& target, const RunOptions& options, const RunHooks& hooks,
               RunReport& report, std::ostream& err) {
  Generator generator(report.workload);
  LoadOptions load = {
      .concurrency = report.concurrency, .seed = options.seed, .interrupted = hooks.interrupted};
  if (options.history || options.csv) load.on_access = hooks.on_access;
  if (report.warmup > 0) WarmUp(target, generator, load, report.warmup, err);
  LoadGoal goal = {.phases = report.phases,
                   .warm_up_seconds = options.warm_up_s,
                   .cool_down_seconds = options.cool_down_s};
  const bool endless = !report.phases.back().seconds;
  if (options.count || endless) goal.operations = options.count.value_or(kDefaultCount);
  LoadLoop::EachSecond each_second;
  if (options.live) {
    each_second = [&err](const LoadLive& now) {
      err << "\r" << LiveLine(now) << "\x1b[K" << std::flush;
    };
  }
  AwaitStart(options, hooks, err);
  report.started_unix_s = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  LoadLoop loop(target, generator, load);
  report.load = loop.Run(goal, each_second);
  if (options.live) err << "\r\x1b[K" << std::flush;
}

}  // namespace althing
