// Measures how much conflict a run really made, whatever was asked of the generator.
#ifndef ALTHING_CLIENT_WORKLOAD_CONFLICT_TRACKER_H_
#define ALTHING_CLIENT_WORKLOAD_CONFLICT_TRACKER_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace althing {

// An operation is in conflict if at some moment between its start and its end at least one other
// write with its key was outstanding. Operations are named by the slot that they occupy while they
// are outstanding. Each call takes constant time, averaged over the run, apart from an end among
// many outstanding reads of one key that nobody writes.
class ConflictTracker {
 public:
  explicit ConflictTracker(size_t slots) : slots_(slots) {}

  // REQUIRES: the slot is free.
  void Begin(size_t slot, uint64_t key, bool write);
  // Frees the slot. True if the operation was in conflict. REQUIRES: the slot is taken.
  bool End(size_t slot);

 private:
  struct Slot {
    uint64_t key = 0;
    bool write = false;
    bool in_conflict = false;
  };
  struct Key {
    size_t outstanding = 0;
    size_t writes = 0;             // Those among them that write.
    std::vector<size_t> peaceful;  // The slots among them that are not in conflict so far.
  };

  std::vector<Slot> slots_;
  std::unordered_map<uint64_t, Key> keys_;  // The outstanding ones.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_CONFLICT_TRACKER_H_
