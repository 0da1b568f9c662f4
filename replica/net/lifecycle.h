// What ends a replica, and in which steps: signals, and a memory that was lost.
#ifndef ALTHING_REPLICA_NET_LIFECYCLE_H_
#define ALTHING_REPLICA_NET_LIFECYCLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "replica/net/exit_code.h"

namespace althing {

// SIGTERM and SIGINT drain: proposals are refused, the calls that run get their answers, the peers
// get what waits for them, and the loop stops, at the latest when the drain time is over. A second
// one stops at once. SIGUSR1 writes the metrics. One thread: the event loop's.
class Lifecycle {
 public:
  // What it may do to the replica.
  struct Actions {
    std::function<std::optional<int>()> take_signal;
    std::function<void(std::string why)> refuse_proposals;
    std::function<size_t()> open_calls;
    std::function<void()> close_streams;
    std::function<bool()> streams_closed;
    std::function<std::string()> memory_lost;  // Why, or empty.
    std::function<void()> write_metrics;
    std::function<void()> stop;  // The event loop.
  };

  Lifecycle(int64_t drain_ns, Actions actions);

  // REQUIRES: called every few milliseconds, with the monotonic time.
  void OnTime(int64_t now_ns);
  // Valid once the loop has stopped.
  ExitCode exit_code() const { return exit_code_; }

 private:
  enum class Phase { kRunning, kAnswering, kClosing, kStopped };

  void OnSignal(int signal, int64_t now_ns);
  void Advance(int64_t now_ns);
  void Stop(ExitCode code);

  const int64_t drain_ns_;
  const Actions actions_;
  Phase phase_ = Phase::kRunning;
  int64_t stop_at_ns_ = 0;
  ExitCode exit_code_ = ExitCode::kOk;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_LIFECYCLE_H_
