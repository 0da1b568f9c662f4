#include "replica/core/epaxos/epaxos.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/epaxos/explain.h"
#include "replica/core/epaxos/invariants.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/epaxos/value_check.h"
#include "replica/core/partition_map.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// For the log, where clients' data does not belong.
std::string WithoutValues(pb::Commit commit) {
  if (commit.has_payload()) {
    const uint64_t hash = HashKey(commit.payload(), 0).value;
    commit.set_payload(absl::StrCat(commit.payload().size(), " bytes, hash ", absl::Hex(hash)));
  }
  return commit.ShortDebugString();
}

}  // namespace

Epaxos::Epaxos(const CoreOptions& options, StateMachine& store)
    : state_(options),
      store_(store),
      sessions_({.self = options.self,
                 .members = options.quorums.n(),
                 .lease_ticks = options.session_ticks,
                 .hash_seed = options.hash_seed,
                 .sessions_max = options.sessions_max,
                 .answers_max = options.session_answers_max}),
      restart_(state_),
      window_({options.window_instances_max, options.batch_commands_max, options.batch_bytes_max,
               options.waiting_proposals_max}),
      coordinator_(state_, [this](InstanceId id, Instance& instance,
                                  Event::Kind kind) { Decided(id, instance, kind); }),
      voter_(state_),
      recovery_(
          state_, voter_, [this](InstanceId id) { return coordinator_.Coordinates(id); },
          [this](InstanceId id, Instance& instance) { Recovered(id, instance); }),
      catch_up_(state_, coordinator_, recovery_),
      collection_(state_),
      checkpoint_(state_, store_, sessions_, collection_) {}

void Epaxos::Step(LogicalTime now, Input input, Output& output) {
  CHECK(now >= state_.now);
  state_.now = now;
  state_.output = &output;
  std::visit([this](auto& in) { On(in); }, input);
  output.next_tick = std::min(
      {coordinator_.next_tick(), catch_up_.next_tick(), collection_.next_tick(), expire_at_});
  // A quarantined partition recovers nothing: that timer would be due for ever.
  if (quarantine_.empty()) output.next_tick = std::min(output.next_tick, recovery_.next_tick());
  if (graph_has_work_) output.next_tick = now;
  state_.output = nullptr;
}

absl::Status Epaxos::CheckInvariants() const { return CheckEpaxosInvariants(state_); }

void Epaxos::Explain(LogicalTime now, const pb::ExplainRequest& request,
                     pb::ExplainReply& reply) const {
  Explainer explainer(state_, coordinator_, catch_up_, recovery_, now);
  reply.set_quarantined(!quarantine_.empty());
  if (request.has_key()) {
    const KeyHash key = HashKey(request.key(), state_.options.hash_seed);
    reply.set_proposals_waiting(window_.waiting(key));
    explainer.ExplainKey(key, reply);
  } else {
    reply.set_proposals_waiting(window_.waiting());
    explainer.ExplainInstance(FromProto(request.instance()), reply);
  }
}

// ---- Inputs

void Epaxos::On(Receive& input) {
  absl::Status status =
      ValidateEnvelope(input.envelope, input.from, state_.self(),
                       state_.space.column(state_.self()).highest_seen, state_.options.quorums);
  if (status.ok() && !collection_.Answers(input.from, input.envelope)) {
    status = OnMessage(input.from, input.envelope);
  }
  if (!status.ok()) {
    state_.Emit(
        Event::Kind::kRejected, {}, 1,
        absl::StrCat("from member ", input.from.value, ": ", std::string(status.message())));
  }
}

void Epaxos::On(EndTurn&) {
  RecoverOwn();
  RunGraph();
  StartInstances();
  collection_.Refresh();
  catch_up_.Refresh();
}

void Epaxos::On(const Flushed& input) {
  CHECK(input.position >= state_.durable && input.position <= state_.appended);
  state_.durable = input.position;
  coordinator_.OnFlushed();
  recovery_.OnFlushed();
}

void Epaxos::On(Tick&) {
  coordinator_.OnTick();
  if (quarantine_.empty()) recovery_.OnTick();
  catch_up_.OnTick();
  ExpireSessions();
  RunGraph();
  StartInstances();
  collection_.OnTick();
  catch_up_.Refresh();
}

