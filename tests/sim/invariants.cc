#include "tests/sim/invariants.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/core/epaxos/value_check.h"

namespace althing::sim {
namespace {

std::string InWords(const Deps& deps, int n) {
  std::vector<Slot> slots(deps.slots.begin(), deps.slots.begin() + n);
  return absl::StrCat("[", absl::StrJoin(slots, " "), "]");
}

template <typename Slots>
Deps DepsOf(const Slots& slots) {
  Deps deps;
  for (int i = 0; i < slots.size() && i < kMembersMax; ++i) {
    deps.slots[static_cast<size_t>(i)] = slots.Get(i);
  }
  return deps;
}

}  // namespace

Invariants::Invariants(const Quorums& quorums, uint64_t hash_seed, uint32_t partition)
    : quorums_(quorums), hash_seed_(hash_seed), partition_(partition) {}

void Invariants::Broken(const char* what, InstanceId id, const std::string& why) {
  // Chosen is what durable votes choose: a decision without them harms when others decide
  // otherwise.
  static constexpr absl::string_view kCauses[] = {"durable", "chosen", "slots", "floor",
                                                  "forgotten"};
  if (consequences_only_ && absl::c_linear_search(kCauses, what)) return;
  if (violation_.empty()) {
    violation_ = absl::StrCat(what, ": instance ", ToString(id), ": ", why);
  }
}

void Invariants::LearnPayload(MemberIndex from, InstanceId id, const std::string& bytes,
                              bool of_coordinator) {
  Facts& facts = At(id);
  if (!facts.payload.empty()) {
    if (facts.payload != bytes) {
      Broken("validity", id, absl::StrCat("member ", from.value, " has another payload"));
    }
    return;
  }
  if (!of_coordinator) {
    return Broken("validity", id,
                  absl::StrCat("member ", from.value,
                               " has a payload that its coordinator "
                               "never gave it"));
  }
  absl::StatusOr<Payload> payload = ParsePayload(bytes, id, hash_seed_);
  if (!payload.ok()) return Broken("validity", id, "its payload cannot be read");
  facts.payload = bytes;
  facts.keys = payload->keys;
}

void Invariants::LearnInitial(InstanceId id, const Deps& deps, MemberSet fast_quorum) {
  Facts& facts = At(id);
  if (!facts.initial_known) return Broken("validity", id, "initial deps nobody has given it");
  if (facts.initial_deps != deps || !(facts.fast_quorum == fast_quorum)) {
    Broken("validity", id, "other initial deps or another F than its coordinator's");
  }
}

void Invariants::Mention(MemberIndex at, InstanceId id, const Deps& deps) {
  auto& columns = columns_[at.value];
  const auto mention = [&](size_t r, Slot slot) {
    if (slot > columns[r].mentioned) columns[r].mentioned = slot;
  };
  mention(id.coordinator.value, id.slot);
  for (size_t r = 0; r < deps.slots.size(); ++r) mention(r, deps.slots[r]);
}

// ---- Records

void Invariants::OnRecord(MemberIndex at, const pb::Record& record) {
  if (!violation_.empty()) return;
  CheckNotCollected(at, record);
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted:
      return OnPreAccepted(at, record.pre_accepted());
    case pb::Record::kAccepted:
      return OnAccepted(at, record.accepted());
    case pb::Record::kCommitted:
      return OnCommitted(at, record.committed());
    case pb::Record::kJoined:
      return OnJoined(at, FromProto(record.joined().id()), record.joined().ballot());
    case pb::Record::kValidated:
      return OnValidated(at, record.validated());
    case pb::Record::kStarted:
      return OnStarted(at, record.started());
    case pb::Record::kDecided:
    case pb::Record::kStopped:
    case pb::Record::kCheckpoint:
    case pb::Record::KIND_NOT_SET:
      return;
  }
}

