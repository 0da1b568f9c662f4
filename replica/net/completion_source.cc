#include "replica/net/completion_source.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <utility>

namespace althing {

namespace {

constexpr int kManyEvents = 16;
constexpr int kLooksAfterMany = 4;

}  // namespace

CompletionSource::CompletionSource(Clock& clock, grpc::CompletionQueue& main,
                                   std::vector<grpc::CompletionQueue*> rare,
                                   std::function<void(int64_t)> housekeeping)
    : clock_(clock), main_(main), rare_(std::move(rare)), housekeeping_(std::move(housekeeping)) {}

void CompletionSource::Poll(int64_t deadline_ns) {
  const int64_t now_ns = clock_.NowNs();
  if (now_ns >= next_housekeeping_ns_) {
    next_housekeeping_ns_ = now_ns + kHousekeepingNs;
    for (grpc::CompletionQueue* queue : rare_) HandleReady(*queue, kEventsMax);
    housekeeping_(now_ns);
  }
  const int64_t wait_ns = std::min(deadline_ns, next_housekeeping_ns_) - now_ns;
  if (wait_ns > 0) {
    // Relative to gRPC's own reading of the clock, so that `clock_` may be any.
    const gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(wait_ns, GPR_TIMESPAN));
    void* tag = nullptr;
    bool ok = false;
    if (main_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return;
    static_cast<Tag*>(tag)->Proceed(ok);
  }
  HandleReady(main_, kEventsMax);
}

void CompletionSource::Wake() {
  // One alarm at a time. Who finds it set has nothing to do: what it did before is seen by the
  // thread that clears the flag.
  // A time long past: gRPC rounds others up to its next millisecond, and everybody waits for a
  // flush.
  if (!waking_.exchange(true)) alarm_.Set(&main_, gpr_inf_past(GPR_CLOCK_MONOTONIC), &woken_);
}

void CompletionSource::OnWoken(bool /*ok*/) { waking_.exchange(false); }

void CompletionSource::HandleReady(grpc::CompletionQueue& queue, int events_max) {
  const gpr_timespec past = gpr_inf_past(GPR_CLOCK_MONOTONIC);
  void* tag = nullptr;
  bool ok = false;
  int handled = 0;
  // gRPC attends to one connection at a time: where much happens, others may be ready too.
  for (int looks = 1; looks > 0 && handled < events_max;) {
    if (queue.AsyncNext(&tag, &ok, past) != grpc::CompletionQueue::GOT_EVENT) {
      --looks;
      continue;
    }
    if (++handled == kManyEvents) looks = kLooksAfterMany;
    static_cast<Tag*>(tag)->Proceed(ok);
  }
}

void CompletionSource::Drain() {
  void* tag = nullptr;
  bool ok = false;
  main_.Shutdown();
  for (grpc::CompletionQueue* queue : rare_) queue->Shutdown();
  // The rare ones first: while a call is announced nowhere, gRPC keeps the main queue open for it.
  for (grpc::CompletionQueue* queue : rare_) {
    while (queue->Next(&tag, &ok)) static_cast<Tag*>(tag)->Proceed(ok);
  }
  while (main_.Next(&tag, &ok)) static_cast<Tag*>(tag)->Proceed(ok);
}

}  // namespace althing
