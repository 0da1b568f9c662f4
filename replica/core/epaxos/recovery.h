// Finding the outcome of instances that their coordinator left undecided. Source: docs/protocol.md,
// 8 (EPaxos*, "Making Democracy Work", with designated fast quorums and masks).
#ifndef ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_H_
#define ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_H_

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "pb/explain.pb.h"
#include "replica/core/epaxos/recovery_voter.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// How many instances a replica recovers at a time. Each has a cell of its own, also those that only
// a lie speaks of.
inline constexpr size_t kRecoveriesMax = 1024;
// So many of these places are kept for each coordinator: what others left may wait for its
// instances.
inline constexpr size_t kRecoveriesKept = 16;
static_assert(kRecoveriesKept * kMembersMax <= kRecoveriesMax);

// By which rules an attempt comes to the value that it proposes (docs/protocol.md, 8.2 to 8.4).
inline constexpr const char* kRecoveryRules[] = {"accepted payload adopted",
                                                 "accepted noop adopted",
                                                 "coordinator denies",
                                                 "nobody matches",
                                                 "not possible",
                                                 "nothing speaks against it",
                                                 "committed invalidator",
                                                 "not possible after validation",
                                                 "wait: invalidated by an outcome",
                                                 "wait: all settled",
                                                 "wait: not possible any more",
                                                 "wait: late accepted value",
                                                 "wait: the coordinator denies late"};

// One attempt at a time per instance, in a ballot of its own: join a quorum, decide from its
// answers what may have been decided, propose that.
//
// Invariants:
//  1. The quorum of an attempt is fixed with the answers that complete it; later ones are used only
//  while waiting.
//  2. Messages of an attempt leave only when its own promise, and then its own vote, is durable.
//  3. `out` only grows: its members are known to be in no fast quorum of the instance.
class Recovery {
 public:
  // Told of each decision: value and deps of the instance are final.
  using OnDecided = std::function<void(InstanceId, Instance&)>;
  // Whether this replica's own ballot 0 of the instance is still under way: it must not be killed.
  using Coordinates = std::function<bool(InstanceId)>;

  Recovery(State& state, RecoveryVoter& voter, Coordinates coordinates, OnDecided on_decided)
      : state_(state),
        voter_(voter),
        coordinates_(std::move(coordinates)),
        on_decided_(std::move(on_decided)) {}

  // The instance should be decided: recovers it after the delay, unless that has happened by then
  // or is under way.
  void Want(InstanceId id, uint64_t delay_ticks);
  // As Want, for one that another recovery waits for: cuts the pause after an attempt that failed.
  void Hasten(InstanceId id, uint64_t delay_ticks);
  // Its coordinator is at work: what has not begun yet will not.
  void Release(InstanceId id);
  // Somebody's message in a ballot that the instance has joined: if it is higher than that of the
  // attempt, that is over; and what has not begun lets it try.
  void OnJoined(InstanceId id);
  void OnCommitted(InstanceId id);

  // INVALID_ARGUMENT if the answer does not fit what is known; then nothing has changed.
  absl::Status OnRecoverOk(MemberIndex from, const pb::RecoverOk& message);
  absl::Status OnValidateOk(MemberIndex from, const pb::ValidateOk& message);
  void OnWaiting(const pb::Waiting& message);
  void OnAcceptOk(MemberIndex from, const pb::AcceptOk& message);
  void OnNack(const pb::Nack& message);
  void OnFlushed();
  void OnTick();

  // How many instances it is to recover, begun or not.
  size_t size() const { return tasks_.size(); }
  // ... of this coordinator, and how many more of it there is a place for.
  size_t size(MemberIndex r) const { return sizes_[r.value]; }
  size_t room(MemberIndex r) const;
  // When OnTick wants to be called; kNever = not at all.
  LogicalTime next_tick() const { return next_tick_; }
  // What an attempt takes at present, as far as is known; bounded.
  uint64_t attempt_ticks() const;
  // False if the instance is not to be recovered here.
  bool Describe(InstanceId id, LogicalTime now, pb::RecoveryView& view) const;

 private:
  enum class Step { kPrepare, kValidate, kWait, kAccept };
  struct Attempt {
    Ballot ballot = 0;
    Step step = Step::kPrepare;
    std::array<std::optional<pb::RecoverOk>, kMembersMax> answers;  // Without payloads.
    MemberSet answered;
    MemberSet quorum;    // Q
    MemberSet matching;  // R: pre-accepted it with its initial deps.
    MemberSet out;       // M
    bool coordinator_restarted = false;
    Deps initial_deps;
    MemberSet fast_quorum;
    MemberSet validated;
    std::map<InstanceId, bool> invalidators;  // -> committed
    MemberSet accepted;
    LogPosition own_position;  // Of the own promise, then of the own vote.
    LogicalTime resend_at;
    uint64_t resend_interval = 0;
    LogicalTime step_began_at;
    LogicalTime give_up_at;
  };
  struct Task {
    LogicalTime start_at;
    Ballot higher_than = 0;  // The highest ballot of others that is known to be joined.
    int tries = 0;
    int others = 0;  // How many ballots of others have been met.
    std::optional<Attempt> attempt;
  };
  using Tasks = std::map<InstanceId, Task>;