void Invariants::OnPreAccepted(MemberIndex at, const pb::PreAcceptedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  const Deps vote = DepsOf(record.deps()), initial = DepsOf(record.initial_deps());
  const bool own = at == id.coordinator;
  if (own && id.slot <= told_own_[at.value]) {
    Broken("slots", id, "its coordinator starts it after it has spoken of the slot");
  }
  if (own && !facts.initial_known) {
    facts.initial_known = true;
    facts.initial_deps = initial;
    facts.fast_quorum = MemberSet(record.fast_quorum());
    LearnPayload(at, id, record.payload(), true);
    NoteStart(id, facts);
  } else {
    LearnPayload(at, id, record.payload(), false);
    LearnInitial(id, initial, MemberSet(record.fast_quorum()));
  }
  if (member.joined > 0)
    Broken("ballots", id,
           absl::StrCat("member ", at.value, " votes in ballot 0 after it joined ", member.joined));
  if (member.pre_accepted)
    Broken("ballots", id, absl::StrCat("member ", at.value, " votes twice in ballot 0"));
  if (vote[at] < floors_[at.value]) {
    Broken("floor", id,
           absl::StrCat("member ", at.value, " votes for ", InWords(vote, quorums_.n()),
                        " above its own floor ", floors_[at.value]));
  }
  if (!vote.Contains(initial) || vote[id.coordinator] >= id.slot || (own && vote != initial)) {
    Broken("deps", id,
           absl::StrCat("member ", at.value, " votes for ", InWords(vote, quorums_.n()),
                        ", the initial ones are ", InWords(initial, quorums_.n())));
  }
  member.pre_accepted = true;
  member.vote = vote;
  Mention(at, id, vote);
}

void Invariants::OnAccepted(MemberIndex at, const pb::AcceptedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  if (!record.payload().empty()) LearnPayload(at, id, record.payload(), false);
  if (record.ballot() < member.joined) {
    Broken("ballots", id,
           absl::StrCat("member ", at.value, " accepts in ballot ", record.ballot(),
                        " after it joined ", member.joined));
  }
  member.joined = record.ballot();
  member.accepted = true;
  member.accepted_ballot = record.ballot();
  LearnAccept(id, record.ballot(), {record.noop(), DepsOf(record.deps())});
  Mention(at, id, DepsOf(record.deps()));
}

void Invariants::OnCommitted(MemberIndex at, const pb::CommittedRecord& record) {
  const InstanceId id = FromProto(record.id());
  Facts& facts = At(id);
  Member& member = facts.members[at.value];
  if (!record.payload().empty()) LearnPayload(at, id, record.payload(), false);
  if (member.committed)
    Broken("agreement", id, absl::StrCat("member ", at.value, " commits it twice"));
  member.committed = true;
  LearnOutcome(id, {record.noop(), DepsOf(record.deps())});
  if (!record.noop()) ++not_executed_[at.value];
  ++columns_[at.value][id.coordinator.value].committed;
  Mention(at, id, DepsOf(record.deps()));
}

void Invariants::OnJoined(MemberIndex at, InstanceId id, Ballot ballot) {
  Member& member = At(id).members[at.value];
  if (ballot <= member.joined) {
    Broken("ballots", id,
           absl::StrCat("member ", at.value, " joins ", ballot, " after ", member.joined));
  }
  Hold(member, ballot);
  Mention(at, id, {});
}

void Invariants::Hold(Member& member, Ballot joined) {
  member.joined = joined;
  Held& held = member.held[joined];
  held.phase = member.accepted       ? pb::RecoverOk::PHASE_ACCEPTED
               : member.pre_accepted ? pb::RecoverOk::PHASE_PRE_ACCEPTED
                                     : pb::RecoverOk::PHASE_NONE;
  held.accepted_ballot = member.accepted_ballot;
}

void Invariants::OnValidated(MemberIndex at, const pb::ValidatedRecord& record) {
  const InstanceId id = FromProto(record.id());
  if (!record.payload().empty()) LearnPayload(at, id, record.payload(), false);
  LearnInitial(id, DepsOf(record.initial_deps()), MemberSet(record.fast_quorum()));
  Mention(at, id, {});
}