void Epaxos::On(const PeerStatus& input) {
  if (input.reachable) {
    state_.reachable.Add(input.member);
  } else {
    state_.reachable.Remove(input.member);
  }
  coordinator_.OnReachable(input.member, input.reachable);
  catch_up_.OnReachable(input.member, input.reachable);
}

// ---- Messages

absl::Status Epaxos::OnMessage(MemberIndex from, const pb::Envelope& envelope) {
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept:
      return OnPreAccept(from, envelope.pre_accept());
    case pb::Envelope::kPreAcceptOk:
      return coordinator_.OnPreAcceptOk(from, envelope.pre_accept_ok());
    case pb::Envelope::kAccept:
      return OnAccept(from, envelope.accept());
    case pb::Envelope::kAcceptOk:
      return OnAcceptOk(from, envelope.accept_ok());
    case pb::Envelope::kCommit:
      return OnCommit(from, envelope.commit());
    case pb::Envelope::kNack:
      OnNack(envelope.nack());
      break;
    case pb::Envelope::kHeartbeat:
      return OnHeartbeat(from, envelope.heartbeat());
    case pb::Envelope::kHeartbeatEcho:
      catch_up_.OnHeartbeatEcho(from, envelope.heartbeat_echo());
      break;
    case pb::Envelope::kProbe:
      catch_up_.OnProbe(from, envelope.probe());
      break;
    case pb::Envelope::kProbeReply:
      catch_up_.OnProbeReply(from, envelope.probe_reply());
      break;
    case pb::Envelope::kFetch:
      catch_up_.OnFetch(from, envelope.fetch());
      break;
    case pb::Envelope::kPayload:
      return OnPayload(envelope.payload());
    case pb::Envelope::kRecover:
      OnRecover(from, envelope.recover());
      break;
    case pb::Envelope::kRecoverOk:
      return recovery_.OnRecoverOk(from, envelope.recover_ok());
    case pb::Envelope::kValidate:
      return OnValidate(from, envelope.validate());
    case pb::Envelope::kValidateOk:
      return recovery_.OnValidateOk(from, envelope.validate_ok());
    case pb::Envelope::kWaiting:
      recovery_.OnWaiting(envelope.waiting());
      break;
    case pb::Envelope::kTruncated:
      return collection_.OnTruncated(from, envelope.truncated());
    case pb::Envelope::MESSAGE_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

absl::Status Epaxos::OnHeartbeat(MemberIndex from, const pb::Heartbeat& message) {
  const absl::Status believed = collection_.OnHeartbeat(from, message);
  if (believed.ok()) catch_up_.OnHeartbeat(from, message);
  return believed;
}

absl::Status Epaxos::OnAcceptOk(MemberIndex from, const pb::AcceptOk& message) {
  if (message.ballot() > 0) {
    recovery_.OnAcceptOk(from, message);
  } else if (message.id().coordinator() == state_.self().value) {
    return coordinator_.OnAcceptOk(from, message);
  }
  return absl::OkStatus();
}

absl::Status Epaxos::OnPreAccept(MemberIndex from, const pb::PreAccept& message) {
  const InstanceId id = FromProto(message.id());
  Instance* known = state_.space.Find(id);
  if (known != nullptr && AnswerWithOutcome(from, id, *known)) return absl::OkStatus();
  const Deps initial_deps = DepsFromProto(message.initial_deps());
  absl::Status fits = CheckValue(id, known, &message.payload(), false, initial_deps);
  fits.Update(CheckInitial(id, known, initial_deps, MemberSet(message.fast_quorum())));
  if (!fits.ok()) return fits;
  if (known != nullptr && known->ballot > 0) {
    SendNack(from, id, known->ballot, known->vote_position);
    return absl::OkStatus();
  }
  // Accepted in ballot 0: the coordinator has gone on, and its Accept was answered.
  if (known != nullptr && known->phase == Phase::kAccepted) return absl::OkStatus();

  if (known == nullptr || known->phase == Phase::kNone || Planted(Bug::kVoteRecomputed)) {
    if (known == nullptr || known->payload == nullptr) {
      absl::StatusOr<Payload> payload =
          ParsePayload(message.payload(), id, state_.options.hash_seed);
      if (!payload.ok()) return payload.status();
      known = &state_.space.GetOrCreate(id);
      state_.SetPayload(id, *known, *std::move(payload));
    }
    Instance& instance = *known;
    instance.phase = Phase::kPreAccepted;
    instance.value = Value::kPayload;
    instance.initial_known = instance.payload_logged = true;
    instance.fast_quorum = MemberSet(message.fast_quorum());
    instance.initial_deps = instance.deps = initial_deps;
    // The coordinator alone computes its own column (docs/protocol.md, 3.2).
    state_.index.RaiseDeps(instance.payload->keys, id.coordinator, instance.deps);
    state_.AddForgotten(id, instance.deps);
    state_.Saw(instance.deps);

    pb::Record record;
    auto& pre_accepted = *record.mutable_pre_accepted();
    *pre_accepted.mutable_id() = message.id();
    pre_accepted.set_payload(instance.payload->bytes);
    *pre_accepted.mutable_initial_deps() = message.initial_deps();
    DepsToProto(instance.deps, state_.n(), pre_accepted.mutable_deps());
    pre_accepted.set_fast_quorum(message.fast_quorum());
    instance.vote_position = state_.Append(std::move(record));
  }
  // The stored vote, also when asked again: two different votes of one member break agreement.
  pb::Envelope envelope;
  *envelope.mutable_pre_accept_ok()->mutable_id() = message.id();
  DepsToProto(known->deps, state_.n(), envelope.mutable_pre_accept_ok()->mutable_deps());
  state_.Send(MemberSet::Of(from), std::move(envelope), known->vote_position);
  return absl::OkStatus();
}

absl::Status Epaxos::OnAccept(MemberIndex from, const pb::Accept& message) {
  const InstanceId id = FromProto(message.id());
  Instance* known = state_.space.Find(id);
  if (known != nullptr && AnswerWithOutcome(from, id, *known)) return absl::OkStatus();
  if (known != nullptr && known->ballot > message.ballot()) {
    SendNack(from, id, known->ballot, known->vote_position);
    return absl::OkStatus();
  }
  if (!MayMakeCell(from, id)) return absl::OkStatus();
  const bool repeated = known != nullptr && known->phase == Phase::kAccepted &&
                        known->accepted_ballot == message.ballot();
  const Deps deps = DepsFromProto(message.deps());
  const absl::Status fits = CheckValue(
      id, known, message.has_payload() ? &message.payload() : nullptr, message.has_noop(), deps);
  if (!fits.ok()) return fits;
  if (repeated && (known->deps != deps || (known->value == Value::kNoop) != message.has_noop())) {
    return absl::InvalidArgumentError(
        absl::StrCat("another value for ", ToString(id), " in ballot ", message.ballot()));
  }
  if (!repeated) {
    if (message.has_as_pre_accepted() && (known == nullptr || known->payload == nullptr)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "Accept of ", ToString(id), " without the payload, which is not known here"));
    }
    absl::StatusOr<Payload> payload = absl::NotFoundError("");
    const bool learns = message.has_payload() && (known == nullptr || known->payload == nullptr);
    if (learns) {
      payload = ParsePayload(message.payload(), id, state_.options.hash_seed);
      if (!payload.ok()) return payload.status();
    }
    Instance& instance = state_.space.GetOrCreate(id);
    known = &instance;
    if (learns) state_.SetPayload(id, instance, *std::move(payload));
    if (message.ballot() > 0) coordinator_.GiveUp(id);
    instance.phase = Phase::kAccepted;
    instance.ballot = instance.accepted_ballot = message.ballot();
    instance.value = message.has_noop() ? Value::kNoop : Value::kPayload;
    instance.deps = deps;
    state_.Saw(instance.deps);
    recovery_.OnJoined(id);

    pb::Record record;
    auto& accepted = *record.mutable_accepted();
    *accepted.mutable_id() = message.id();
    accepted.set_ballot(message.ballot());
    accepted.set_noop(message.has_noop());
    if (instance.value == Value::kPayload && !instance.payload_logged) {
      accepted.set_payload(instance.payload->bytes);
      instance.payload_logged = true;
    }
    *accepted.mutable_deps() = message.deps();
    instance.vote_position = state_.Append(std::move(record));
  }
  pb::Envelope envelope;
  *envelope.mutable_accept_ok()->mutable_id() = message.id();
  envelope.mutable_accept_ok()->set_ballot(message.ballot());
  state_.Send(MemberSet::Of(from), std::move(envelope), known->vote_position);
  return absl::OkStatus();
}

