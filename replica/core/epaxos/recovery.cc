#include "replica/core/epaxos/recovery.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/epaxos/value_check.h"
#include "replica/core/planted.h"

namespace althing {

// ---- Answers to Recover

absl::Status Recovery::OnRecoverOk(MemberIndex from, const pb::RecoverOk& message) {
  const InstanceId id = FromProto(message.id());
  Task* task = Current(id, message.ballot());
  if (task == nullptr || task->attempt->answered.Has(from)) return absl::OkStatus();
  Attempt& attempt = *task->attempt;
  absl::Status status = CheckRecoverOk(state_, message);
  for (const MemberIndex m : attempt.answered) {
    status.Update(CheckTwoAnswers(*attempt.answers[m.value], message));
  }
  if (status.ok() && !message.payload().empty()) status = LearnPayload(id, message.payload());
  if (!status.ok()) return status;
  attempt.answered.Add(from);
  attempt.answers[from.value] = message;
  attempt.answers[from.value]
      ->clear_payload();  // It was learned; a thousand attempts keep answers.
  if (attempt.step == Step::kPrepare) {
    EvaluateAnswers(id, *task);
  } else if (attempt.step == Step::kWait) {
    EvaluateWait(id, *task);
  }
  return absl::OkStatus();
}

absl::Status Recovery::LearnPayload(InstanceId id, const std::string& bytes) {
  Instance& instance = state_.space.GetOrCreate(id);
  if (instance.payload != nullptr) return absl::OkStatus();
  absl::StatusOr<Payload> payload = ParsePayload(bytes, id, state_.options.hash_seed);
  if (!payload.ok()) return payload.status();
  state_.SetPayload(id, instance, *std::move(payload));
  return absl::OkStatus();
}

void Recovery::EvaluateAnswers(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  if (attempt.answered.Size() < state_.options.quorums.slow_size()) return;
  if (!state_.Durable(attempt.own_position)) return;
  attempt.quorum = attempt.answered;
  if (AdoptAccepted(id, task, attempt.quorum)) return;
  if (attempt.quorum.Has(id.coordinator) && !Planted(Bug::kCoordinatorIgnored)) {
    if (CoordinatorDenies(id, attempt)) return ProposeNoop(id, task);
    attempt.coordinator_restarted = true;
  }
  EvaluateMatching(id, task);
}

bool Recovery::AdoptAccepted(InstanceId id, Task& task, MemberSet members) {
  const pb::RecoverOk* highest = nullptr;
  for (const MemberIndex m : members) {
    const pb::RecoverOk& answer = *task.attempt->answers[m.value];
    if (answer.phase() != pb::RecoverOk::PHASE_ACCEPTED) continue;
    const bool higher = highest == nullptr || answer.accepted_ballot() > highest->accepted_ballot();
    const bool lower = highest == nullptr || !higher;
    if (Planted(Bug::kLowestBallotAdopted) ? lower : higher) highest = &answer;
  }
  if (highest == nullptr) return false;
  const Deps deps = DepsFromProto(highest->deps());
  Propose(id, task, highest->noop() ? Value::kNoop : Value::kPayload, deps);
  return true;
}

bool Recovery::CoordinatorDenies(InstanceId id, const Attempt& attempt) const {
  const pb::RecoverOk& answer = *attempt.answers[id.coordinator.value];
  return (answer.intact() && !Planted(Bug::kIntactIgnored)) ||
         answer.phase() == pb::RecoverOk::PHASE_NONE;
}

bool Recovery::Possible(const Attempt& attempt) const {
  const bool designated = (attempt.fast_quorum & attempt.out).Empty();
  const int others_max = state_.options.quorums.e2() - (Planted(Bug::kPossibleTooStrict) ? 1 : 0);
  const bool two_flush = !attempt.coordinator_restarted && attempt.out.Size() <= others_max;
  return (designated && !Planted(Bug::kDesignatedIgnored)) ||
         (two_flush && !Planted(Bug::kTwoFlushIgnored));
}

void Recovery::EvaluateMatching(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  if (const Instance& own = *state_.space.Find(id);
      Planted(Bug::kOwnVoteAdopted) && own.phase == Phase::kPreAccepted) {
    return Propose(id, task, Value::kPayload, own.deps);
  }
  const pb::RecoverOk* match = nullptr;
  for (const MemberIndex m : attempt.quorum) {
    const pb::RecoverOk& answer = *attempt.answers[m.value];
    const bool matches = answer.phase() == pb::RecoverOk::PHASE_PRE_ACCEPTED &&
                         DepsFromProto(answer.deps()) == DepsFromProto(answer.initial_deps());
    if (!matches) continue;
    attempt.matching.Add(m);
    match = &answer;
  }
  attempt.out = attempt.quorum - attempt.matching;
  if (match == nullptr) return ProposeNoop(id, task);
  attempt.fast_quorum = MemberSet(match->fast_quorum());
  if (!Possible(attempt)) return ProposeNoop(id, task);
  if (Planted(Bug::kNoValidate)) {
    return Propose(id, task, Value::kPayload, DepsFromProto(match->initial_deps()));
  }
  StartValidation(id, task, *match);
}

// ---- Validation

void Recovery::StartValidation(InstanceId id, Task& task, const pb::RecoverOk& match) {
  Attempt& attempt = *task.attempt;
  Enter(task, Step::kValidate);
  attempt.initial_deps = DepsFromProto(match.initial_deps());
  const absl::StatusOr<pb::ValidateOk> own = voter_.Register(StepMessage(id, attempt).validate());
  CHECK(own.ok());  // The payload was learned from the answer.
  attempt.validated = MemberSet::Of(state_.self());
  NoteInvalidators(*own, attempt);
  attempt.own_position = state_.space.Find(id)->vote_position;
  SendStep(id, attempt);
  EvaluateValidation(id, task);
}

absl::Status Recovery::OnValidateOk(MemberIndex from, const pb::ValidateOk& message) {
  const InstanceId id = FromProto(message.id());
  Task* task = Current(id, message.ballot());
  if (task == nullptr) return absl::OkStatus();
  Attempt& attempt = *task->attempt;
  if (attempt.step != Step::kValidate || !attempt.quorum.Has(from)) return absl::OkStatus();
  const absl::Status fits = CheckInvalidators(state_, attempt.initial_deps, message);
  if (!fits.ok()) return fits;
  attempt.validated.Add(from);
  NoteInvalidators(message, attempt);
  EvaluateValidation(id, *task);
  return absl::OkStatus();
}

void Recovery::NoteInvalidators(const pb::ValidateOk& answer, Attempt& attempt) {
  for (const auto& invalidator : answer.invalidators()) {
    // The sender did not know yet that all have executed it.
    if (state_.Collected(FromProto(invalidator.id()))) continue;
    bool& committed = attempt.invalidators[FromProto(invalidator.id())];
    committed = committed || invalidator.committed();
  }
}

void Recovery::EvaluateValidation(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  if (!attempt.validated.Contains(attempt.quorum)) return;
  if (attempt.invalidators.empty()) {
    return Propose(id, task, Value::kPayload, attempt.initial_deps);
  }
  for (const auto& [other, committed] : attempt.invalidators) {
    if (committed) return ProposeNoop(id, task);
    // Had it voted for this one without the other, the other would depend on it.
    if (!Planted(Bug::kPendingCoordinatorStaysIn)) attempt.out.Add(other.coordinator);
  }
  if (!Possible(attempt)) return ProposeNoop(id, task);
  EnterWait(id, task);
}

void Recovery::EnterWait(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  Enter(task, Step::kWait);
  waiting_.insert(id);
  state_.Emit(Event::Kind::kRecoveryWaits, id, 1);
  std::vector<InstanceId> wanted;
  for (const auto& [other, committed] : attempt.invalidators) wanted.push_back(other);
  SendStep(id, attempt);
  for (const InstanceId other : wanted) {
    Hasten(other, state_.random.Below(state_.options.recover_ticks + 1));
  }
  EvaluateWait(id, task);
}

void Recovery::TakeLateAnswer(InstanceId id, MemberIndex from, Attempt& attempt) {
  const pb::RecoverOk& answer = *attempt.answers[from.value];
  if (from == id.coordinator) attempt.coordinator_restarted = true;
  const bool matches = answer.phase() == pb::RecoverOk::PHASE_PRE_ACCEPTED &&
                       DepsFromProto(answer.deps()) == attempt.initial_deps;
  (matches ? attempt.matching : attempt.out).Add(from);
}

void Recovery::EvaluateWait(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  const MemberSet late =
      Planted(Bug::kLateAnswersIgnored) ? MemberSet() : attempt.answered - attempt.quorum;
  if (AdoptAccepted(id, task, late)) return;
  if (late.Has(id.coordinator) &&
      (CoordinatorDenies(id, attempt) || Planted(Bug::kLateCoordinatorDenies))) {
    return ProposeNoop(id, task);
  }
  for (const MemberIndex m : late) TakeLateAnswer(id, m, attempt);

  bool all_settled = true;
  for (const auto& [other, committed] : attempt.invalidators) {
    if (state_.Collected(other)) continue;  // When it was decided it did not end the wait.
    const Instance* instance = state_.space.Find(other);
    if (instance == nullptr || !instance->committed()) {
      all_settled = false;
    } else if (instance->value == Value::kPayload && !instance->deps.Covers(id) &&
               !Planted(Bug::kWaitIgnoresOutcome)) {
      return ProposeNoop(id, task);
    }
  }
  if (all_settled) return Propose(id, task, Value::kPayload, attempt.initial_deps);
  if (!Possible(attempt)) ProposeNoop(id, task);
}

void Recovery::OnWaiting(const pb::Waiting& message) {
  Exclude(FromProto(message.id()), MemberSet(message.voters()));
}

void Recovery::Exclude(InstanceId id, MemberSet voters) {
  if (Planted(Bug::kWaitingIgnored)) return;
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const InstanceId waiting = *it++;  // One that comes to its end leaves the set.
    Task& task = tasks_.at(waiting);
    if (!task.attempt->invalidators.contains(id)) continue;
    task.attempt->out = task.attempt->out | voters;
    EvaluateWait(waiting, task);
  }
}