void Invariants::OnDurable(MemberIndex at, const pb::Record& record) {
  if (!violation_.empty()) return;
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted: {
      const InstanceId id = FromProto(record.pre_accepted().id());
      At(id).members[at.value].pre_accepted_durable = true;
      if (id.coordinator == at) durable_own_[at.value] = std::max(durable_own_[at.value], id.slot);
      break;
    }
    case pb::Record::kAccepted: {
      const InstanceId id = FromProto(record.accepted().id());
      Facts& facts = At(id);
      Accepted& accepted = facts.accepts[record.accepted().ballot()];
      accepted.durable.Add(at);
      if (accepted.durable.Size() >= quorums_.slow_size()) {
        Choose(id, facts, record.accepted().ballot(), accepted.value);
      }
      break;
    }
    case pb::Record::kDecided: {
      Facts& facts = At(FromProto(record.decided().id()));
      facts.decided_durable = facts.members[at.value].outcome_durable = true;
      break;
    }
    case pb::Record::kJoined:
      At(FromProto(record.joined().id())).members[at.value].held[record.joined().ballot()].durable =
          true;
      break;
    case pb::Record::kValidated:
      At(FromProto(record.validated().id())).members[at.value].validated_durable = true;
      break;
    case pb::Record::kCommitted:
      At(FromProto(record.committed().id())).members[at.value].outcome_durable = true;
      break;
    case pb::Record::kStarted:
    case pb::Record::kStopped:
    case pb::Record::kCheckpoint:
    case pb::Record::KIND_NOT_SET:
      break;
  }
}

// ---- Decisions

void Invariants::LearnAccept(InstanceId id, Ballot ballot, const Value& value) {
  Facts& facts = At(id);
  const auto [it, first] = facts.accepts.try_emplace(ballot, Accepted{value, {}});
  if (!first) {
    if (!(it->second.value == value)) {
      Broken("ballots", id, absl::StrCat("two values in ballot ", ballot));
    }
    return;
  }
  if (value.noop && ballot == 0) Broken("ballots", id, "a noop in the coordinator's ballot");
  if (!value.noop &&
      (!value.deps.Contains(facts.initial_deps) || value.deps[id.coordinator] >= id.slot)) {
    Broken("deps", id, absl::StrCat("accepted with ", InWords(value.deps, quorums_.n())));
  }
  if (facts.chosen && ballot > facts.chosen_ballot && !(value == facts.chosen_value)) {
    Broken("chosen", id,
           absl::StrCat("ballot ", ballot, " proposes another value than ballot ",
                        facts.chosen_ballot, " has chosen"));
  }
}

void Invariants::Choose(InstanceId id, Facts& facts, Ballot ballot, const Value& value) {
  if (facts.chosen && facts.chosen_ballot <= ballot) return;
  facts.chosen = true;
  facts.chosen_ballot = ballot;
  facts.chosen_value = value;
  for (const auto& [higher, accepted] : facts.accepts) {
    if (higher <= ballot || accepted.value == value) continue;
    Broken("chosen", id,
           absl::StrCat("ballot ", higher, " proposes another value than ballot ", ballot,
                        " has chosen"));
  }
}

bool Invariants::IsFast(InstanceId id, const Facts& facts, const Value& value) const {
  if (value.noop || value.deps != facts.initial_deps) return false;
  // Votes alone decide nothing: the coordinator does, as long as it has joined no other ballot.
  if (facts.members[id.coordinator.value].joined > 0) return false;
  MemberSet matching;
  for (const MemberIndex m : quorums_.all()) {
    const Member& member = facts.members[m.value];
    if (member.pre_accepted_durable && member.vote == facts.initial_deps) matching.Add(m);
  }
  if (matching.Contains(facts.fast_quorum)) return true;
  return facts.decided_durable && matching.Size() >= quorums_.two_flush_fast_size();
}

