// The part of Invariants that looks at what members tell each other that they may forget.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/invariants.h"

namespace althing::sim {

bool Invariants::HasApplied(MemberIndex at, const Facts& facts) const {
  const Member& member = facts.members[at.value];
  // Who is gone had executed it.
  return member.executed || facts.told[at.value].executed_and_forgotten ||
         (member.committed && facts.outcome.noop);
}

bool Invariants::AppliedEverywhere(InstanceId id, const Facts& facts) const {
  int told = 0;
  for (const MemberIndex m : quorums_.all()) {
    // What it told, was so then (OnSentMarks). Whoever has ended since has no run to look at.
    const bool has_told = applied_[m.value].Covers(id);
    const bool applied = keeps_.Has(m) ? checkpointed_[m.value].Covers(id) : HasApplied(m, facts);
    if (!has_told && !applied) return false;
    told += has_told;
  }
  return told >= quorums_.n() - 1;
}

void Invariants::OnSentMarks(MemberIndex from, const Deps& applied, const Deps& everywhere) {
  Deps& told = applied_[from.value];
  for (const MemberIndex r : quorums_.all()) {
    if (keeps_.Has(from) && applied[r] > checkpointed_[from.value][r]) {
      return Broken("collected", {applied[r], r},
                    absl::StrCat("member ", from.value, " tells to have applied it, and its ",
                                 "checkpoint ends with ", checkpointed_[from.value][r]));
    }
    if (keeps_.Has(from) && everywhere[r] > kept_everywhere_[from.value][r]) {
      return Broken("collected", {everywhere[r], r},
                    absl::StrCat("member ", from.value,
                                 " tells that all have applied it before its checkpoint says so"));
    }
    for (Slot slot = told[r] + 1; slot <= applied[r]; ++slot) {
      const auto it = instances_.find({slot, r});
      if (it != instances_.end() && HasApplied(from, it->second)) continue;
      return Broken("collected", {slot, r},
                    absl::StrCat("member ", from.value, " tells to have applied it"));
    }
    told.Raise(r, applied[r]);
    for (const MemberIndex m : quorums_.all() - MemberSet::Of(from)) {
      if (everywhere[r] <= applied_[m.value][r]) continue;
      return Broken(
          "collected", {everywhere[r], r},
          absl::StrCat("member ", from.value, " tells that all have applied it, and member ",
                       m.value, " never told so"));
    }
    everywhere_[from.value].Raise(r, everywhere[r]);
  }
}

void Invariants::CheckNotCollected(MemberIndex at, const pb::Record& record) {
  const auto check = [&](const auto& of) {
    const InstanceId id = FromProto(of.id());
    if (!everywhere_[at.value].Covers(id)) return;
    Broken(
        "collected", id,
        absl::StrCat("member ", at.value, " records something of what it says all have applied"));
  };
  if (record.has_pre_accepted()) check(record.pre_accepted());
  if (record.has_accepted()) check(record.accepted());
  if (record.has_committed()) check(record.committed());
  if (record.has_decided()) check(record.decided());
  if (record.has_joined()) check(record.joined());
  if (record.has_validated()) check(record.validated());
}

}  // namespace althing::sim
