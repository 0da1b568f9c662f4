// The instances that this replica coordinates at ballot 0 and has not decided: fast path and slow
// path. Source: docs/protocol.md, 2 and 4.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_COORDINATOR_H_
#define ALTHING_REPLICA_CORE_EPAXOS_COORDINATOR_H_

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "pb/explain.pb.h"
#include "replica/core/epaxos/promptness.h"
#include "replica/core/epaxos/state.h"
#include "replica/core/planted.h"

namespace althing {

// Invariants:
//  1. Answers are kept in sets by member; only a member's first answer counts.
//  2. The own vote counts only once its record is durable.
//  3. Fast: all of F(id), or n - e2 with a durable DECIDED record (which F needs, too, if
//  flushes_in_sequence), this replica among them, hold
//  exactly the
//     initial deps. Agreement among the others is not enough.
class Coordinator {
 public:
  // Told of each decision: the instance's deps and value are final. The kind is one of the decision
  // events.
  using OnDecided = std::function<void(InstanceId, Instance&, Event::Kind)>;

  Coordinator(State& state, OnDecided on_decided)
      : state_(state),
        on_decided_(std::move(on_decided)),
        promptness_(state.self(), state.options.fast_path_ticks,
                    state.options.quorums.slow_size()) {}

  // Earlier runs may have used the own slots up to there. REQUIRES: nothing has been started.
  void SkipTo(Slot slot) { last_slot_ = slot; }
  // Whether an instance may be started now: not while a window of own records waits for the disk,
  // since so many slots at most may be lost in a crash.
  bool MayStart() const {
    return not_durable_.size() < state_.options.window_instances_max ||
           Planted(Bug::kUnflushedUnbounded);
  }
  // Starts an instance and returns its id. REQUIRES: MayStart(); `batch` is an encoded batch of
  // valid requests.
  InstanceId Start(std::string batch);
#ifdef ALTHING_PLANTED_BUGS
  // Goes on with the own instances of earlier runs.
  void ResumeRounds();
#endif
  // The record of the run's first own instance, in a run that may be followed by another; no own
  // slot is told to anyone before it is durable. So a run that recorded none has used none.
  LogPosition opening() const { return opening_; }

  // INVALID_ARGUMENT, and nothing changes, if no honest member would have said so.
  absl::Status OnPreAcceptOk(MemberIndex from, const pb::PreAcceptOk& message);
  absl::Status OnAcceptOk(MemberIndex from, const pb::AcceptOk& message);
  void OnFlushed();
  void OnReachable(MemberIndex member, bool reachable);
  void OnTick();

  // Another ballot or a Commit has overtaken the own round: it is over, without a decision of its
  // own.
  void GiveUp(InstanceId id) {
    if (id.coordinator == state_.self()) rounds_.erase(id.slot);
  }

  // Whether ballot 0 of the instance is still being worked on here.
  bool Coordinates(InstanceId id) const;
  // The position of the DECIDED record; 0 if there is none. From its append on the instance counts
  // as committed with its initial deps, in all that leaves after this position.
  LogPosition decided(InstanceId id) const;
  // When OnTick wants to be called; kNever = not at all.
  LogicalTime next_tick() const { return next_tick_; }
  // Whose PreAcceptOk has come: they hold the payload.
  MemberSet answered(InstanceId id) const;
  // REQUIRES: Coordinates(id).
  void DescribeRound(InstanceId id, LogicalTime now, pb::RoundView& view) const;

 private:
  struct Round {
    bool accepting = false;  // On the slow path.
    MemberSet asked;         // This replica included, as in all sets here.
    MemberSet answered;
    MemberSet matching;  // Of those, equal to the initial deps.
    MemberSet accepted;
    Deps joined;  // Of all answers.
    LogPosition own_vote;
    LogPosition decided;
    LogicalTime fast_deadline;
    LogicalTime resend_at;
    uint64_t resend_interval = 0;
    // Only told, never acted on.
    LogicalTime started;
    LogicalTime accepting_since;
    LogicalTime asked_at;
    uint32_t times_asked = 0;  // Of the present kind.
  };
  using Rounds = std::map<Slot, Round>;

  // Asks for the others' votes. REQUIRES: the instance holds the own one.
  void BeginRound(InstanceId id, const Instance& instance);
  // Whose votes may be expected in time.
  MemberSet Expected() const { return state_.reachable - promptness_.Late(state_.now); }
  MemberSet Targets(Slot slot, const Instance& instance) const;
  bool FastPossible(const Instance& instance, const Round& round) const;
  bool SlowIsDue(const Instance& instance, const Round& round) const;
  // Looks at what the round has and takes the next step, once. May erase the round.
  void Evaluate(Rounds::iterator it);
  void EvaluatePreAccepts(Rounds::iterator it, Instance& instance);
  void Decide(Rounds::iterator it, Instance& instance, Event::Kind kind);
  void GoSlow(InstanceId id, Instance& instance, Round& round);
  // What must be durable before it leaves. REQUIRES: the own vote is the PreAccept's.
  LogPosition PreAcceptAfter(const Instance& instance) const;
  void SendPreAccept(InstanceId id, const Instance& instance, MemberSet to);
  void SendAccept(InstanceId id, const Instance& instance, const Round& round, MemberSet to);
  void Resend(InstanceId id, const Instance& instance, Round& round);
  void Arm(LogicalTime at);
  InstanceId Own(Slot slot) const { return {slot, state_.self()}; }

  State& state_;
  const OnDecided on_decided_;
  Slot last_slot_ = 0;
  LogPosition opening_;
  std::deque<LogPosition> not_durable_;  // The records of own instances that are not durable.
  Rounds rounds_;
  Promptness promptness_;
  LogicalTime next_tick_ = kNever;  // Never later than the first timer; may be earlier.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_COORDINATOR_H_