absl::Status Epaxos::OnCommit(MemberIndex from, const pb::Commit& message) {
  const InstanceId id = FromProto(message.id());
  Instance* known = state_.space.Find(id);
  const Value value = message.has_noop() ? Value::kNoop : Value::kPayload;
  const Deps deps = DepsFromProto(message.deps());
  // Decided here counts as committed, although nobody was told yet.
  if (known != nullptr && (known->committed() || coordinator_.decided(id).value != 0)) {
    const bool same = known->value == value && known->deps == deps &&
                      (!message.has_payload() || known->payload->bytes == message.payload());
    if (!same) Quarantine(id, *known, message);
    return absl::OkStatus();
  }
  if (!MayMakeCell(from, id)) return absl::OkStatus();
  if (message.has_payload() && known != nullptr && known->payload != nullptr &&
      known->payload->bytes != message.payload()) {
    Quarantine(id, *known, message);
    return absl::OkStatus();
  }
  const absl::Status fits = CheckValue(id, known, nullptr, message.has_noop(), deps);
  if (!fits.ok()) return fits;
  if (message.has_as_pre_accepted() && (known == nullptr || known->payload == nullptr)) {
    // The gap stays, and is fetched with the payload.
    state_.space.Saw(id.coordinator, id.slot);
    return absl::OkStatus();
  }
  absl::StatusOr<Payload> payload = absl::NotFoundError("");
  const bool learns = message.has_payload() && (known == nullptr || known->payload == nullptr);
  if (learns) {
    payload = ParsePayload(message.payload(), id, state_.options.hash_seed);
    if (!payload.ok()) return payload.status();
  }
  Instance& instance = state_.space.GetOrCreate(id);
  if (learns) state_.SetPayload(id, instance, *std::move(payload));
  coordinator_.GiveUp(id);
  instance.value = value;
  instance.deps = deps;
  Commit(id, instance);
  return absl::OkStatus();
}

