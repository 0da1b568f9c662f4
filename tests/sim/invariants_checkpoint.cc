// The part of Invariants that looks at what stands in for the log.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/invariants.h"

namespace althing::sim {
namespace {

template <typename Slots>
Deps SlotsOf(const Slots& slots) {
  Deps deps;
  for (int i = 0; i < slots.size() && i < kMembersMax; ++i) {
    deps.slots[static_cast<size_t>(i)] = slots.Get(i);
  }
  return deps;
}

}  // namespace

const pb::CheckpointMarks* Invariants::MarksOf(
    const std::vector<pb::CheckpointPiece>& checkpoint) const {
  for (const pb::CheckpointPiece& piece : checkpoint) {
    if (piece.partition() == partition_ && piece.has_marks()) return &piece.marks();
  }
  return nullptr;
}

void Invariants::CheckCovered(MemberIndex at, InstanceId id) {
  const auto it = instances_.find(id);
  const Member* member = it == instances_.end() ? nullptr : &it->second.members[at.value];
  if (member == nullptr || !HasApplied(at, it->second)) {
    Broken("checkpoint", id,
           absl::StrCat("that of member ", at.value, " has it, and it was not executed there"));
  } else if (!member->outcome_durable) {
    Broken("checkpoint", id,
           absl::StrCat("that of member ", at.value, " has it, and its log lacks the outcome"));
  }
}

void Invariants::OnCheckpoint(MemberIndex at, const std::vector<pb::CheckpointPiece>& checkpoint) {
  const pb::CheckpointMarks* marks = MarksOf(checkpoint);
  if (marks == nullptr) return Broken("checkpoint", {}, "it has no marks of a partition");
  const Deps executed = SlotsOf(marks->executed());
  Deps& before = checkpointed_[at.value];
  for (const MemberIndex r : quorums_.all()) {
    for (Slot slot = before[r] + 1; slot <= executed[r]; ++slot) CheckCovered(at, {slot, r});
    if (executed[r] < before[r]) Broken("checkpoint", {before[r], r}, "the one before had it");
  }
  for (const pb::InstanceId& id : marks->executed_beyond()) CheckCovered(at, FromProto(id));
  before = executed;
  CheckWatermarks(at, *marks);
}

void Invariants::CheckWatermarks(MemberIndex at, const pb::CheckpointMarks& marks) {
  const Deps everywhere = SlotsOf(marks.everywhere()), forgotten = SlotsOf(marks.forgotten());
  const auto at_most = [&](const Deps& mark, const Deps& bound, MemberIndex m, const char* what) {
    for (const MemberIndex r : quorums_.all()) {
      if (mark[r] <= bound[r]) continue;
      Broken("checkpoint", {mark[r], r},
             absl::StrCat("that of member ", at.value, " says that all have ", what,
                          " it, and member ", m.value, " never said so"));
    }
  };
  // What a member says by this very checkpoint is as good as told.
  at_most(everywhere, checkpointed_[at.value], at, "applied");
  at_most(forgotten, everywhere, at, "heard that all have applied");
  for (const MemberIndex m : quorums_.all() - MemberSet::Of(at)) {
    at_most(everywhere, applied_[m.value], m, "applied");
    at_most(forgotten, everywhere_[m.value], m, "heard that all have applied");
  }
  for (const MemberIndex r : quorums_.all()) {
    if (everywhere[r] < kept_everywhere_[at.value][r] ||
        forgotten[r] < kept_forgotten_[at.value][r]) {
      Broken("checkpoint", {kept_everywhere_[at.value][r], r}, "the one before had called it over");
    }
  }
  kept_everywhere_[at.value] = everywhere;
  kept_forgotten_[at.value] = forgotten;
}

void Invariants::NoteExecuted(MemberIndex at, InstanceId id) {
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  facts.told[at.value].executed_and_forgotten = false;
  if (facts.outcome.noop || member.executed) return;
  member.executed = true;
  for (const KeyAccess& access : facts.keys) {
    if (access.write) ++keys_[access.key].executed[at.value];
  }
}

void Invariants::OnKeptCheckpoint(MemberIndex at, const pb::CheckpointMarks& marks) {
  const Deps forgotten = SlotsOf(marks.forgotten());
  for (const MemberIndex r : quorums_.all()) {
    for (Slot slot = 1; slot <= forgotten[r]; ++slot) {
      Member& member = At({slot, r}).members[at.value];
      member.committed = member.outcome_durable = true;
      ++columns_[at.value][r.value].committed;
      Mention(at, {slot, r}, {});
      NoteExecuted(at, {slot, r});
    }
  }
}

void Invariants::OnKeptExecuted(MemberIndex at, const pb::CheckpointMarks& marks) {
  const auto note = [&](InstanceId id) {
    if (kept_forgotten_[at.value].Covers(id)) return;
    const Facts& facts = At(id);
    if (!facts.members[at.value].committed) {
      return Broken("checkpoint", id,
                    absl::StrCat("that of member ", at.value,
                                 " has it, and the log that is kept lacks the outcome"));
    }
    if (!facts.outcome.noop) --not_executed_[at.value];
    NoteExecuted(at, id);
  };
  const Deps executed = SlotsOf(marks.executed());
  for (const MemberIndex r : quorums_.all()) {
    for (Slot slot = 1; slot <= executed[r]; ++slot) note({slot, r});
  }
  for (const pb::InstanceId& id : marks.executed_beyond()) note(FromProto(id));
  // What it goes on from is the first writes of each key.
  for (const auto& [hash, key] : keys_) {
    for (size_t i = 0; i < key.executed[at.value]; ++i) {
      if (i < key.writes.size() && At(key.writes[i]).members[at.value].executed) continue;
      return Broken("checkpoint", i < key.writes.size() ? key.writes[i] : InstanceId{},
                    absl::StrCat("that of member ", at.value, " has later writes of a key"));
    }
  }
}

}  // namespace althing::sim
