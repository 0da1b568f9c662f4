#include "replica/core/epaxos/coordinator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// Whether a planted bug takes the matching votes for a fast quorum.
bool PlantedFast(int n, MemberSet fast_quorum, MemberSet matching) {
  if (Planted(Bug::kMajorityIsFast)) return matching.Size() > n / 2;
  return Planted(Bug::kFastQuorumSmaller) &&
         (fast_quorum & matching).Size() >= fast_quorum.Size() - 1;
}

}  // namespace

InstanceId Coordinator::Start(std::string batch) {
  const InstanceId id = Own(++last_slot_);
  absl::StatusOr<Payload> payload = ParsePayload(std::move(batch), id, state_.options.hash_seed);
  CHECK(payload.ok());  // Each request was checked when it was proposed.

  Instance& instance = state_.space.GetOrCreate(id);
  CHECK(instance.phase == Phase::kNone && instance.ballot == 0);
  Deps deps;
  state_.index.RaiseDeps(payload->keys, deps);
  // Votes of members that have restarted depend on their floors: with them here these votes match.
  deps.Join(Planted(Bug::kFloorNotInInitialDeps) ? Deps{} : state_.floors);
  // So do those of members that have forgotten instances. None has forgotten more than this yet.
  deps.Join(state_.everywhere);
  state_.SetPayload(id, instance, *std::move(payload));
  instance.phase = Phase::kPreAccepted;
  instance.value = Value::kPayload;
  instance.deps = instance.initial_deps = deps;
  instance.initial_known = instance.payload_logged = true;
  instance.fast_quorum = state_.options.quorums.FastQuorum(state_.self());

  pb::Record record;
  auto& pre_accepted = *record.mutable_pre_accepted();
  ToProto(id, pre_accepted.mutable_id());
  pre_accepted.set_payload(instance.payload->bytes);
  DepsToProto(deps, state_.n(), pre_accepted.mutable_initial_deps());
  DepsToProto(deps, state_.n(), pre_accepted.mutable_deps());
  pre_accepted.set_fast_quorum(instance.fast_quorum.bits());
  instance.vote_position = state_.Append(std::move(record));
  not_durable_.push_back(instance.vote_position);
  if (opening_.value == 0 && state_.restartable && !Planted(Bug::kFirstPreAcceptNotHeld)) {
    opening_ = instance.vote_position;
  }
  state_.Emit(Event::Kind::kBatch, id, instance.payload->commands);
  BeginRound(id, instance);
  return id;
}

void Coordinator::BeginRound(InstanceId id, const Instance& instance) {
  Round round;
  round.asked = Targets(id.slot, instance);
  promptness_.OnStarted(id.slot, round.asked, state_.now);
  round.answered = round.matching = MemberSet::Of(state_.self());
  round.joined = instance.deps;
  round.own_vote = instance.vote_position;
  round.fast_deadline = LogicalTime{state_.now.value + state_.options.fast_path_ticks};
  round.resend_interval = state_.options.resend_ticks;
  round.resend_at = LogicalTime{state_.now.value + round.resend_interval};
  Arm(std::min(round.fast_deadline, round.resend_at));
  round.started = round.asked_at = state_.now;
  round.times_asked = 1;
  SendPreAccept(id, instance, round.asked - round.answered);
  rounds_.emplace(id.slot, round);
}

#ifdef ALTHING_PLANTED_BUGS
void Coordinator::ResumeRounds() {
  for (Slot slot = 1; slot <= last_slot_; ++slot) {
    const Instance* instance = state_.space.Find(Own(slot));
    const bool undecided = instance != nullptr && instance->phase == Phase::kPreAccepted;
    if (undecided && instance->ballot == 0) BeginRound(Own(slot), *instance);
  }
}
#endif

MemberSet Coordinator::Targets(Slot slot, const Instance& instance) const {
  const Quorums& quorums = state_.options.quorums;
  if (!state_.options.thrifty || promptness_.IsTrial(slot, state_.now)) return quorums.all();
  // A thrifty quorum with a member that is known to be away, or late, would only cost a time-out.
  const MemberSet thrifty = quorums.ThriftyTargets(state_.self());
  CHECK(thrifty.Contains(instance.fast_quorum));
  return Expected().Contains(thrifty) ? thrifty : quorums.all();
}