absl::Status Epaxos::OnPayload(const pb::Payload& message) {
  const InstanceId id = FromProto(message.id());
  const Instance* known = state_.space.Find(id);
  if (known != nullptr && known->known()) {
    return CheckValue(id, known, &message.payload(), true, {});
  }
  // What was fetched is within reach.
  if (!state_.space.WithinReach(id)) return absl::OkStatus();
  absl::StatusOr<Payload> payload = ParsePayload(message.payload(), id, state_.options.hash_seed);
  if (!payload.ok()) return payload.status();
  // The payload and the index only: taking this for a PreAccept would break agreement
  // (docs/protocol.md, 6).
  state_.SetPayload(id, state_.space.GetOrCreate(id), *std::move(payload));
  return absl::OkStatus();
}

void Epaxos::OnNack(const pb::Nack& message) {
  // Somebody else has taken the instance over: its outcome will come as a Commit, or be fetched.
  // Unless it is decided, for then the others will find this very outcome.
  const InstanceId id = FromProto(message.id());
  if (coordinator_.decided(id).value == 0) coordinator_.GiveUp(id);
  recovery_.OnNack(message);
}

void Epaxos::OnRecover(MemberIndex from, const pb::Recover& message) {
  const InstanceId id = FromProto(message.id());
  const Instance* known = state_.space.Find(id);
  if (known != nullptr) {
    if (AnswerWithOutcome(from, id, *known)) return;
    if (known->ballot > message.ballot()) {
      return SendNack(from, id, known->ballot, known->vote_position);
    }
    // The recoverer has come further already.
    if (known->phase == Phase::kAccepted && known->accepted_ballot == message.ballot()) return;
  }
  state_.space.Saw(id.coordinator, id.slot);
  if (!state_.space.WithinReach(id)) return;
  if (!Planted(Bug::kBallotZeroGoesOn)) coordinator_.GiveUp(id);
  pb::Envelope envelope;
  *envelope.mutable_recover_ok() = voter_.Join(id, message.ballot());
  recovery_.OnJoined(id);
  state_.Send(MemberSet::Of(from), std::move(envelope), state_.space.Find(id)->vote_position);
}

