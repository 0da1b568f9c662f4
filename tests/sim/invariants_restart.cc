// The part of Invariants that outlives the runs of a member: what it has told, and what its log
// gives back.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/invariants.h"

namespace althing::sim {
namespace {

const pb::InstanceId* SubjectOf(const pb::Record& record) {
  if (record.has_pre_accepted()) return &record.pre_accepted().id();
  if (record.has_accepted()) return &record.accepted().id();
  if (record.has_committed()) return &record.committed().id();
  if (record.has_decided()) return &record.decided().id();
  if (record.has_joined()) return &record.joined().id();
  if (record.has_validated()) return &record.validated().id();
  return nullptr;
}

template <typename Slots>
Slot SlotOf(const Slots& deps, MemberIndex m) {
  return m.value < deps.size() ? deps.Get(m.value) : 0;
}

}  // namespace

// ---- What is told

void Invariants::NoteToldOfOwn(MemberIndex from, InstanceId id, Slot slot) {
  Slot& told = told_own_[from.value];
  told = std::max(told, slot);
  if (id.coordinator != from || id.slot == 0) return;
  told = std::max(told, id.slot);
  At(id).started_is_told = true;
}

void Invariants::NoteTold(MemberIndex from, const pb::Envelope& envelope) {
  const auto of_own = [&](const auto& message, const auto& deps) {
    NoteToldOfOwn(from, FromProto(message.id()), SlotOf(deps, from));
  };
  const auto told = [&](const auto& message) -> Told& {
    return At(FromProto(message.id())).told[from.value];
  };
  const auto joined = [&](const auto& message) {
    Ballot& ballot = told(message).joined;
    ballot = std::max(ballot, message.ballot());
  };
  const auto accepted = [&](const auto& message) {
    Told& by = told(message);
    by.accepted_any = true;
    by.accepted = std::max(by.accepted, message.ballot());
  };
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept:
      return of_own(envelope.pre_accept(), envelope.pre_accept().initial_deps());
    case pb::Envelope::kPreAcceptOk:
      told(envelope.pre_accept_ok()).voted = true;
      return of_own(envelope.pre_accept_ok(), envelope.pre_accept_ok().deps());
    case pb::Envelope::kAccept:
      // In ballot 0 it leaves beside the flush.
      if (envelope.accept().ballot() > 0) accepted(envelope.accept());
      return of_own(envelope.accept(), envelope.accept().deps());
    case pb::Envelope::kAcceptOk:
      return accepted(envelope.accept_ok());
    case pb::Envelope::kCommit:
      return of_own(envelope.commit(), envelope.commit().deps());
    case pb::Envelope::kHeartbeat:
      return NoteToldOfOwn(
          from, {}, std::max(envelope.heartbeat().highest_own(), envelope.heartbeat().floor()));
    case pb::Envelope::kRecover:
      joined(envelope.recover());
      return NoteToldOfOwn(from, FromProto(envelope.recover().id()), 0);
    case pb::Envelope::kRecoverOk:
      joined(envelope.recover_ok());
      return of_own(envelope.recover_ok(), envelope.recover_ok().deps());
    case pb::Envelope::kNack:
      return joined(envelope.nack());
    case pb::Envelope::kValidate:
      told(envelope.validate()).validated = true;
      return of_own(envelope.validate(), envelope.validate().initial_deps());
    case pb::Envelope::kValidateOk:
      told(envelope.validate_ok()).validated = true;
      return;
    default:
      return;
  }
}

// ---- Runs

void Invariants::OnStarted(MemberIndex at, const pb::StartedRecord& record) {
  const Slot used = std::max(told_own_[at.value], durable_own_[at.value]);
  const InstanceId last{used, at};
  if (record.floor() < used) {
    Broken("slots", last,
           absl::StrCat("its coordinator begins a run above ", record.floor(),
                        ", though it has used the slot"));
  }
  keeps_.Add(at);
  for (const MemberIndex r : quorums_.all()) {
    const Slot applied = applied_[at.value][r], everywhere = everywhere_[at.value][r];
    if (applied > checkpointed_[at.value][r]) {
      // It is executed again: what is left of the others' deps may order that otherwise.
      Broken("collected", {applied, r},
             absl::StrCat("member ", at.value, " has told to have applied it for good, and begins ",
                          "behind ", checkpointed_[at.value][r]));
    }
    if (everywhere > kept_everywhere_[at.value][r]) {
      Broken("collected", {everywhere, r},
             absl::StrCat("member ", at.value,
                          " has told that all have applied it, and does not know it any more"));
    }
  }
  restart_counts_.floors_raised += record.floor() > durable_own_[at.value];
  floors_[at.value] = record.floor();
  Mention(at, {record.floor(), at}, {});
}

