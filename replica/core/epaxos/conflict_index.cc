#include "replica/core/epaxos/conflict_index.h"

#include <algorithm>

#include "replica/core/planted.h"

namespace althing {

void ConflictIndex::Add(InstanceId id, const std::vector<KeyAccess>& keys) {
  for (const KeyAccess& access : keys) {
    Entry& entry = entries_[access.key];
    auto column = std::find_if(entry.begin(), entry.end(),
                               [&](const Column& c) { return c.coordinator == id.coordinator; });
    if (column == entry.end()) {
      entry.push_back({id.coordinator, 0, 0, {}});
      column = entry.end() - 1;
    }
    Slot& last = access.write ? column->last_write : column->last_read;
    last = std::max(last, id.slot);
    auto& accesses = column->accesses;
    auto place = accesses.end();
    while (place != accesses.begin() && (place - 1)->slot > id.slot) --place;
    accesses.insert(place, {id.slot, access.write});
    if (Planted(Bug::kOneLatestPerKey)) std::rotate(column, column + 1, entry.end());
  }
}

void ConflictIndex::Forget(const std::vector<KeyAccess>& keys, MemberIndex r, Slot upto) {
  for (const KeyAccess& access : keys) {
    const auto it = entries_.find(access.key);
    if (it == entries_.end()) continue;
    Entry& entry = it->second;
    const auto column = std::find_if(entry.begin(), entry.end(),
                                     [r](const Column& c) { return c.coordinator == r; });
    if (column == entry.end()) continue;
    auto& accesses = column->accesses;
    accesses.erase(accesses.begin(),
                   std::upper_bound(accesses.begin(), accesses.end(), upto,
                                    [](Slot slot, const Access& a) { return slot < a.slot; }));
    // The maxima are those of the last accesses: they go with them.
    if (!accesses.empty()) continue;
    entry.erase(column);
    if (entry.empty()) entries_.erase(it);
  }
}

void ConflictIndex::RaiseDeps(const std::vector<KeyAccess>& keys, MemberIndex except,
                              Deps& deps) const {
  Raise(keys, except.value, deps);
}

void ConflictIndex::RaiseDeps(const std::vector<KeyAccess>& keys, Deps& deps) const {
  Raise(keys, -1, deps);
}

void ConflictIndex::Raise(const std::vector<KeyAccess>& keys, int except, Deps& deps) const {
  for (const KeyAccess& access : keys) {
    const auto it = entries_.find(access.key);
    if (it == entries_.end()) continue;
    const Deps before = deps;
    for (const Column& column : it->second) {
      if (column.coordinator.value == except) continue;
      if (Planted(Bug::kOneLatestPerKey) && &column != &it->second.back()) continue;
      deps.Raise(column.coordinator, column.last_write);
      const bool both = access.write && !Planted(Bug::kWritesIgnoreReads);
      if (both) deps.Raise(column.coordinator, column.last_read);
    }
    if (Planted(Bug::kFirstKeyOnly) && deps != before) return;
  }
}

void ConflictIndex::AppendConflicts(KeyAccess access, MemberIndex r, Slot after, Slot upto,
                                    std::vector<InstanceId>& out) const {
  const auto it = entries_.find(access.key);
  if (it == entries_.end()) return;
  for (const Column& column : it->second) {
    if (column.coordinator != r) continue;
    const auto& accesses = column.accesses;
    auto next = std::upper_bound(accesses.begin(), accesses.end(), after,
                                 [](Slot slot, const Access& a) { return slot < a.slot; });
    for (; next != accesses.end() && next->slot <= upto; ++next) {
      if (access.write || next->write) out.push_back({next->slot, r});
    }
  }
}

size_t ConflictIndex::AppendLatestConflicts(KeyAccess access, MemberIndex r, Slot after, Slot upto,
                                            size_t count_max, std::vector<InstanceId>& out) const {
  size_t looked_at = 0;
  const auto it = entries_.find(access.key);
  if (it == entries_.end()) return looked_at;
  for (const Column& column : it->second) {
    if (column.coordinator != r) continue;
    const auto& accesses = column.accesses;
    auto next = std::upper_bound(accesses.begin(), accesses.end(), upto,
                                 [](Slot slot, const Access& a) { return slot < a.slot; });
    while (next != accesses.begin() && (next - 1)->slot > after && looked_at < count_max) {
      --next;
      ++looked_at;
      if (access.write || next->write) out.push_back({next->slot, r});
    }
  }
  return looked_at;
}

void ConflictIndex::AppendLatest(KeyHash key, size_t count_max,
                                 std::vector<InstanceId>& out) const {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  for (const Column& column : it->second) {
    const auto& accesses = column.accesses;
    const size_t first = accesses.size() - std::min(accesses.size(), count_max);
    for (size_t i = first; i < accesses.size(); ++i) {
      out.push_back({accesses[i].slot, column.coordinator});
    }
  }
}

}  // namespace althing