void Invariants::LearnOutcome(InstanceId id, const Value& value) {
  Facts& facts = At(id);
  if (facts.has_outcome) {
    if (!(facts.outcome == value)) {
      const auto words = [&](const Value& v) {
        return absl::StrCat(v.noop ? "noop " : "payload ", InWords(v.deps, quorums_.n()));
      };
      Broken("agreement", id,
             absl::StrCat("two outcomes: ", words(facts.outcome), " and ", words(value)));
    }
    return;
  }
  facts.has_outcome = true;
  facts.outcome = value;
  ++committed_;
  noops_ += value.noop;
  if (!facts.chosen && IsFast(id, facts, value)) Choose(id, facts, 0, value);
  if (!facts.chosen || !(facts.chosen_value == value)) {
    Broken("chosen", id,
           absl::StrCat("committed as ", value.noop ? "noop" : "payload",
                        ", which no quorum has voted for"));
  }
  if (value.noop) return;
  if (!value.deps.Contains(facts.initial_deps) || value.deps[id.coordinator] >= id.slot) {
    Broken("deps", id, absl::StrCat("committed with ", InWords(value.deps, quorums_.n())));
  }
  CheckVisibility(id, facts);
}

// ---- Messages

void Invariants::CheckOwner(MemberIndex from, InstanceId id, Ballot ballot) {
  const auto n = static_cast<Ballot>(quorums_.n());
  const bool owns = ballot == 0 ? from == id.coordinator : ballot % n == from.value;
  if (!owns)
    Broken("ballots", id,
           absl::StrCat("member ", from.value, " uses ballot ", ballot, " of another"));
}

void Invariants::CheckJoinedDurably(MemberIndex from, InstanceId id, Ballot ballot) {
  const Member& member = At(id).members[from.value];
  const auto held = member.held.find(ballot);
  if (held == member.held.end() || !held->second.durable) {
    Broken("durable", id,
           absl::StrCat("member ", from.value, " speaks in ballot ", ballot,
                        " before its promise is durable"));
  }
}

void Invariants::OnSent(MemberIndex from, const pb::Envelope& envelope) {
  if (!violation_.empty()) return;
  NoteTold(from, envelope);
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept: {
      const pb::PreAccept& message = envelope.pre_accept();
      const InstanceId id = FromProto(message.id());
      LearnPayload(from, id, message.payload(), false);
      LearnInitial(id, DepsOf(message.initial_deps()), MemberSet(message.fast_quorum()));
      return CheckOwner(from, id, 0);
    }
    case pb::Envelope::kPreAcceptOk:
      return OnSentPreAcceptOk(from, envelope.pre_accept_ok());
    case pb::Envelope::kAccept:
      return OnSentAccept(from, envelope.accept());
    case pb::Envelope::kAcceptOk: {
      const InstanceId id = FromProto(envelope.accept_ok().id());
      const auto& accepts = At(id).accepts;
      const auto it = accepts.find(envelope.accept_ok().ballot());
      if (it == accepts.end() || !it->second.durable.Has(from)) {
        Broken("durable", id, absl::StrCat("member ", from.value, " says AcceptOk before it is"));
      }
      return;
    }
    case pb::Envelope::kCommit:
      return OnSentCommit(from, envelope.commit());
    case pb::Envelope::kHeartbeat:
      return OnSentMarks(from, DepsOf(envelope.heartbeat().applied()),
                         DepsOf(envelope.heartbeat().everywhere()));
    case pb::Envelope::kTruncated: {
      // Its own part in that is told with it.
      const Deps everywhere = DepsOf(envelope.truncated().everywhere());
      return OnSentMarks(from, everywhere, everywhere);
    }
    case pb::Envelope::kPayload:
      return LearnPayload(from, FromProto(envelope.payload().id()), envelope.payload().payload(),
                          false);
    default:
      return OnSentRecovery(from, envelope);
  }
}

void Invariants::OnSentPreAcceptOk(MemberIndex from, const pb::PreAcceptOk& message) {
  const InstanceId id = FromProto(message.id());
  const Member& member = At(id).members[from.value];
  if (!member.pre_accepted_durable) {
    Broken("durable", id, absl::StrCat("member ", from.value, " says PreAcceptOk before it is"));
  }
  if (member.vote != DepsOf(message.deps())) {
    Broken("ballots", id, absl::StrCat("member ", from.value, " tells another vote than its own"));
  }
}