// ---- Proposing

void Recovery::ProposeNoop(InstanceId id, Task& task) { Propose(id, task, Value::kNoop, Deps{}); }

void Recovery::Propose(InstanceId id, Task& task, Value value, const Deps& deps) {
  Attempt& attempt = *task.attempt;
  Instance& instance = state_.space.GetOrCreate(id);
  CHECK(instance.ballot == attempt.ballot && !instance.committed());
  CHECK(value == Value::kNoop || instance.payload != nullptr);
  state_.Emit(Event::Kind::kRecoveryRule, id, 1, RuleOf(id, attempt, value));
  Enter(task, Step::kAccept);
  waiting_.erase(id);
  instance.phase = Phase::kAccepted;
  instance.accepted_ballot = attempt.ballot;
  instance.value = value;
  instance.deps = deps;
  state_.Saw(deps);

  pb::Record record;
  auto& accepted = *record.mutable_accepted();
  ToProto(id, accepted.mutable_id());
  accepted.set_ballot(attempt.ballot);
  accepted.set_noop(value == Value::kNoop);
  if (value == Value::kPayload && !instance.payload_logged) {
    accepted.set_payload(instance.payload->bytes);
    instance.payload_logged = true;
  }
  DepsToProto(deps, state_.n(), accepted.mutable_deps());
  attempt.own_position = instance.vote_position = state_.Append(std::move(record));
  attempt.accepted = MemberSet::Of(state_.self());
  SendStep(id, attempt);
}

