// When which partition wants to be ticked. Idle partitions cost nothing.
#ifndef ALTHING_REPLICA_RUNTIME_TICK_TIMERS_H_
#define ALTHING_REPLICA_RUNTIME_TICK_TIMERS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "replica/core/ids.h"

namespace althing {

// A heap of wishes, tidied only where it is looked at. Invariants: 1. a partition that wants a tick
// has an entry in the heap at or before its time, and `queued` names the earliest; 2. after Settle
// the top entry is a wish that still stands.
class TickTimers {
 public:
  explicit TickTimers(uint32_t partitions) : wishes_(partitions) {}

  // The partition wants a tick at `when` (kNever: none) and no longer at any other time.
  void Set(PartitionId partition, LogicalTime when);
  // The earliest time that a partition waits for; kNever if none does.
  LogicalTime next();
  // Appends the partitions whose time is `now` or earlier, at most `count_max`, earliest first,
  // then by number. Their wishes are fulfilled: they want nothing until the next Set.
  void TakeDue(LogicalTime now, size_t count_max, std::vector<PartitionId>& due);

 private:
  struct Wish {
    LogicalTime when = kNever;
    LogicalTime queued = kNever;
  };
  using Entry = std::pair<LogicalTime, PartitionId>;

  void Push(PartitionId partition, LogicalTime when);
  Entry PopTop();
  // Removes entries that no wish stands behind until the top is one.
  void Settle();

  std::vector<Wish> wishes_;
  std::vector<Entry> heap_;  // The earliest is on top.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_TICK_TIMERS_H_
