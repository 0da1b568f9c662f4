#include "replica/net/lifecycle.h"

#include <csignal>
#include <utility>

#include "spdlog/spdlog.h"

namespace althing {

Lifecycle::Lifecycle(int64_t drain_ns, Actions actions)
    : drain_ns_(drain_ns), actions_(std::move(actions)) {}

void Lifecycle::OnTime(int64_t now_ns) {
  while (const std::optional<int> signal = actions_.take_signal()) OnSignal(*signal, now_ns);
  if (phase_ == Phase::kStopped) return;
  const std::string lost = actions_.memory_lost();
  if (!lost.empty()) {
    spdlog::error("memory lost: {}", lost);
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
    spdlog::info("draining: {} calls run, waiting for them up to {} ms", actions_.open_calls(),
                 drain_ns_ / 1'000'000);
    actions_.refuse_proposals("the replica is shutting down");
  } else if (phase_ != Phase::kStopped) {
    spdlog::warn("stopping at once: a second signal came");
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
    spdlog::warn("the drain time is over: {} calls are left without an outcome",
                 actions_.open_calls());
  }
  Stop(ExitCode::kOk);
}

void Lifecycle::Stop(ExitCode code) {
  phase_ = Phase::kStopped;
  exit_code_ = code;
  actions_.stop();
}

}  // namespace althing
