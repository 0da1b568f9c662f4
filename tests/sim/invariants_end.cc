// The part of Invariants that is asked in the end: whether all has been done everywhere.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/invariants.h"

namespace althing::sim {

bool Invariants::AllDone(MemberSet members) const {
  for (const MemberIndex m : members) {
    if (not_executed_[m.value] > 0) return false;
    for (size_t r = 0; r < columns_[m.value].size(); ++r) {
      if (columns_[m.value][r].committed < Mentioned(members, r)) return false;
    }
  }
  return true;
}

Slot Invariants::Mentioned(MemberSet members, size_t coordinator) const {
  Slot highest = 0;
  for (const MemberIndex m : members) {
    highest = std::max(highest, columns_[m.value][coordinator].mentioned);
  }
  return highest;
}

std::string Invariants::WhatIsLeft(MemberSet members) const {
  std::string left;
  const auto append = [&](MemberIndex m, InstanceId id, const char* what) {
    if (left.size() < 500) absl::StrAppend(&left, " ", ToString(id), what, m.value);
  };
  for (const auto& [id, facts] : instances_) {
    const bool known = Mentioned(members, id.coordinator.value) >= id.slot;
    for (const MemberIndex m : members) {
      const Member& member = facts.members[m.value];
      if (known && !member.committed) append(m, id, " not committed at ");
      if (member.committed && !facts.outcome.noop && !member.executed) {
        append(m, id, " not executed at ");
      }
    }
  }
  return left;
}

std::string Invariants::WhatIsLost(MemberSet members) const {
  for (const auto& [hash, key] : keys_) {
    for (const MemberIndex m : members) {
      if (key.executed[m.value] == key.writes.size()) continue;
      return absl::StrCat("a member has executed ", ToString(key.writes[key.executed[m.value]]),
                          ", and member ", m.value, " never does");
    }
  }
  return "";
}

}  // namespace althing::sim
