// The part of Invariants that looks at conflicts: visibility, order of execution, real time.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/invariants.h"

namespace althing::sim {

template <typename Visit>
void Invariants::ForEachConflict(InstanceId id, const Facts& facts, Visit visit) {
  for (const KeyAccess& access : facts.keys) {
    for (const Touch& touch : keys_[access.key].touches) {
      if ((touch.write || access.write) && touch.id != id) visit(touch);
    }
  }
}

void Invariants::NoteStart(InstanceId id, Facts& facts) {
  for (const KeyAccess& access : facts.keys) {
    Key& key = keys_[access.key];
    key.touches.push_back({id, &facts, access.write});
    facts.not_before[access.key] = key.writes.size();
  }
}

void Invariants::CheckVisibility(InstanceId id, Facts& facts) {
  ForEachConflict(id, facts, [&](const Touch& other) {
    if (!other.facts->has_outcome || other.facts->outcome.noop) return;
    if (facts.outcome.deps.Covers(other.id) || other.facts->outcome.deps.Covers(id)) return;
    if (AppliedEverywhere(other.id, *other.facts)) return;
    Broken(
        "visibility", id,
        absl::StrCat("it and ", ToString(other.id), " conflict, and neither depends on the other"));
  });
}

void Invariants::OnExecuted(MemberIndex at, InstanceId id) {
  if (!violation_.empty()) return;
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  if (member.executed) {
    return Broken("order", id, absl::StrCat("member ", at.value, " executes it twice"));
  }
  if (!member.committed || facts.outcome.noop) {
    return Broken("order", id,
                  absl::StrCat("member ", at.value, " executes what is not committed"));
  }
  CheckDepsExecuted(at, id, facts);
  member.executed = true;
  Told& told = facts.told[at.value];
  if (std::exchange(told.executed_and_forgotten, false)) ++restart_counts_.executed_again;
  --not_executed_[at.value];
  for (const KeyAccess& access : facts.keys) Order(at, id, facts, access);
}

void Invariants::CheckDepsExecuted(MemberIndex at, InstanceId id, Facts& facts) {
  ForEachConflict(id, facts, [&](const Touch& other) {
    const Member& there = other.facts->members[at.value];
    if (there.executed || !facts.outcome.deps.Covers(other.id)) return;
    if (!there.committed) {
      return Broken("order", id,
                    absl::StrCat("member ", at.value, " executes it before ", ToString(other.id),
                                 ", which it depends on, is committed there"));
    }
    if (other.facts->outcome.noop || InOneCycle({id, &facts, true}, other)) return;
    Broken("order", id,
           absl::StrCat("member ", at.value, " executes it before ", ToString(other.id),
                        ", which it depends on"));
  });
}

Invariants::Facts* Invariants::Root(Facts* facts) {
  while (facts->cycle != nullptr) facts = facts->cycle;
  return facts;
}

bool Invariants::InOneCycle(const Touch& a, const Touch& b) {
  Facts* root = Root(a.facts);
  Facts* other = Root(b.facts);
  if (root == other) return true;
  // `a` depends on `b`.
  if (!Reaches(b.id, a.id)) return false;
  other->cycle = root;
  return true;
}

bool Invariants::Reaches(InstanceId from, InstanceId to) {
  std::vector<InstanceId> open{from};
  std::map<InstanceId, bool> seen;
  bool found = false;
  while (!open.empty() && !found) {
    const InstanceId at = open.back();
    open.pop_back();
    const Facts& facts = At(at);
    if (!facts.has_outcome || facts.outcome.noop) continue;
    ForEachConflict(at, facts, [&](const Touch& next) {
      if (!facts.outcome.deps.Covers(next.id)) return;
      found |= next.id == to;
      if (seen.try_emplace(next.id, true).second) open.push_back(next.id);
    });
  }
  return found;
}

void Invariants::Order(MemberIndex at, InstanceId id, const Facts& facts, const KeyAccess& access) {
  Key& key = keys_[access.key];
  size_t& executed = key.executed[at.value];
  const size_t place = executed;
  if (access.write) {
    ++executed;
    if (place == key.writes.size()) key.writes.push_back(id);
    if (key.writes[place] != id) {
      Broken("order", id,
             absl::StrCat("member ", at.value, " executes it where another member executed ",
                          ToString(key.writes[place])));
    }
  } else if (key.read_after.try_emplace(id, place).first->second != place) {
    Broken("order", id,
           absl::StrCat("member ", at.value, " executes this read behind ", place,
                        " writes of a key, another member behind ", key.read_after[id]));
  }
  if (place < facts.not_before.at(access.key)) {
    Broken("real time", id,
           absl::StrCat("member ", at.value, " executes it behind ", place,
                        " writes of a key; somebody had executed ", facts.not_before.at(access.key),
                        " before it began"));
  }
}

}  // namespace althing::sim
