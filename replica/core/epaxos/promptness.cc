#include "replica/core/epaxos/promptness.h"

#include <algorithm>
#include <iterator>

namespace althing {

void Promptness::OnStarted(Slot slot, MemberSet asked, LogicalTime now) {
  while (!starts_.empty() &&
         (starts_.size() >= kStartsMax || !Remembers(starts_.front().at, now))) {
    starts_.pop_front();
  }
  if (starts_.empty() || starts_.back().at != now || starts_.back().asked != asked) {
    starts_.push_back({now, slot, asked});
  }
}

void Promptness::OnVote(MemberIndex member, Slot slot, LogicalTime now) {
  const auto behind =
      std::upper_bound(starts_.begin(), starts_.end(), slot,
                       [](Slot wanted, const Start& start) { return wanted < start.first; });
  // Who was asked later, after a time-out, cannot be in time.
  if (behind == starts_.begin() || !std::prev(behind)->asked.Has(member)) return;
  Member& known = members_[member.value];
  if (now.value - std::prev(behind)->at.value <= in_time_ticks_) {
    known = {.late_moments = 0, .last = now, .voted = true};
  } else if (known.late_moments == 0 || known.last != now) {
    known = {
        .late_moments = std::min(known.late_moments + 1, kLateMoments), .last = now, .voted = true};
  }
}

MemberSet Promptness::Suspects(LogicalTime now) const {
  MemberSet suspects;
  for (uint8_t i = 0; i < kMembersMax; ++i) {
    const Member& member = members_[i];
    if (member.late_moments == kLateMoments && Remembers(member.last, now)) {
      suspects.Add(MemberIndex{i});
    }
  }
  return suspects;
}

MemberSet Promptness::Late(LogicalTime now) const {
  MemberSet in_time = MemberSet::Of(self_);
  for (uint8_t i = 0; i < kMembersMax; ++i) {
    const Member& member = members_[i];
    if (member.voted && member.late_moments == 0 && Remembers(member.last, now)) {
      in_time.Add(MemberIndex{i});
    }
  }
  return in_time.Size() >= needed_ ? Suspects(now) : MemberSet();
}

}  // namespace althing