void Invariants::OnSentAccept(MemberIndex from, const pb::Accept& message) {
  const InstanceId id = FromProto(message.id());
  if (message.has_payload()) LearnPayload(from, id, message.payload(), false);
  CheckOwner(from, id, message.ballot());
  LearnAccept(id, message.ballot(), {message.has_noop(), DepsOf(message.deps())});
  const Accepted& accepted = At(id).accepts.at(message.ballot());
  if (message.ballot() > 0 && !accepted.durable.Has(from)) {
    Broken("durable", id,
           absl::StrCat("member ", from.value, " proposes in ballot ", message.ballot(),
                        " before its own vote is durable"));
  }
}

void Invariants::OnSentCommit(MemberIndex from, const pb::Commit& message) {
  const InstanceId id = FromProto(message.id());
  if (message.has_payload()) LearnPayload(from, id, message.payload(), false);
  LearnOutcome(id, {message.has_noop(), DepsOf(message.deps())});
}

void Invariants::OnSentRecovery(MemberIndex from, const pb::Envelope& envelope) {
  switch (envelope.message_case()) {
    case pb::Envelope::kRecover: {
      const InstanceId id = FromProto(envelope.recover().id());
      CheckOwner(from, id, envelope.recover().ballot());
      return CheckJoinedDurably(from, id, envelope.recover().ballot());
    }
    case pb::Envelope::kRecoverOk:
      return OnSentRecoverOk(from, envelope.recover_ok());
    case pb::Envelope::kValidate: {
      const pb::Validate& message = envelope.validate();
      const InstanceId id = FromProto(message.id());
      CheckOwner(from, id, message.ballot());
      LearnPayload(from, id, message.payload(), false);
      LearnInitial(id, DepsOf(message.initial_deps()), MemberSet(message.fast_quorum()));
      if (!At(id).members[from.value].validated_durable) {
        Broken("durable", id, "Validate leaves before the recoverer's own registration is durable");
      }
      return;
    }
    case pb::Envelope::kValidateOk: {
      const InstanceId id = FromProto(envelope.validate_ok().id());
      if (!At(id).members[from.value].validated_durable) {
        Broken("durable", id, absl::StrCat("member ", from.value, " says ValidateOk before it is"));
      }
      return;
    }
    case pb::Envelope::kNack: {
      const InstanceId id = FromProto(envelope.nack().id());
      if (At(id).members[from.value].joined < envelope.nack().ballot()) {
        Broken("ballots", id,
               absl::StrCat("member ", from.value, " has not joined the ballot of its Nack"));
      }
      return;
    }
    default:
      return;
  }
}

void Invariants::OnSentRecoverOk(MemberIndex from, const pb::RecoverOk& message) {
  const InstanceId id = FromProto(message.id());
  CheckJoinedDurably(from, id, message.ballot());
  Facts& facts = At(id);
  const Member& member = facts.members[from.value];
  const auto held = member.held.find(message.ballot());
  if (held == member.held.end()) return;
  const bool intact = from == id.coordinator && id.slot > floors_[from.value];
  if (message.intact() != intact) {
    Broken("floor", id, absl::StrCat("member ", from.value, " says wrongly whether it is intact"));
  }
  bool right = held->second.phase == message.phase();
  if (from == id.coordinator && !intact && message.phase() == pb::RecoverOk::PHASE_PRE_ACCEPTED) {
    ++restart_counts_.restarted_voters;
  }
  if (message.phase() == pb::RecoverOk::PHASE_ACCEPTED) {
    const Value told{message.noop(), DepsOf(message.deps())};
    right = right && message.accepted_ballot() == held->second.accepted_ballot &&
            told == facts.accepts[message.accepted_ballot()].value;
  } else if (message.phase() == pb::RecoverOk::PHASE_PRE_ACCEPTED) {
    right = right && DepsOf(message.deps()) == member.vote;
  }
  if (!right) {
    Broken("ballots", id,
           absl::StrCat("member ", from.value, " tells not what it held when it joined ballot ",
                        message.ballot()));
  }
  if (!message.payload().empty()) LearnPayload(from, id, message.payload(), false);
  if (!message.initial_deps().empty()) {
    LearnInitial(id, DepsOf(message.initial_deps()), MemberSet(message.fast_quorum()));
  }
}

}  // namespace althing::sim