bool Coordinator::Coordinates(InstanceId id) const {
  return id.coordinator == state_.self() && rounds_.contains(id.slot);
}

LogPosition Coordinator::decided(InstanceId id) const {
  if (id.coordinator != state_.self()) return {};
  const auto it = rounds_.find(id.slot);
  return it == rounds_.end() ? LogPosition{} : it->second.decided;
}

MemberSet Coordinator::answered(InstanceId id) const {
  const auto it = rounds_.find(id.slot);
  return it == rounds_.end() ? MemberSet() : it->second.answered;
}

void Coordinator::DescribeRound(InstanceId id, LogicalTime now, pb::RoundView& view) const {
  const Round& round = rounds_.at(id.slot);
  const auto ago = [now](LogicalTime then) { return now.value - std::min(then, now).value; };
  view.set_accepting(round.accepting);
  view.set_asked(round.asked.bits());
  view.set_answered(round.answered.bits());
  view.set_matching(round.matching.bits());
  if (round.accepting) {
    view.set_accepted((round.accepted | MemberSet::Of(state_.self())).bits());
    view.set_accepting_ticks_ago(ago(round.accepting_since));
  }
  view.set_needed(static_cast<uint32_t>(state_.options.quorums.slow_size()));
  view.set_own_vote_durable(state_.Durable(round.own_vote));
  view.set_started_ticks_ago(ago(round.started));
  view.set_asked_ticks_ago(ago(round.asked_at));
  view.set_times_asked(round.times_asked);
  view.set_resend_in_ticks(round.resend_at.value - std::min(round.resend_at, now).value);
}

absl::Status Coordinator::OnPreAcceptOk(MemberIndex from, const pb::PreAcceptOk& message) {
  const InstanceId id = FromProto(message.id());
  promptness_.OnVote(from, id.slot, state_.now);  // Also when others have decided it before.
  const auto it = rounds_.find(id.slot);
  if (it == rounds_.end()) return absl::OkStatus();
  Round& round = it->second;
  if (!round.asked.Has(from)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a vote on ", ToString(id), " that was not asked for"));
  }
  const Deps deps = DepsFromProto(message.deps());
  const Deps& initial_deps = state_.space.Find(id)->initial_deps;
  if (!deps.Contains(initial_deps) || deps[id.coordinator] != initial_deps[id.coordinator]) {
    return absl::InvalidArgumentError(
        absl::StrCat("a vote on ", ToString(id), " that does not hold its initial deps"));
  }
  if (round.accepting || round.answered.Has(from)) return absl::OkStatus();
  round.answered.Add(from);
  round.joined.Join(deps);
  state_.Saw(deps);
  if (deps == initial_deps || (Planted(Bug::kEqualVotesSuffice) && deps == round.joined)) {
    round.matching.Add(from);
  }
  Evaluate(it);
  return absl::OkStatus();
}

absl::Status Coordinator::OnAcceptOk(MemberIndex from, const pb::AcceptOk& message) {
  const auto it = rounds_.find(message.id().slot());
  if (it == rounds_.end() || message.ballot() != 0) return absl::OkStatus();
  if (!it->second.accepting || !it->second.asked.Has(from)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an AcceptOk of ", ToString(FromProto(message.id())), " that was not asked for"));
  }
  MemberSet& accepted = it->second.accepted;
  const MemberSet missing = (it->second.asked - accepted) & state_.others();
  const bool counted = Planted(Bug::kAnswersCounted) && accepted.Has(from) && !missing.Empty();
  accepted.Add(counted ? *missing.begin() : from);
  Evaluate(it);
  return absl::OkStatus();
}

void Coordinator::OnFlushed() {
  while (!not_durable_.empty() && state_.Durable(not_durable_.front())) not_durable_.pop_front();
  for (auto it = rounds_.begin(); it != rounds_.end();) Evaluate(it++);
}

