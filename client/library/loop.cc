#include "client/library/loop.h"

#include <grpc/support/time.h>

#include <chrono>

namespace althing {
namespace {

// Without a timer the thread looks up so often.
constexpr int64_t kIdleNs = 10'000'000'000;

}  // namespace

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Loop::Wake::Done(bool) {
  for (const Inbox::Work& work : loop->inbox_.Take()) work();
}

Loop::Loop()
    : inbox_([this] {
        // Not now: gRPC would wait for the next whole millisecond.
        alarm_.Set(&queue_, gpr_inf_past(GPR_CLOCK_MONOTONIC), static_cast<Completion*>(&wake_));
      }) {
  wake_.loop = this;
  thread_ = std::thread([this] {
    Run();
    ended_.set_value();
  });
  thread_id_ = thread_.get_id();
}

Loop::~Loop() { thread_.join(); }

void Loop::Join() const {
  const std::shared_future<void> end = end_;  // Each thread needs its own.
  end.wait();
}

Loop::TimerId Loop::At(int64_t when_ns, std::function<void()> work) {
  const TimerId id = {when_ns, ++last_timer_};
  timers_.emplace(id, std::move(work));
  return id;
}

void Loop::Stop() {
  stopping_ = true;
  for (const Inbox::Work& work : inbox_.Close()) work();
  timers_.clear();
  queue_.Shutdown();
}

void Loop::RunTimers() {
  const int64_t now_ns = NowNs();
  while (!timers_.empty() && timers_.begin()->first.first <= now_ns) {
    const std::function<void()> work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

void Loop::Run() {
  for (;;) {
    if (!stopping_) RunTimers();
    const int64_t wait_ns = timers_.empty() ? kIdleNs : timers_.begin()->first.first - NowNs();
    const gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(wait_ns, GPR_TIMESPAN));
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue_.AsyncNext(&tag, &ok, until);
    if (next == grpc::CompletionQueue::SHUTDOWN) return;
    if (next == grpc::CompletionQueue::GOT_EVENT) static_cast<Completion*>(tag)->Done(ok);
  }
}

}  // namespace althing