absl::Status Epaxos::OnValidate(MemberIndex from, const pb::Validate& message) {
  const InstanceId id = FromProto(message.id());
  const Instance* known = state_.space.Find(id);
  if (known == nullptr) return absl::OkStatus();  // It has joined no ballot: not of its quorum.
  if (AnswerWithOutcome(from, id, *known)) return absl::OkStatus();
  if (known->ballot > message.ballot()) {
    SendNack(from, id, known->ballot, known->vote_position);
    return absl::OkStatus();
  }
  // One that comes again after an Accept must change nothing.
  const bool again = known->phase == Phase::kAccepted && !Planted(Bug::kValidateAfterAccept);
  if (known->ballot < message.ballot() || again) return absl::OkStatus();
  absl::StatusOr<pb::ValidateOk> answer = voter_.Register(message);
  if (!answer.ok()) return answer.status();
  pb::Envelope envelope;
  *envelope.mutable_validate_ok() = *std::move(answer);
  state_.Send(MemberSet::Of(from), std::move(envelope), known->vote_position);
  return absl::OkStatus();
}

bool Epaxos::MayMakeCell(MemberIndex from, InstanceId id) {
  // A coordinator's own instances come as it proposes them: with their commands, in a window.
  if (from == id.coordinator || state_.space.WithinReach(id)) return true;
  state_.space.Saw(id.coordinator, id.slot);
  return false;
}

bool Epaxos::AnswerWithOutcome(MemberIndex to, InstanceId id, const Instance& instance) {
  const LogPosition decided = coordinator_.decided(id);
  const bool committed = instance.committed() && !Planted(Bug::kCommittedNotFinal);
  if (!committed && decided.value == 0) return false;
  state_.Send(MemberSet::Of(to), CommitMessage(id, instance, state_.n()),
              instance.committed() ? LogPosition{} : decided);
  return true;
}

void Epaxos::SendNack(MemberIndex to, InstanceId id, Ballot ballot, LogPosition after) {
  pb::Envelope envelope;
  ToProto(id, envelope.mutable_nack()->mutable_id());
  envelope.mutable_nack()->set_ballot(ballot);
  state_.Send(MemberSet::Of(to), std::move(envelope), after);
}

// ---- Decisions

void Epaxos::Decided(InstanceId id, Instance& instance, Event::Kind kind) {
  state_.Emit(kind, id, instance.payload->commands);
  Commit(id, instance);
  pb::Envelope envelope = CommitMessage(id, instance, state_.n());
  const MemberSet holders = coordinator_.answered(id) & state_.others();
  if (!holders.Empty()) {
    pb::Envelope without_payload = envelope;
    without_payload.mutable_commit()->set_as_pre_accepted(true);
    state_.Send(holders, std::move(without_payload), LogPosition{}, true);
  }
  state_.Send(state_.others() - holders, std::move(envelope), LogPosition{}, true);
}

void Epaxos::Recovered(InstanceId id, Instance& instance) {
  Commit(id, instance);
  state_.Send(state_.others(), CommitMessage(id, instance, state_.n()), LogPosition{}, true);
}

void Epaxos::Commit(InstanceId id, Instance& instance) {
  CHECK(!instance.committed());
  instance.phase = Phase::kCommitted;
  pb::Record record;
  auto& committed = *record.mutable_committed();
  ToProto(id, committed.mutable_id());
  committed.set_noop(instance.value == Value::kNoop);
  if (instance.value == Value::kPayload && !instance.payload_logged) {
    committed.set_payload(instance.payload->bytes);
    instance.payload_logged = true;
  }
  DepsToProto(instance.deps, state_.n(), committed.mutable_deps());
  state_.Append(std::move(record));

  uint64_t unseen = 0;
  for (uint8_t r = 0; r < state_.n(); ++r) {
    if (state_.space.Saw(MemberIndex{r}, instance.deps[MemberIndex{r}])) ++unseen;
  }
  if (unseen > 0) state_.Emit(Event::Kind::kUnseenDependency, id, unseen);
  state_.space.Advance(id.coordinator);
  state_.graph.OnCommitted(id);
  graph_has_work_ = true;
  recovery_.OnCommitted(id);
}

void Epaxos::Quarantine(InstanceId id, const Instance& instance, const pb::Commit& message) {
  // The first one is the cause of what follows.
  if (quarantine_.empty()) {
    quarantine_ = absl::StrCat("two outcomes were seen for instance ", ToString(id));
  }
  state_.Emit(Event::Kind::kDivergence, id, 1,
              absl::StrCat("two outcomes for instance ", ToString(id), ": here ",
                           WithoutValues(CommitMessage(id, instance, state_.n()).commit()),
                           ", told ", WithoutValues(message)));
  expire_at_ = kNever;
  RefuseWhatWaits();
}

}  // namespace althing
