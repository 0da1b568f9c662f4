#include "client/workload/conflict_tracker.h"

#include <algorithm>

namespace althing {

void ConflictTracker::Begin(size_t slot, uint64_t key, bool write) {
  Key& state = keys_[key];
  slots_[slot] = {key, write, state.writes > 0};
  if (write) {
    for (size_t other : state.peaceful) slots_[other].in_conflict = true;
    state.peaceful.clear();
    ++state.writes;
  }
  if (!slots_[slot].in_conflict) state.peaceful.push_back(slot);
  ++state.outstanding;
}

bool ConflictTracker::End(size_t slot) {
  const Slot ended = slots_[slot];
  const auto found = keys_.find(ended.key);
  Key& state = found->second;
  if (ended.write) --state.writes;
  if (--state.outstanding == 0) {
    keys_.erase(found);
  } else if (!ended.in_conflict) {
    std::erase(state.peaceful, slot);
  }
  return ended.in_conflict;
}

}  // namespace althing