void Recovery::OnAcceptOk(MemberIndex from, const pb::AcceptOk& message) {
  const InstanceId id = FromProto(message.id());
  Task* task = Current(id, message.ballot());
  if (task == nullptr || task->attempt->step != Step::kAccept) return;
  task->attempt->accepted.Add(from);
  EvaluateAccepts(id, *task);
}

void Recovery::EvaluateAccepts(InstanceId id, Task& task) {
  const Attempt& attempt = *task.attempt;
  const int needed =
      state_.options.quorums.slow_size() - (Planted(Bug::kAcceptQuorumSmaller) ? 1 : 0);
  if (attempt.accepted.Size() < needed) return;
  if (!state_.Durable(attempt.own_position) && !Planted(Bug::kOwnAcceptUnflushed)) return;
  Instance& instance = *state_.space.Find(id);
  state_.Emit(
      instance.value == Value::kNoop ? Event::Kind::kRecoveredNoop : Event::Kind::kRecoveredPayload,
      id, 1);
  on_decided_(id, instance);  // Ends the task.
}

void Recovery::OnNack(const pb::Nack& message) {
  const InstanceId id = FromProto(message.id());
  const auto it = tasks_.find(id);
  // Above the highest ballots there is none left to take: no honest member comes near them.
  if (it == tasks_.end() || BallotAbove(message.ballot()) > kBallotMax) return;
  Task& task = it->second;
  const bool overruled = task.attempt && message.ballot() > task.attempt->ballot;
  Meet(task, message.ballot());
  if (overruled) Retry(id, task, 2 * Patience(task));
}

