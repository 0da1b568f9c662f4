#include "replica/core/epaxos/restart.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/epaxos/value_check.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

absl::Status Misfit(InstanceId id, absl::string_view what) {
  return absl::DataLossError(
      absl::StrCat("a record of instance ", ToString(id), " does not fit those before it: ", what));
}

absl::Status AsMisfit(InstanceId id, const absl::Status& status) {
  if (status.ok()) return status;
  return Misfit(id, absl::string_view(status.message().data(), status.message().size()));
}

// Whom the record is about; null: no instance.
const pb::InstanceId* SubjectOf(const pb::Record& record) {
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted:
      return &record.pre_accepted().id();
    case pb::Record::kAccepted:
      return &record.accepted().id();
    case pb::Record::kCommitted:
      return &record.committed().id();
    case pb::Record::kDecided:
      return &record.decided().id();
    case pb::Record::kJoined:
      return &record.joined().id();
    case pb::Record::kValidated:
      return &record.validated().id();
    default:
      return nullptr;
  }
}

}  // namespace

absl::Status Restart::Restore(const pb::Record& record) {
  if (!started_before_ && !record.has_started()) {
    return absl::DataLossError("the partition's first record is not the start of a run");
  }
  stopped_in_order_ = record.has_stopped();
  if (const pb::InstanceId* id = SubjectOf(record)) {
    if (id->coordinator() >= static_cast<uint32_t>(state_.n())) {
      return absl::DataLossError("a record of an instance of nobody");
    }
    Saw(FromProto(*id), {});
    // The log is cut in parts, so it says something of these as well.
    if (state_.forgotten.Covers(FromProto(*id))) return absl::OkStatus();
  }
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted:
      return On(record.pre_accepted());
    case pb::Record::kAccepted:
      return On(record.accepted());
    case pb::Record::kCommitted:
      return On(record.committed());
    case pb::Record::kDecided:
      return On(record.decided());
    case pb::Record::kJoined:
      return On(record.joined());
    case pb::Record::kValidated:
      return On(record.validated());
    case pb::Record::kStarted:
      return On(record.started());
    case pb::Record::kStopped:
      return absl::OkStatus();
    case pb::Record::kCheckpoint:
      state_.space.BeginPart(record.checkpoint().number());
      return absl::OkStatus();
    case pb::Record::KIND_NOT_SET:
      break;
  }
  return absl::DataLossError("a record of a kind that this release does not know");
}

absl::Status Restart::On(const pb::PreAcceptedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  if (instance.phase != Phase::kNone) return Misfit(id, "it was voted for before");
  absl::Status status = TakePayload(id, instance, record.payload());
  status.Update(TakeInitial(id, instance, DepsFromProto(record.initial_deps()),
                            MemberSet(record.fast_quorum())));
  if (!status.ok()) return status;
  if (instance.payload == nullptr) return Misfit(id, "a vote for an unknown payload");
  instance.phase = Phase::kPreAccepted;
  instance.value = Value::kPayload;
  instance.deps = DepsFromProto(record.deps());
  Saw(id, instance.deps);
  return absl::OkStatus();
}

absl::Status Restart::On(const pb::AcceptedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  if (instance.committed()) return Misfit(id, "accepted after it was decided");
  if (record.ballot() < instance.ballot) return Misfit(id, "accepted in a ballot that was left");
  const absl::Status status = TakeValue(id, instance, record.noop(), record.payload());
  if (!status.ok()) return status;
  instance.phase = Phase::kAccepted;
  instance.ballot = instance.accepted_ballot = record.ballot();
  instance.deps = DepsFromProto(record.deps());
  Saw(id, instance.deps);
  return absl::OkStatus();
}

absl::Status Restart::On(const pb::CommittedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  const Deps deps = DepsFromProto(record.deps());
  if (instance.committed()) {
    const bool same = (instance.value == Value::kNoop) == record.noop() && instance.deps == deps;
    return same ? absl::OkStatus() : Misfit(id, "two outcomes");
  }
  const absl::Status status = TakeValue(id, instance, record.noop(), record.payload());
  if (!status.ok()) return status;
  instance.deps = deps;
  Committed(id, instance);
  return absl::OkStatus();
}

absl::Status Restart::On(const pb::DecidedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  if (id.coordinator != state_.self() || instance.phase != Phase::kPreAccepted) {
    return Misfit(id, "decided by its votes, without the own one");
  }
  instance.deps = instance.initial_deps;
  Committed(id, instance);
  return absl::OkStatus();
}

absl::Status Restart::On(const pb::JoinedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  if (record.ballot() <= instance.ballot) return Misfit(id, "joined a ballot that was left");
  if (!Planted(Bug::kPromiseForgotten)) instance.ballot = record.ballot();
  if (Planted(Bug::kPromiseTakenForVote) && instance.phase == Phase::kAccepted) {
    instance.accepted_ballot = record.ballot();
  }
  return absl::OkStatus();
}

absl::Status Restart::On(const pb::ValidatedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Instance& instance = state_.space.GetOrCreate(id);
  absl::Status status = TakePayload(id, instance, record.payload());
  status.Update(TakeInitial(id, instance, DepsFromProto(record.initial_deps()),
                            MemberSet(record.fast_quorum())));
  if (status.ok() && instance.payload == nullptr) {
    return Misfit(id, "registered without a payload");
  }
  return status;
}

absl::Status Restart::On(const pb::StartedRecord& record) {
  if (record.floor() < floor_ || record.floor() < used_) {
    return absl::DataLossError(absl::StrCat("a run begins above its own slot ", record.floor(),
                                            " though slot ", std::max(floor_, used_),
                                            " was used before"));
  }
  started_before_ = started_in_log_ = true;
  floor_ = record.floor();
  window_ = record.window();
  state_.space.Saw(state_.self(), floor_);
  return absl::OkStatus();
}

