#include "replica/core/epaxos/instance_space.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"
#include "replica/core/planted.h"

namespace althing {

const Instance* InstanceSpace::Find(InstanceId id) const {
  const auto& cells = columns_[id.coordinator.value].cells;
  const auto it = cells.find(id.slot);
  return it == cells.end() ? nullptr : it->second.get();
}

Instance* InstanceSpace::Find(InstanceId id) {
  return const_cast<Instance*>(std::as_const(*this).Find(id));
}

Instance& InstanceSpace::GetOrCreate(InstanceId id) {
  auto& cell = columns_[id.coordinator.value].cells[id.slot];
  if (cell == nullptr) {
    CHECK(id.slot > freed(id.coordinator));
    cell = std::make_unique<Instance>();
    cell->part = part_;
    ++cells_by_part_[part_];
    Saw(id.coordinator, id.slot);
  }
  return *cell;
}

InstanceSpace::Remains InstanceSpace::FreeNext(MemberIndex r) {
  ColumnCells& column = columns_[r.value];
  const auto it = column.cells.find(column.freed + 1);
  CHECK(it != column.cells.end() && it->second->executed);
  Remains remains{std::move(it->second->payload), it->second->part};
  column.cells.erase(it);
  ++column.freed;
  return remains;
}

void InstanceSpace::Forget(uint64_t part) {
  const auto it = cells_by_part_.find(part);
  CHECK(it != cells_by_part_.end());
  if (--it->second == 0) cells_by_part_.erase(it);
}

uint64_t InstanceSpace::first_part() const {
  if (Planted(Bug::kOnlyVotesKeepLog)) {
    uint64_t first = part_;
    ForEach([&](InstanceId, const Instance& instance) {
      if (instance.phase != Phase::kNone) first = std::min(first, instance.part);
    });
    return first;
  }
  return cells_by_part_.empty() ? part_ : cells_by_part_.begin()->first;
}

void InstanceSpace::RestoreColumn(MemberIndex r, Slot slot) {
  ColumnCells& column = columns_[r.value];
  CHECK(column.cells.empty() && column.facts.highest_seen == 0);
  column.facts = {.highest_seen = slot, .known = slot, .committed = slot, .executed = slot};
  column.freed = slot;
}

bool InstanceSpace::WithinReach(InstanceId id) const {
  return id.slot <= column(id.coordinator).known + kReachSlots || Find(id) != nullptr;
}

bool InstanceSpace::Saw(MemberIndex r, Slot slot) {
  Slot& highest = columns_[r.value].facts.highest_seen;
  if (slot <= highest) return false;
  highest = slot;
  return true;
}

void InstanceSpace::Advance(MemberIndex r) {
  // Each prefix ends at the one around it, where looking for a cell would be in vain.
  const auto extend = [this, r](Slot& prefix, Slot end, auto holds) {
    for (const Instance* next;
         prefix < end && (next = Find({prefix + 1, r})) != nullptr && holds(*next);) {
      ++prefix;
    }
  };
  Column& facts = columns_[r.value].facts;
  extend(facts.known, facts.highest_seen, [](const Instance& i) { return i.known(); });
  extend(facts.committed, facts.known, [](const Instance& i) { return i.committed(); });
  extend(facts.executed, facts.committed, [](const Instance& i) { return i.executed; });
  auto& beyond = columns_[r.value].executed_beyond;
  while (!beyond.empty() && *beyond.begin() <= facts.executed) beyond.erase(beyond.begin());
}

void InstanceSpace::Executed(InstanceId id, Instance& instance) {
  CHECK(instance.committed());
  instance.executed = true;
  ColumnCells& column = columns_[id.coordinator.value];
  if (id.slot != column.facts.executed + 1) column.executed_beyond.insert(id.slot);
  Advance(id.coordinator);
}

size_t InstanceSpace::size() const {
  size_t size = 0;
  for (const ColumnCells& column : columns_) size += column.cells.size();
  return size;
}

}  // namespace althing
