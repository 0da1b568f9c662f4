#include "replica/runtime/tick_timers.h"

#include <algorithm>
#include <functional>

namespace althing {

void TickTimers::Set(PartitionId partition, LogicalTime when) {
  Wish& wish = wishes_[partition.value];
  wish.when = when;
  // An earlier entry stays: when it comes up, the wish is queued anew for its real time. A
  // partition that moves its time with every message would otherwise grow the heap with each.
  if (when < wish.queued) Push(partition, when);
}

LogicalTime TickTimers::next() {
  Settle();
  return heap_.empty() ? kNever : heap_.front().first;
}

void TickTimers::TakeDue(LogicalTime now, size_t count_max, std::vector<PartitionId>& due) {
  for (size_t taken = 0; taken < count_max && next() <= now && !heap_.empty(); ++taken) {
    const PartitionId partition = PopTop().second;
    wishes_[partition.value] = Wish{};
    due.push_back(partition);
  }
}

void TickTimers::Push(PartitionId partition, LogicalTime when) {
  wishes_[partition.value].queued = when;
  heap_.emplace_back(when, partition);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<Entry>());
}

TickTimers::Entry TickTimers::PopTop() {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<Entry>());
  const Entry top = heap_.back();
  heap_.pop_back();
  return top;
}

void TickTimers::Settle() {
  while (!heap_.empty()) {
    const auto [when, partition] = heap_.front();
    Wish& wish = wishes_[partition.value];
    if (when == wish.queued && when == wish.when) return;
    PopTop();
    if (when != wish.queued) continue;  // Overtaken by an earlier entry, which stands for the wish.
    wish.queued = kNever;
    if (wish.when != kNever) Push(partition, wish.when);
  }
}

}  // namespace althing
