// The event loop's ears: one thread polls the completion queue of all calls, made and served.
#ifndef ALTHING_REPLICA_NET_COMPLETION_SOURCE_H_
#define ALTHING_REPLICA_NET_COMPLETION_SOURCE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"
#include "replica/net/tag.h"
#include "replica/runtime/ports.h"

namespace althing {

// Knows tags (tag.h) and nothing of the calls behind them. One thread: the event loop's.
//
// Besides the main queue there are rare ones, on which only new streams of peers are announced: a
// second thread that polled them would take turns with this one and cost latency, so they are
// looked into at each housekeeping. Poll returns at least that often, so what other threads push
// into the channel waits no longer either.
class CompletionSource : public EventSource {
 public:
  static constexpr int64_t kHousekeepingNs = 10'000'000;
  // Of one Poll: what came after waits for the next, so that a turn stays short.
  static constexpr int kEventsMax = 512;

  // The queues must outlive it. `housekeeping` runs about each kHousekeepingNs, with the time.
  CompletionSource(Clock& clock, grpc::CompletionQueue& main,
                   std::vector<grpc::CompletionQueue*> rare,
                   std::function<void(int64_t now_ns)> housekeeping);

  void Poll(int64_t deadline_ns) override;
  // Any thread: the Poll under way, or else the next, returns soon.
  void Wake();

  // Shuts the queues down and lets every operation that is left end. REQUIRES: whoever owns tags
  // starts no operation any more, and those under way come to an end (servers shut down, calls
  // cancelled).
  void Drain();

 private:
  void OnWoken(bool ok);
  // Handles at most `events_max` events that are ready.
  void HandleReady(grpc::CompletionQueue& queue, int events_max);

  Clock& clock_;
  grpc::CompletionQueue& main_;
  const std::vector<grpc::CompletionQueue*> rare_;
  const std::function<void(int64_t)> housekeeping_;
  int64_t next_housekeeping_ns_ = 0;
  std::atomic<bool> waking_ = false;  // The alarm is set, and its event was not handled yet.
  grpc::Alarm alarm_;
  MethodTag<CompletionSource> woken_{this, &CompletionSource::OnWoken};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_COMPLETION_SOURCE_H_