void Coordinator::OnReachable(MemberIndex member, bool reachable) {
  for (auto it = rounds_.begin(); it != rounds_.end();) {
    const auto current = it++;
    if (reachable) {
      // What was under way to it is lost: say it again at once.
      current->second.resend_at = state_.now;
      Arm(state_.now);
    } else if (current->second.asked.Has(member)) {
      Evaluate(current);
    }
  }
}

bool Coordinator::FastPossible(const Instance& instance, const Round& round) const {
  const MemberSet silent = round.asked - round.answered;
  const MemberSet may_match = round.matching | (silent & Expected());
  return may_match.Contains(instance.fast_quorum) ||
         may_match.Size() >= state_.options.quorums.two_flush_fast_size();
}

bool Coordinator::SlowIsDue(const Instance& instance, const Round& round) const {
  return round.answered.Size() >= state_.options.quorums.slow_size() &&
         (state_.now >= round.fast_deadline || !FastPossible(instance, round));
}

void Coordinator::Evaluate(Rounds::iterator it) {
  Round& round = it->second;
  Instance& instance = *state_.space.Find(Own(it->first));
  CHECK((instance.ballot == 0 || Planted(Bug::kBallotZeroGoesOn)) && !instance.committed());
  const Bug early = round.accepting ? Bug::kOwnAcceptUnflushed : Bug::kOwnVoteUnflushed;
  if (!state_.Durable(round.own_vote) && !Planted(early)) {
    if (Planted(Bug::kSlowVoteUnflushed) && !round.accepting && SlowIsDue(instance, round)) {
      GoSlow(Own(it->first), instance, round);
    }
    return;
  }
  if (!round.accepting) {
    EvaluatePreAccepts(it, instance);
  } else if ((round.accepted | MemberSet::Of(state_.self())).Size() >=
             state_.options.quorums.slow_size() - (Planted(Bug::kAcceptQuorumSmaller) ? 1 : 0)) {
    Decide(it, instance, Event::Kind::kSlowDecision);
  }
}

void Coordinator::EvaluatePreAccepts(Rounds::iterator it, Instance& instance) {
  const InstanceId id = Own(it->first);
  Round& round = it->second;
  const Quorums& quorums = state_.options.quorums;
  const int two_flush_size =
      quorums.two_flush_fast_size() - (Planted(Bug::kTwoFlushSmaller) ? 1 : 0);
  const bool fast = round.matching.Contains(instance.fast_quorum) ||
                    PlantedFast(state_.n(), instance.fast_quorum, round.matching);
  const bool recorded = round.decided.value != 0 && state_.Durable(round.decided);
  if (fast && (!state_.options.flushes_in_sequence || recorded)) {
    if (Planted(Bug::kEqualVotesSuffice)) instance.deps = round.joined;
    Decide(it, instance, Event::Kind::kFastDecision);
  } else if (round.decided.value != 0) {
    if (recorded) Decide(it, instance, Event::Kind::kTwoFlushDecision);
  } else if (fast || round.matching.Size() >= two_flush_size) {
    pb::Record record;
    ToProto(id, record.mutable_decided()->mutable_id());
    round.decided = state_.Append(std::move(record));
    if (Planted(Bug::kDecidedUnflushed)) Decide(it, instance, Event::Kind::kTwoFlushDecision);
  } else if (SlowIsDue(instance, round)) {
    GoSlow(id, instance, round);
  }
}

void Coordinator::Decide(Rounds::iterator it, Instance& instance, Event::Kind kind) {
  const InstanceId id = Own(it->first);
  if (kind != Event::Kind::kSlowDecision) {
    CHECK(instance.deps == instance.initial_deps || Planted(Bug::kEqualVotesSuffice));
  }
  // The round stays until the decision has been acted on: the Commit asks it who holds the payload.
  on_decided_(id, instance, kind);
  rounds_.erase(id.slot);
}