MemberSet Recovery::Voters(InstanceId id, const Attempt& attempt) {
  return attempt.matching | MemberSet::Of(id.coordinator);
}

MemberSet Recovery::Silent(const Attempt& attempt) const {
  switch (attempt.step) {
    case Step::kPrepare:
      return state_.others() - attempt.answered;
    case Step::kValidate:
      return attempt.quorum - attempt.validated;
    case Step::kWait:
      return state_.others();
    case Step::kAccept:
      return state_.others() - attempt.accepted;
  }
  CHECK(false);
}

void Recovery::SendStep(InstanceId id, Attempt& attempt) {
  const MemberSet to = Silent(attempt);
  state_.Send(to, StepMessage(id, attempt), attempt.own_position);
  if (attempt.step != Step::kWait) return;
  // The own attempts that wait for this one hear it too; and a late answer may still come.
  Exclude(id, Voters(id, attempt));
  const MemberSet unanswered = state_.others() - attempt.answered;
  pb::Envelope envelope;
  ToProto(id, envelope.mutable_recover()->mutable_id());
  envelope.mutable_recover()->set_ballot(attempt.ballot);
  state_.Send(unanswered, std::move(envelope), attempt.own_position);
}

pb::Envelope Recovery::StepMessage(InstanceId id, const Attempt& attempt) const {
  pb::Envelope envelope;
  switch (attempt.step) {
    case Step::kPrepare:
      ToProto(id, envelope.mutable_recover()->mutable_id());
      envelope.mutable_recover()->set_ballot(attempt.ballot);
      break;
    case Step::kValidate: {
      auto& message = *envelope.mutable_validate();
      ToProto(id, message.mutable_id());
      message.set_ballot(attempt.ballot);
      message.set_payload(state_.space.Find(id)->payload->bytes);
      DepsToProto(attempt.initial_deps, state_.n(), message.mutable_initial_deps());
      message.set_fast_quorum(attempt.fast_quorum.bits());
      break;
    }
    case Step::kWait:
      ToProto(id, envelope.mutable_waiting()->mutable_id());
      envelope.mutable_waiting()->set_voters(Voters(id, attempt).bits());
      break;
    case Step::kAccept: {
      const Instance& instance = *state_.space.Find(id);
      auto& message = *envelope.mutable_accept();
      ToProto(id, message.mutable_id());
      message.set_ballot(attempt.ballot);
      DepsToProto(instance.deps, state_.n(), message.mutable_deps());
      if (instance.value == Value::kNoop) {
        message.set_noop(true);
      } else {
        message.set_payload(instance.payload->bytes);
      }
      break;
    }
  }
  return envelope;
}

}  // namespace althing
