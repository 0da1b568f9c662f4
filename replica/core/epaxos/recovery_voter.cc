#include "replica/core/epaxos/recovery_voter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/epaxos/value_check.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

pb::RecoverOk::Phase PhaseOf(const Instance& instance) {
  switch (instance.phase) {
    case Phase::kNone:
      return pb::RecoverOk::PHASE_NONE;
    case Phase::kPreAccepted:
      return pb::RecoverOk::PHASE_PRE_ACCEPTED;
    case Phase::kAccepted:
      return pb::RecoverOk::PHASE_ACCEPTED;
    case Phase::kCommitted:
      break;
  }
  CHECK(false);
}

}  // namespace

pb::RecoverOk RecoveryVoter::Join(InstanceId id, Ballot ballot) {
  Instance& instance = state_.space.GetOrCreate(id);
  CHECK(!instance.committed() && instance.ballot <= ballot);
  if (instance.ballot < ballot) {
    if (Planted(Bug::kOneBallot)) instance.accepted_ballot = instance.ballot;
    instance.ballot = ballot;
    pb::Record record;
    ToProto(id, record.mutable_joined()->mutable_id());
    record.mutable_joined()->set_ballot(ballot);
    instance.vote_position = state_.Append(std::move(record));
  }
  pb::RecoverOk answer;
  ToProto(id, answer.mutable_id());
  answer.set_ballot(ballot);
  answer.set_phase(PhaseOf(instance));
  if (instance.phase == Phase::kAccepted) {
    answer.set_accepted_ballot(instance.accepted_ballot);
    answer.set_noop(instance.value == Value::kNoop);
  }
  if (instance.phase != Phase::kNone) {
    if (instance.value == Value::kPayload) answer.set_payload(instance.payload->bytes);
    DepsToProto(instance.deps, state_.n(), answer.mutable_deps());
  }
  if (instance.initial_known) {
    DepsToProto(instance.initial_deps, state_.n(), answer.mutable_initial_deps());
    answer.set_fast_quorum(instance.fast_quorum.bits());
  }
  const bool of_this_run =
      id.slot > state_.floors[state_.self()] || Planted(Bug::kIntactBelowFloor);
  answer.set_intact(id.coordinator == state_.self() && of_this_run);
  return answer;
}

absl::StatusOr<pb::ValidateOk> RecoveryVoter::Register(const pb::Validate& message) {
  const InstanceId id = FromProto(message.id());
  Instance& instance = *state_.space.Find(id);
  CHECK(instance.ballot == message.ballot() && instance.phase < Phase::kAccepted);
  const Deps initial_deps = DepsFromProto(message.initial_deps());
  const MemberSet fast_quorum(message.fast_quorum());
  absl::Status fits = CheckValue(id, &instance, &message.payload(), true, {});
  fits.Update(CheckInitial(id, &instance, initial_deps, fast_quorum));
  if (!fits.ok()) return fits;
  if (instance.payload == nullptr) {
    absl::StatusOr<Payload> payload = ParsePayload(message.payload(), id, state_.options.hash_seed);
    if (!payload.ok()) return payload.status();
    state_.SetPayload(id, instance, *std::move(payload));
  }
  pb::ValidateOk answer;
  *answer.mutable_id() = message.id();
  answer.set_ballot(message.ballot());
  instance.initial_known = true;
  instance.initial_deps = initial_deps;
  instance.fast_quorum = fast_quorum;
  AppendInvalidators(id, instance, answer);

  pb::Record record;
  auto& validated = *record.mutable_validated();
  *validated.mutable_id() = message.id();
  if (!instance.payload_logged) validated.set_payload(message.payload());
  instance.payload_logged = true;
  *validated.mutable_initial_deps() = message.initial_deps();
  validated.set_fast_quorum(message.fast_quorum());
  instance.vote_position = state_.Append(std::move(record));
  return answer;
}

void RecoveryVoter::AppendInvalidators(InstanceId id, const Instance& instance,
                                       pb::ValidateOk& answer) const {
  std::vector<InstanceId> conflicts;
  for (const KeyAccess& access : instance.payload->keys) {
    for (const MemberIndex r : state_.options.quorums.all()) {
      // What all have executed is before everything that is decided from now on.
      const Slot settled = std::max(instance.initial_deps[r], state_.everywhere[r]);
      state_.index.AppendConflicts(access, r, settled, kSlotMax, conflicts);
    }
  }
  std::sort(conflicts.begin(), conflicts.end());
  conflicts.erase(std::unique(conflicts.begin(), conflicts.end()), conflicts.end());
  for (const InstanceId other : conflicts) {
    if (other == id) continue;
    const Instance& judged = *state_.space.Find(other);
    // An undecided one is judged by what its coordinator proposed, never by what was accepted.
    const bool by_outcome = judged.committed() || Planted(Bug::kPendingJudgedByVote);
    if (by_outcome ? judged.value == Value::kNoop : !judged.initial_known) continue;
    if ((by_outcome ? judged.deps : judged.initial_deps).Covers(id)) continue;
    if (Planted(Bug::kValidateIgnoresCommitted) && judged.committed()) continue;
    if (Planted(Bug::kValidateIgnoresPending) && !judged.committed()) continue;
    auto& invalidator = *answer.add_invalidators();
    ToProto(other, invalidator.mutable_id());
    invalidator.set_committed(judged.committed());
  }
}

}  // namespace althing
