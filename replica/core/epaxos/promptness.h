// Which members vote in time for the fast path.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_PROMPTNESS_H_
#define ALTHING_REPLICA_CORE_EPAXOS_PROMPTNESS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "replica/core/ids.h"

namespace althing {

// A member that is there, but whose disk is slow, would hold up every coordinator that waits for
// its vote. So each coordinator notes how long the votes on its own instances take; who is late
// counts as away where that only decides for whom to wait. It is asked all the same, so that one
// vote in time brings it back. Policy: no quorum becomes smaller by it.
//
// If all are slow, as in a flood, that helps nobody: members are late only while enough others vote
// in time. Whether these do is not known of members that a thrifty coordinator does not ask: so it
// asks all for some instances while it has suspects.
class Promptness {
 public:
  // So many moments with late votes, and none in time between them, make a member a suspect. One
  // pause of a disk, which makes many votes late at once, does not.
  static constexpr int kLateMoments = 3;
  // A vote is remembered for so many times as long as it may take.
  static constexpr uint64_t kRemembered = 200;
  // One instance of so many is a trial.
  static constexpr Slot kTrialEvery = 8;

  // A vote is in time within so many ticks of the instance's start. `needed` is the size of a slow
  // quorum.
  Promptness(MemberIndex self, uint64_t in_time_ticks, int needed)
      : self_(self), in_time_ticks_(in_time_ticks), needed_(needed) {}

  // REQUIRES, of all: slots that start and times never go back.
  void OnStarted(Slot slot, MemberSet asked, LogicalTime now);
  void OnVote(MemberIndex member, Slot slot, LogicalTime now);
  MemberSet Late(LogicalTime now) const;
  // All should be asked for their votes on this instance.
  bool IsTrial(Slot slot, LogicalTime now) const {
    return slot % kTrialEvery == 0 && !Suspects(now).Empty();
  }

 private:
  // Enough for every tick of the time that is remembered, as the timers are by default.
  static constexpr size_t kStartsMax = 1024;
  struct Start {
    LogicalTime at;
    Slot first = 0;  // Of those that started then and asked these.
    MemberSet asked;
  };
  struct Member {
    int late_moments = 0;
    LogicalTime last;  // Vote that counted.
    bool voted = false;
  };

  bool Remembers(LogicalTime then, LogicalTime now) const {
    return now.value - then.value <= kRemembered * in_time_ticks_;
  }
  MemberSet Suspects(LogicalTime now) const;

  const MemberIndex self_;
  const uint64_t in_time_ticks_;
  const int needed_;
  std::deque<Start> starts_;
  std::array<Member, kMembersMax> members_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_PROMPTNESS_H_