absl::Status Restart::TakePayload(InstanceId id, Instance& instance, const std::string& bytes) {
  if (bytes.empty()) return absl::OkStatus();
  const absl::Status fits = CheckValue(id, &instance, &bytes, true, {});
  if (!fits.ok()) return AsMisfit(id, fits);
  instance.payload_logged = true;
  if (instance.payload != nullptr) return absl::OkStatus();
  absl::StatusOr<Payload> payload = ParsePayload(bytes, id, state_.options.hash_seed);
  if (!payload.ok()) return AsMisfit(id, payload.status());
  state_.SetPayload(id, instance, *std::move(payload));
  return absl::OkStatus();
}

absl::Status Restart::TakeInitial(InstanceId id, Instance& instance, const Deps& initial_deps,
                                  MemberSet fast_quorum) {
  const absl::Status fits = CheckInitial(id, &instance, initial_deps, fast_quorum);
  if (!fits.ok()) return AsMisfit(id, fits);
  instance.initial_known = true;
  instance.initial_deps = initial_deps;
  instance.fast_quorum = fast_quorum;
  return absl::OkStatus();
}

absl::Status Restart::TakeValue(InstanceId id, Instance& instance, bool noop,
                                const std::string& payload) {
  const absl::Status status = TakePayload(id, instance, payload);
  if (!status.ok()) return status;
  if (!noop && instance.payload == nullptr) return Misfit(id, "its payload is not known");
  instance.value = noop ? Value::kNoop : Value::kPayload;
  return absl::OkStatus();
}

void Restart::Committed(InstanceId id, Instance& instance) {
  instance.phase = Phase::kCommitted;
  Saw(id, instance.deps);
  if (IsExecuted(id)) return state_.space.Executed(id, instance);
  state_.space.Advance(id.coordinator);
  state_.graph.OnCommitted(id);
}

void Restart::Saw(InstanceId id, const Deps& deps) {
  state_.Saw(deps);
  used_ = std::max(used_, deps[state_.self()]);
  if (id.coordinator == state_.self()) used_ = std::max(used_, id.slot);
}

bool Restart::IsExecuted(InstanceId id) const {
  return executed_.Covers(id) || executed_beyond_.contains(id);
}

absl::Status Restart::Restore(const pb::CheckpointMarks& marks) {
  const uint32_t n = static_cast<uint32_t>(state_.n());
  executed_ = DepsFromProto(marks.executed());
  highest_seen_ = DepsFromProto(marks.highest_seen());
  state_.everywhere = DepsFromProto(marks.everywhere());
  state_.forgotten = DepsFromProto(marks.forgotten());
  if (started_before_ || !executed_.Contains(state_.everywhere) ||
      !state_.everywhere.Contains(state_.forgotten)) {
    return absl::DataLossError("the marks of the checkpoint do not fit each other");
  }
  for (const pb::InstanceId& id : marks.executed_beyond()) {
    if (id.coordinator() >= n) return absl::DataLossError("the checkpoint names nobody's instance");
    if (!Planted(Bug::kExecutedBeyondNotInCheckpoint)) executed_beyond_.insert(FromProto(id));
  }
  for (const MemberIndex r : state_.options.quorums.all()) {
    state_.space.RestoreColumn(r, state_.forgotten[r]);
  }
  checkpoint_floor_ = marks.floor();
  checkpoint_window_ = marks.window();
  started_before_ = true;
  return absl::OkStatus();
}

absl::Status Restart::EndRestore() const {
  for (const MemberIndex r : state_.options.quorums.all()) {
    const Slot executed = state_.space.column(r).executed;
    if (executed >= executed_[r]) continue;
    return Misfit({executed + 1, r}, "it is executed, and its outcome is not there");
  }
  for (const InstanceId id : executed_beyond_) {
    const Instance* instance = state_.space.Find(id);
    if (instance != nullptr && instance->executed) continue;
    return Misfit(id, "it is executed, and its outcome is not there");
  }
  return absl::OkStatus();
}

void Restart::Begin() {
  CHECK(!state_.restartable && state_.appended.value == 0);
  state_.restartable = true;
  if (!started_in_log_) {
    floor_ = checkpoint_floor_;
    window_ = checkpoint_window_;
  }
  state_.Saw(highest_seen_);
  const Slot recorded = std::max(floor_, state_.space.column(state_.self()).highest_seen);
  // Of slots that were told to someone the last `window_` may have no record. None was told if none
  // is recorded: the first of a run waits for its record.
  const bool lost_some =
      recorded > floor_ && !stopped_in_order_ && !Planted(Bug::kFloorWithoutWindow);
  const Slot floor = recorded + (lost_some ? window_ : 0);
  state_.floors.Raise(state_.self(), floor);
  state_.space.Saw(state_.self(), floor);

  if (Planted(Bug::kNoopsNotIndexedAgain)) {
    state_.index = {};
    state_.space.ForEach([this](InstanceId id, const Instance& instance) {
      const bool noop = instance.value == Value::kNoop;
      if (instance.payload && !noop) state_.index.Add(id, instance.payload->keys);
    });
  }
  pb::Record record;
  record.mutable_started()->set_floor(floor);
  record.mutable_started()->set_window(state_.options.window_instances_max);
  state_.Append(std::move(record));
}

void Restart::End() {
  state_.Append([] {
    pb::Record record;
    record.mutable_stopped();
    return record;
  }());
}

}  // namespace althing
