#include "client/collector.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "client/library/loop.h"

namespace althing {
namespace {

constexpr int64_t kLookForStopNs = 20'000'000;
constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

Collector::Collector(LoadTarget& target)
    : target_(target),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      inbox_([this] { eventfd_write(wake_fd_, 1); }),
      thread_([this] { Run(); }) {
  // The kernel may round a thread's waits up by its slack, which is 50 us by default.
  prctl(PR_SET_TIMERSLACK, 1UL);
}

Collector::~Collector() {
  stopping_ = true;
  thread_.join();
  close(wake_fd_);
}

void Collector::Run() {
  while (!stopping_) {
    const std::optional<size_t> slot = target_.Next(NowNs() + kLookForStopNs);
    if (!slot) continue;
    inbox_.Push([this, end = CollectedEnd{*slot, NowNs()}] { ends_.push_back(end); });
  }
}

std::vector<CollectedEnd> Collector::Take() {
  for (const Inbox::Work& work : inbox_.Take()) work();
  return std::exchange(ends_, {});
}

void Collector::Wait(int64_t until_ns) {
  const int64_t left_ns = std::max<int64_t>(0, until_ns - NowNs());
  const timespec timeout = {left_ns / kNsPerSecond, left_ns % kNsPerSecond};
  pollfd waited = {wake_fd_, POLLIN, 0};
  if (ppoll(&waited, 1, &timeout, nullptr) <= 0) return;
  eventfd_t ignored = 0;
  eventfd_read(wake_fd_, &ignored);
}

}  // namespace althing
