// Learning what was missed: heartbeats tell peers how far the own column is, probes and fetches
// close gaps. Source: docs/protocol.md, 7. Commits are never resent; who lacks one notices
// and asks.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_CATCH_UP_H_
#define ALTHING_REPLICA_CORE_EPAXOS_CATCH_UP_H_

#include <array>

#include "pb/explain.pb.h"
#include "replica/core/epaxos/coordinator.h"
#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Silent when there is nothing to say: no news that a peer has not echoed, no column with a gap.
class CatchUp {
 public:
  CatchUp(State& state, const Coordinator& coordinator, Recovery& recovery)
      : state_(state), coordinator_(coordinator), recovery_(recovery) {}

  void OnHeartbeat(MemberIndex from, const pb::Heartbeat& message);
  void OnHeartbeatEcho(MemberIndex from, const pb::HeartbeatEcho& message);
  void OnProbe(MemberIndex from, const pb::Probe& message);
  void OnProbeReply(MemberIndex from, const pb::ProbeReply& message);
  void OnFetch(MemberIndex from, const pb::Fetch& message);
  void OnReachable(MemberIndex member, bool reachable);
  void OnTick();
  // At the end of a turn: notices news and gaps, and sets timers for them.
  void Refresh();

  LogicalTime next_tick() const;
  // How what is missing of r's instances is asked for.
  void DescribeGap(MemberIndex r, LogicalTime now, pb::GapView& view) const;

 private:
  // What heartbeats tell: of the own column, and of those whose coordinator cannot be reached. Who
  // missed the last instances of such a one would never hear of them otherwise.
  struct News {
    Slot highest = 0;
    Slot committed = 0;
    Deps seen_of_lost = {};
    Slot floor = 0;
    State::Marks marks = {};
    bool operator==(const News&) const = default;
  };
  struct Peer {
    News echoed;
    LogicalTime send_at = kNever;
  };
  // A column in which something is mentioned and not committed.
  struct Gap {
    LogicalTime act_at = kNever;
    uint64_t interval = 0;
    int attempts = 0;
    Slot committed = 0;        // The prefix when the timer was set.
    Slot asked_up_to = 0;      // The last slot that was asked for.
    Slot known_committed = 0;  // The prefix that the column's coordinator told.
    LogicalTime stuck_since;   // Since then nothing has moved, nor was the coordinator at work.
    int patience = 0;          // How often it was: in the end that is no answer.
    bool spared = false;       // It came back, and was given time anew, since something moved.
    bool blocks = false;       // When it was last looked at, something decided waited for it.
    // This replica's turn to recover the column has come, up to this slot; 0 = not yet. Then, at
    // `extend_at`, up to `extend_up_to`: what had been heard of a whole patience before.
    Slot recover_up_to = 0, extend_up_to = 0;
    LogicalTime extend_at;
  };

  News Own() const;
  // How much of what was told of r's slots is believed, and passed on, before more is known of
  // them.
  Slot Believable(MemberIndex r, Slot told) const;
  void RefreshGap(MemberIndex r);
  void SendHeartbeats();
  void Act(MemberIndex r);
  bool Decided(InstanceId id, const Instance& instance) const;
  // This replica is about to decide the instance, one of its own.
  bool AtWork(InstanceId id) const;
  // REQUIRES: it is decided.
  void SendOutcome(MemberIndex to, InstanceId id, const Instance& instance, bool with_payload);
  // When this member recovers what the column lacks: the first reachable one along the ring first,
  // and beside it each whose execution stands still.
  LogicalTime RecoverAt(MemberIndex r) const;
  // Sets how far the column is recovered: what is heard of later has patience of its own.
  void ExtendRecovery(MemberIndex r);
  // Takes up the recovery of these, which makes one message of one kind to each peer.
  void Recover(const std::vector<InstanceId>& ids, Slot up_to);
  uint64_t RecoverStep() const { return state_.options.recover_ticks / 3 + 1; }
  void Fetch(MemberSet to, const std::vector<InstanceId>& ids);
  // Of those ids, the ones that this member has voted for, or has not.
  void Probe(MemberSet to, const std::vector<InstanceId>& ids, bool voted);

  State& state_;
  const Coordinator& coordinator_;
  Recovery& recovery_;
  std::array<Peer, kMembersMax> peers_;
  std::array<Gap, kMembersMax> gaps_;
};

// The message that tells an outcome. REQUIRES: the instance is committed, or decided by its
// coordinator.
pb::Envelope CommitMessage(InstanceId id, const Instance& instance, int members);

// The answer to questions about instances that are collected here.
pb::Envelope TruncatedMessage(const State& state);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_CATCH_UP_H_