void Invariants::OnCrash(MemberIndex at, const std::vector<pb::CheckpointPiece>& checkpoint,
                         const std::vector<pb::Record>& log) {
  if (!violation_.empty()) return;
  ForgetRun(at);
  const pb::CheckpointMarks* marks = MarksOf(checkpoint);
  if (marks != nullptr) OnKeptCheckpoint(at, *marks);
  for (const pb::Record& record : log) {
    if (record.partition() == partition_) OnKept(at, record);
  }
  if (marks != nullptr) OnKeptExecuted(at, *marks);
  CheckNothingToldIsForgotten(at);
}

void Invariants::ForgetRun(MemberIndex at) {
  for (auto& [id, facts] : instances_) {
    Member& member = facts.members[at.value];
    if (id.coordinator == at && facts.initial_known && !member.pre_accepted_durable) {
      if (facts.started_is_told) {
        restart_counts_.own_slots_lost += member.pre_accepted;
      } else {
        ForgetUntold(id, facts);
      }
    }
    if (member.executed) facts.told[at.value].executed_and_forgotten = true;
    member = {};
  }
  columns_[at.value] = {};
  not_executed_[at.value] = 0;
  for (auto& [hash, key] : keys_) key.executed[at.value] = 0;
}

void Invariants::ForgetUntold(InstanceId id, Facts& facts) {
  for (const KeyAccess& access : facts.keys) {
    std::erase_if(keys_[access.key].touches, [id](const Touch& touch) { return touch.id == id; });
  }
  facts.payload.clear();
  facts.keys.clear();
  facts.not_before.clear();
  facts.initial_known = false;
  facts.initial_deps = {};
  facts.fast_quorum = {};
}

void Invariants::OnKept(MemberIndex at, const pb::Record& record) {
  const pb::InstanceId* subject = SubjectOf(record);
  if (subject != nullptr && kept_forgotten_[at.value].Covers(FromProto(*subject))) return;
  const auto member = [&](const auto& of) -> Member& {
    return At(FromProto(of.id())).members[at.value];
  };
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted: {
      Member& voter = member(record.pre_accepted());
      voter.pre_accepted = voter.pre_accepted_durable = true;
      for (const MemberIndex m : quorums_.all()) {
        voter.vote[m] = SlotOf(record.pre_accepted().deps(), m);
      }
      return Mention(at, FromProto(record.pre_accepted().id()), voter.vote);
    }
    case pb::Record::kAccepted: {
      Member& voter = member(record.accepted());
      voter.accepted = true;
      voter.joined = voter.accepted_ballot = record.accepted().ballot();
      return Mention(
          at, FromProto(record.accepted().id()),
          At(FromProto(record.accepted().id())).accepts.at(record.accepted().ballot()).value.deps);
    }
    case pb::Record::kCommitted:
      return OnKeptOutcome(at, FromProto(record.committed().id()), record.committed().noop());
    case pb::Record::kDecided: {
      const InstanceId id = FromProto(record.decided().id());
      LearnOutcome(id, {false, At(id).initial_deps});
      return OnKeptOutcome(at, id, false);
    }
    case pb::Record::kJoined: {
      Member& voter = member(record.joined());
      Hold(voter, record.joined().ballot());
      voter.held[record.joined().ballot()].durable = true;
      return Mention(at, FromProto(record.joined().id()), {});
    }
    case pb::Record::kValidated:
      member(record.validated()).validated_durable = true;
      return Mention(at, FromProto(record.validated().id()), {});
    case pb::Record::kStarted:
      return Mention(at, {record.started().floor(), at}, {});
    case pb::Record::kStopped:
    case pb::Record::kCheckpoint:
    case pb::Record::KIND_NOT_SET:
      return;
  }
}

void Invariants::OnKeptOutcome(MemberIndex at, InstanceId id, bool noop) {
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  member.outcome_durable = true;
  if (std::exchange(member.committed, true)) return;  // DECIDED and COMMITTED.
  facts.told[at.value].executed_and_forgotten = false;
  if (!noop) ++not_executed_[at.value];
  ++columns_[at.value][id.coordinator.value].committed;
  Mention(at, id, facts.outcome.deps);
}

void Invariants::CheckNothingToldIsForgotten(MemberIndex at) {
  for (const auto& [id, facts] : instances_) {
    if (kept_forgotten_[at.value].Covers(id)) continue;
    const Member& member = facts.members[at.value];
    const Told& told = facts.told[at.value];
    const char* what = told.joined > member.joined                   ? "joined a ballot"
                       : told.voted && !member.pre_accepted          ? "voted for it"
                       : told.accepted_any && !member.accepted       ? "accepted a value"
                       : told.accepted > member.accepted_ballot      ? "accepted in a higher ballot"
                       : told.validated && !member.validated_durable ? "registered it"
                                                                     : nullptr;
    if (what == nullptr) continue;
    return Broken("forgotten", id,
                  absl::StrCat("member ", at.value, " has said that it ", what,
                               ", and its log knows nothing of it"));
  }
}

}  // namespace althing::sim