void Coordinator::GoSlow(InstanceId id, Instance& instance, Round& round) {
  instance.phase = Phase::kAccepted;
  instance.deps = round.joined;
  pb::Record record;
  auto& accepted = *record.mutable_accepted();
  ToProto(id, accepted.mutable_id());
  DepsToProto(instance.deps, state_.n(), accepted.mutable_deps());
  instance.vote_position = state_.Append(std::move(record));

  round.accepting = true;
  round.accepting_since = round.asked_at = state_.now;
  round.times_asked = 1;
  round.own_vote = instance.vote_position;
  round.resend_interval = state_.options.resend_ticks;
  round.resend_at = LogicalTime{state_.now.value + round.resend_interval};
  Arm(round.resend_at);
  SendAccept(id, instance, round, round.asked - MemberSet::Of(state_.self()));
}

void Coordinator::OnTick() {
  if (next_tick_ > state_.now) return;
  next_tick_ = kNever;
  for (auto it = rounds_.begin(); it != rounds_.end();) {
    const auto current = it++;
    const Slot slot = current->first;
    if (current->second.fast_deadline <= state_.now) Evaluate(current);
    const auto still = rounds_.find(slot);
    if (still == rounds_.end()) continue;
    Round& round = still->second;
    if (round.resend_at <= state_.now) {
      Resend(Own(slot), *state_.space.Find(Own(slot)), round);
    }
    if (!round.accepting && round.fast_deadline > state_.now) Arm(round.fast_deadline);
    Arm(round.resend_at);
  }
}

void Coordinator::Resend(InstanceId id, const Instance& instance, Round& round) {
  round.resend_interval = state_.NextInterval(round.resend_interval);
  round.resend_at = LogicalTime{state_.now.value + round.resend_interval};
  round.asked = state_.options.quorums.all();
  const MemberSet silent = (round.asked - (round.accepting ? round.accepted : round.answered)) &
                           state_.reachable & state_.others();
  if (silent.Empty()) return;
  // What still waits for the disk has not been said: nobody is silent.
  if (!round.accepting && !state_.Durable(PreAcceptAfter(instance))) return;
  round.asked_at = state_.now;
  ++round.times_asked;
  state_.Emit(Event::Kind::kResent, id, static_cast<uint64_t>(silent.Size()));
  if (round.accepting) {
    SendAccept(id, instance, round, silent);
  } else {
    SendPreAccept(id, instance, silent);
  }
}

void Coordinator::SendPreAccept(InstanceId id, const Instance& instance, MemberSet to) {
  pb::Envelope envelope;
  auto& message = *envelope.mutable_pre_accept();
  ToProto(id, message.mutable_id());
  message.set_payload(instance.payload->bytes);
  DepsToProto(instance.initial_deps, state_.n(), message.mutable_initial_deps());
  message.set_fast_quorum(instance.fast_quorum.bits());
  state_.Send(to, std::move(envelope), PreAcceptAfter(instance));
}

LogPosition Coordinator::PreAcceptAfter(const Instance& instance) const {
  // At once, but for the first of a run: the own vote does not count before its record is durable,
  // so nothing rests on a number that a crash could forget (docs/protocol.md, 4).
  return state_.options.flushes_in_sequence ? instance.vote_position : opening_;
}

void Coordinator::SendAccept(InstanceId id, const Instance& instance, const Round& round,
                             MemberSet to) {
  pb::Envelope envelope;
  auto& message = *envelope.mutable_accept();
  ToProto(id, message.mutable_id());
  DepsToProto(instance.deps, state_.n(), message.mutable_deps());
  pb::Envelope with_payload = envelope;
  message.set_as_pre_accepted(true);
  state_.Send(to & round.answered, std::move(envelope), LogPosition{});
  if (const MemberSet rest = to - round.answered; !rest.Empty()) {
    with_payload.mutable_accept()->set_payload(instance.payload->bytes);
    state_.Send(rest, std::move(with_payload), LogPosition{});
  }
}

void Coordinator::Arm(LogicalTime at) { next_tick_ = std::min(next_tick_, at); }

}  // namespace althing
