#include "replica/core/epaxos/instance_space.h"

#include <utility>

#include "replica/core/check.h"

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
    Saw(id.coordinator, id.slot);
  }
  return *cell;
}

std::shared_ptr<const Payload> InstanceSpace::FreeNext(MemberIndex r) {
  ColumnCells& column = columns_[r.value];
  const auto it = column.cells.find(column.freed + 1);
  CHECK(it != column.cells.end() && it->second->executed);
  std::shared_ptr<const Payload> payload = std::move(it->second->payload);
  column.cells.erase(it);
  ++column.freed;
  return payload;
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
}

size_t InstanceSpace::size() const {
  size_t size = 0;
  for (const ColumnCells& column : columns_) size += column.cells.size();
  return size;
}

}  // namespace althing
