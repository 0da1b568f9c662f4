// The cells of all instances, by coordinator and slot, and how far each coordinator's column is
// complete.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_SPACE_H_
#define ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_SPACE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "replica/core/epaxos/instance.h"
#include "replica/core/ids.h"

namespace althing {

// How far beyond a column's known prefix others than its coordinator may make cells: more than a
// gap asks for and recovery takes on at a time.
inline constexpr Slot kReachSlots = 16384;

// Cells are made by messages that carry something for them, never by being mentioned, so that a
// far-off slot in a message costs nothing. Addresses of cells are stable.
class InstanceSpace {
 public:
  // How far one coordinator's instances are complete here. All prefixes are inclusive; each stops
  // before the first slot for which it does not hold. executed <= committed <= known <=
  // highest_seen.
  struct Column {
    Slot highest_seen = 0;  // Mentioned in any message.
    Slot known = 0;         // Payload known, or committed.
    Slot committed = 0;
    Slot executed = 0;
  };

  Instance* Find(InstanceId id);
  const Instance* Find(InstanceId id) const;
  Instance& GetOrCreate(InstanceId id);

  // The instance has a cell, or is so near that anyone may make one. Who lags behind further gets
  // what is missing from below, in the order in which it asks.
  bool WithinReach(InstanceId id) const;

  const Column& column(MemberIndex r) const { return columns_[r.value].facts; }

  // Someone mentioned the slot. Returns whether it is the highest so far.
  bool Saw(MemberIndex r, Slot slot);
  // What is left of a freed cell: its payload, which may be null, and the part of the log that is
  // kept for it until it is forgotten.
  struct Remains {
    std::shared_ptr<const Payload> payload;
    uint64_t part = 0;
  };
  // Frees the column's next cell, that of slot freed(r) + 1. REQUIRES: it is executed. No cell is
  // made for it again.
  Remains FreeNext(MemberIndex r);
  // Cells of slots up to there are gone.
  Slot freed(MemberIndex r) const { return columns_[r.value].freed; }

  // To be called when a cell became known or committed: moves the column's prefixes on.
  void Advance(MemberIndex r);
  // The committed instance is executed; the same for that prefix.
  void Executed(InstanceId id, Instance& instance);
  // Executed slots behind the executed prefix.
  const absl::btree_set<Slot>& executed_beyond(MemberIndex r) const {
    return columns_[r.value].executed_beyond;
  }

  // A part of the log begins: cells that are made from now on have their first record in it, or
  // later. Parts only grow.
  void BeginPart(uint64_t part) { part_ = part; }
  // Nothing of a cell of this part that was freed is needed any more.
  void Forget(uint64_t part);
  // The first part of the log that may say something of a cell that is not forgotten.
  uint64_t first_part() const;
  // A start goes on from here: slots up to `slot` are executed, freed and forgotten. REQUIRES: the
  // column is empty.
  void RestoreColumn(MemberIndex r, Slot slot);

  size_t size() const;

  // Calls visit(id, instance) for every cell, in no particular order: for checks only.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (uint8_t r = 0; r < kMembersMax; ++r) {
      for (const auto& [slot, cell] : columns_[r].cells)
        visit(InstanceId{slot, MemberIndex{r}}, *cell);
    }
  }

 private:
  struct ColumnCells {
    Column facts;
    Slot freed = 0;  // <= facts.executed
    absl::btree_set<Slot> executed_beyond;
    absl::flat_hash_map<Slot, std::unique_ptr<Instance>> cells;
  };
  std::array<ColumnCells, kMembersMax> columns_;
  uint64_t part_ = 0;
  std::map<uint64_t, uint64_t> cells_by_part_;  // Of cells that are not forgotten; none is 0.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_SPACE_H_