  void Forget(Tasks::iterator it);
  // One that needs no recovery any more, or cannot have one, leaves.
  void Begin(Tasks::iterator it);
  void Start(InstanceId id, Task& task);
  // An attempt under way: repeats what was not answered, or gives it up.
  void Continue(InstanceId id, Task& task);
  // Somebody else tries in this ballot. How long to leave it to others then, on average.
  void Meet(Task& task, Ballot ballot);
  uint64_t Patience(const Task& task) const;
  // When to try after all, if nothing comes of it.
  LogicalTime LetOthersTry(const Task& task);
  // Gives the attempt up, for another one after at most this pause; at the end of which the task is
  // gone if others wait for its place.
  void Retry(InstanceId id, Task& task, uint64_t pause_max);
  // The attempt goes on with its next step; or its step ends with it.
  void Enter(Task& task, Step step);
  // The attempt's step is over: it has `ended` by itself, or was cut short.
  void NoteStep(const Attempt& attempt, bool ended);
  // What steps take at present, as far as is known: less and less as time goes by.
  uint64_t StepTicks() const;
  // Gives the attempt time for its step.
  void Allow(Task& task);
  // The lowest of this member's ballots above the given one; above all that are known of the
  // instance.
  Ballot BallotAbove(Ballot ballot) const;
  bool IsOwn(Ballot ballot) const;
  Ballot NextBallot(InstanceId id, const Task& task) const;
  // Whether the instance may have been decided on the fast path.
  bool Possible(const Attempt& attempt) const;
  // The attempt of this ballot, if it is the one under way.
  Task* Current(InstanceId id, Ballot ballot);
  void DescribeAttempt(const Attempt& attempt, LogicalTime now, pb::RecoveryView& view) const;

  void EvaluateAnswers(InstanceId id, Task& task);
  void EvaluateMatching(InstanceId id, Task& task);
  // Adopts what was accepted in the highest ballot; false if none of the members accepted anything.
  bool AdoptAccepted(InstanceId id, Task& task, MemberSet members);
  // The coordinator's answer says that nothing was decided in its own ballot.
  bool CoordinatorDenies(InstanceId id, const Attempt& attempt) const;
  void StartValidation(InstanceId id, Task& task, const pb::RecoverOk& match);
  void NoteInvalidators(const pb::ValidateOk& answer, Attempt& attempt);
  void EvaluateValidation(InstanceId id, Task& task);
  void EnterWait(InstanceId id, Task& task);
  void EvaluateWait(InstanceId id, Task& task);
  void TakeLateAnswer(InstanceId id, MemberIndex from, Attempt& attempt);
  // Has the waits heard that these members are in no fast quorum of anything that waits for `id`.
  // Who begins to wait later has missed it, and hears it again: a Waiting is repeated for as long
  // as its attempt waits, so there is nothing to remember of instances that nobody here waits for.
  void Exclude(InstanceId id, MemberSet voters);

  void ProposeNoop(InstanceId id, Task& task);
  void Propose(InstanceId id, Task& task, Value value, const Deps& deps);
  // Which rule leads to proposing this value in the attempt's step.
  const char* RuleOf(InstanceId id, const Attempt& attempt, Value value) const;
  const char* RuleOfWait(InstanceId id, const Attempt& attempt, Value value) const;
  static bool AnyAccepted(const Attempt& attempt, MemberSet members);
  void EvaluateAccepts(InstanceId id, Task& task);
  void SendStep(InstanceId id, Attempt& attempt);
  pb::Envelope StepMessage(InstanceId id, const Attempt& attempt) const;
  MemberSet Silent(const Attempt& attempt) const;
  // Who is in no fast quorum of what does not depend on the instance.
  static MemberSet Voters(InstanceId id, const Attempt& attempt);
  absl::Status LearnPayload(InstanceId id, const std::string& bytes);
  void Arm(LogicalTime at);

  State& state_;
  RecoveryVoter& voter_;
  const Coordinates coordinates_;
  const OnDecided on_decided_;
  Tasks tasks_;
  std::array<size_t, kMembersMax> sizes_{};  // Of the tasks, by coordinator.
  std::set<InstanceId> waiting_;             // Of the tasks, those whose attempt waits.
  uint64_t step_ticks_ = 0;    // What steps of attempts took here, the longest of late...
  LogicalTime step_noted_at_;  // ... at this time.
  LogicalTime next_tick_ = kNever;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_H_
