#include "replica/net/lifecycle.h"

#include <csignal>
#include <utility>

#include "replica/runtime/log_line.h"

namespace althing {

Lifecycle::Lifecycle(int64_t drain_ns, Actions actions)
    : drain_ns_(drain_ns), actions_(std::move(actions)) {}

void Lifecycle::OnTime(int64_t now_ns) {
  while (const std::optional<int> signal = actions_.take_signal()) OnSignal(*signal, now_ns);
  if (phase_ == Phase::kStopped) return;
  const std::string lost = actions_.memory_lost();
  if (!lost.empty()) {
    LogError("memory_lost", {{"why", lost}});
    Stop(ExitCode::kMemoryLost);
    return;
  }
  Advance(now_ns);
}

void Lifecycle::OnSignal(int signal, int64_t now_ns) {
  if (signal == SIGUSR1) {
    actions_.write_metrics();
  } else if (phase_ == Phase::kRunning) {
    phase_ = Phase::kAnswering;
    stop_at_ns_ = now_ns + drain_ns_;
    LogInfo("draining",
            {{"open_calls", actions_.open_calls()}, {"drain_ms", drain_ns_ / 1'000'000}});
    actions_.refuse_proposals("the replica is shutting down");
  } else if (phase_ != Phase::kStopped) {
    LogWarn("stopping_at_once", {{"why", "a second signal came"}});
    Stop(ExitCode::kOk);
  }
}

void Lifecycle::Advance(int64_t now_ns) {
  if (phase_ == Phase::kAnswering && actions_.open_calls() == 0) {
    phase_ = Phase::kClosing;
    actions_.close_streams();
  }
  const bool done = phase_ == Phase::kClosing && actions_.streams_closed();
  const bool late = phase_ != Phase::kRunning && now_ns >= stop_at_ns_;
  if (!done && !late) return;
  if (!done) {
    // Their outcome is unknown to their clients.
    LogWarn("drain_time_over", {{"open_calls", actions_.open_calls()}});
  }
  Stop(ExitCode::kOk);
}

void Lifecycle::Stop(ExitCode code) {
  phase_ = Phase::kStopped;
  exit_code_ = code;
  actions_.stop();
}

}  // namespace althing
