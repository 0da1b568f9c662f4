#include "client/library/waiters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing {

Waiters::Waiters(Loop& loop, std::string what) : loop_(loop), what_(std::move(what)) {}

Waiters::~Waiters() {
  for (const auto& [id, waiter] : waiting_) loop_.Cancel(waiter.timer);
}

void Waiters::Add(int64_t deadline_ns, Ready ready) {
  const uint64_t id = ++last_id_;
  waiting_[id] = {deadline_ns, std::move(ready),
                  loop_.At(deadline_ns, [this, id] { OnDeadline(id); })};
}

int64_t Waiters::deadline_ns() const {
  int64_t latest = 0;
  for (const auto& [id, waiter] : waiting_) latest = std::max(latest, waiter.deadline_ns);
  return latest;
}

void Waiters::OnDeadline(uint64_t id) {
  const Ready ready = std::move(waiting_.at(id).ready);
  waiting_.erase(id);
  ready(
      {.status = absl::DeadlineExceededError(absl::StrCat("the deadline passed before ", what_))});
}

void Waiters::Release(const Failover::End& end) {
  for (auto& [id, waiter] : std::exchange(waiting_, {})) {
    loop_.Cancel(waiter.timer);
    waiter.ready(end);
  }
}

}  // namespace althing
