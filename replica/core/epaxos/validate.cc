#include "replica/core/epaxos/validate.h"

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

using Slots = google::protobuf::RepeatedField<uint64_t>;
using Ids = google::protobuf::RepeatedPtrField<pb::InstanceId>;

// One message's checks, in the order of its fields; the first failure stays.
class Checker {
 public:
  Checker(MemberIndex from, MemberIndex self, Slot own_highest, const Quorums& quorums)
      : from_(from), self_(self), own_highest_(own_highest), quorums_(quorums) {}

  absl::Status status() const { return status_; }

  // In form only: `self` need not have used the slot.
  Checker& AnyId(const pb::InstanceId& id) {
    if (id.coordinator() >= static_cast<uint32_t>(quorums_.n())) {
      return Fail(absl::StrCat("coordinator ", id.coordinator(), " of ", quorums_.n(), " members"));
    }
    if (id.slot() == 0 || id.slot() > kSlotMax) return Fail(absl::StrCat("slot ", id.slot()));
    return *this;
  }
  Checker& Id(const pb::InstanceId& id) {
    AnyId(id);
    if (id.coordinator() == self_.value && id.slot() > own_highest_) {
      return Fail(absl::StrCat("slot ", id.slot(), " of mine; the highest is ", own_highest_));
    }
    return *this;
  }
  // Of a question: whoever asks may have been told of slots that nobody used, and gets no answer
  // for them.
  Checker& Questions(const Ids& ids) {
    if (ids.empty() || ids.size() > kIdsPerMessageMax) {
      return Fail(absl::StrCat(ids.size(), " ids; 1 to ", kIdsPerMessageMax, " are allowed"));
    }
    for (const pb::InstanceId& id : ids) AnyId(id);
    return *this;
  }
  Checker& OfSender(const Ids& ids) {
    if (ids.size() > kIdsPerMessageMax) {
      return Fail(absl::StrCat(ids.size(), " ids; at most ", kIdsPerMessageMax, " are allowed"));
    }
    for (const pb::InstanceId& id : ids) AnyId(id).CoordinatedBy(id, from_);
    return *this;
  }
  Checker& CoordinatedBy(const pb::InstanceId& id, MemberIndex member) {
    if (id.coordinator() != member.value) {
      return Fail(
          absl::StrCat("instance of coordinator ", id.coordinator(), " instead of ", member.value));
    }
    return *this;
  }
  Checker& SeenOfLost(const Slots& slots) {
    return slots.empty() ? *this : OfEachMember(slots, "news of");
  }
  // `self` cannot have used slots that it does not know.
  Checker& Marks(const Slots& applied, const Slots& everywhere) {
    if (applied.empty() && everywhere.empty()) return *this;
    OfEachMember(applied, "executed").OfEachMember(everywhere, "executed everywhere");
    if (!status_.ok()) return *this;
    return That(DepsFromProto(applied).Contains(DepsFromProto(everywhere)),
                "executed everywhere and not at the sender");
  }
  Checker& Everywhere(const Slots& slots) { return OfEachMember(slots, "executed everywhere"); }
  Checker& Vector(const pb::InstanceId& id, const Slots& slots) {
    OfEachMember(slots, "a dependency on");
    if (!status_.ok()) return *this;
    if (id.coordinator() < static_cast<uint32_t>(slots.size()) &&
        slots[static_cast<int>(id.coordinator())] >= id.slot()) {
      return Fail(absl::StrCat("instance ", id.coordinator(), ".", id.slot(),
                               " depends on itself or a later one of its coordinator"));
    }
    return *this;
  }
  Checker& BallotOf(uint64_t ballot, const pb::InstanceId& id, MemberIndex member) {
    if (ballot > kBallotMax) return Fail(absl::StrCat("ballot ", ballot));
    const uint64_t owner =
        ballot == 0 ? id.coordinator() : ballot % static_cast<uint64_t>(quorums_.n());
    if (owner != member.value) return Fail(absl::StrCat("ballot ", ballot, " belongs to ", owner));
    return *this;
  }
  Checker& Joined(uint64_t ballot) {
    if (ballot == 0 || ballot > kBallotMax) return Fail(absl::StrCat("ballot ", ballot));
    return *this;
  }
  Checker& FastQuorum(uint32_t bits, const pb::InstanceId& id) {
    const MemberIndex coordinator{static_cast<uint8_t>(id.coordinator())};
    const MemberSet members(bits);
    if (bits > quorums_.all().bits() || id.coordinator() >= static_cast<uint32_t>(quorums_.n()) ||
        !members.Has(coordinator) || members.Size() < quorums_.FastQuorum(coordinator).Size()) {
      return Fail(absl::StrCat("fast quorum with bits ", bits));
    }
    return *this;
  }
  Checker& Members(uint32_t bits) {
    if (bits > quorums_.all().bits()) return Fail(absl::StrCat("members with bits ", bits));
    return *this;
  }
  Checker& That(bool holds, absl::string_view what) { return holds ? *this : Fail(what); }
  MemberIndex from() const { return from_; }
  MemberIndex self() const { return self_; }
  Slot own_highest() const { return own_highest_; }

 private:
  Checker& OfEachMember(const Slots& slots, absl::string_view what) {
    if (slots.size() != quorums_.n()) {
      return Fail(absl::StrCat("a vector of ", slots.size(), " for ", quorums_.n(), " members"));
    }
    for (int r = 0; r < slots.size(); ++r) {
      if (slots[r] > (r == self_.value ? own_highest_ : kSlotMax)) {
        return Fail(absl::StrCat(what, " slot ", slots[r], " of member ", r));
      }
    }
    return *this;
  }
  Checker& Fail(absl::string_view what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(what);
    return *this;
  }

  const MemberIndex from_;
  const MemberIndex self_;
  const Slot own_highest_;
  const Quorums& quorums_;
  absl::Status status_;
};

constexpr char kFalse[] = "a value that is not the case";

void Check(const pb::PreAccept& m, Checker& check) {
  check.Id(m.id())
      .CoordinatedBy(m.id(), check.from())
      .Vector(m.id(), m.initial_deps())
      .FastQuorum(m.fast_quorum(), m.id());
}
void Check(const pb::PreAcceptOk& m, Checker& check) {
  check.Id(m.id()).CoordinatedBy(m.id(), check.self()).Vector(m.id(), m.deps());
}
void Check(const pb::Accept& m, Checker& check) {
  check.Id(m.id())
      .BallotOf(m.ballot(), m.id(), check.from())
      .Vector(m.id(), m.deps())
      .That(m.value_case() != pb::Accept::VALUE_NOT_SET, "no value")
      .That(m.has_noop() == m.noop() && m.has_as_pre_accepted() == m.as_pre_accepted(), kFalse)
      .That(!m.has_noop() || m.ballot() > 0, "a noop in ballot 0");
}
void Check(const pb::AcceptOk& m, Checker& check) {
  check.Id(m.id()).BallotOf(m.ballot(), m.id(), check.self());
}
void Check(const pb::Commit& m, Checker& check) {
  check.Id(m.id())
      .Vector(m.id(), m.deps())
      .That(m.value_case() != pb::Commit::VALUE_NOT_SET, "no value")
      .That(m.has_noop() == m.noop() && m.has_as_pre_accepted() == m.as_pre_accepted(), kFalse);
}
void Check(const pb::Nack& m, Checker& check) { check.Id(m.id()).Joined(m.ballot()); }
void Check(const pb::Recover& m, Checker& check) {
  check.Id(m.id()).Joined(m.ballot()).BallotOf(m.ballot(), m.id(), check.from());
}
void Check(const pb::RecoverOk& m, Checker& check) {
  const bool none = m.phase() == pb::RecoverOk::PHASE_NONE;
  const bool accepted = m.phase() == pb::RecoverOk::PHASE_ACCEPTED;
  check.Id(m.id())
      .Joined(m.ballot())
      .BallotOf(m.ballot(), m.id(), check.self())
      .That(pb::RecoverOk::Phase_IsValid(m.phase()), "an unknown phase")
      .That(accepted || (m.accepted_ballot() == 0 && !m.noop()), "accepted nothing, but a value")
      .That(m.accepted_ballot() < m.ballot(), "accepted in this ballot or a later one")
      .That(!m.noop() || m.accepted_ballot() > 0, "a noop in ballot 0")
      .That(none == m.deps().empty(), "a vote without dependencies, or the reverse")
      .That((m.fast_quorum() == 0) == m.initial_deps().empty(),
            "a fast quorum without initial dependencies, or the reverse")
      .That(m.phase() != pb::RecoverOk::PHASE_PRE_ACCEPTED || m.fast_quorum() != 0,
            "a vote for unknown initial dependencies")
      .That((none || m.noop()) == m.payload().empty(), "a value without payload, or the reverse")
      .That(!m.intact() || m.id().coordinator() == check.from().value,
            "intact, and not the coordinator");
  if (!none) check.Vector(m.id(), m.deps());
  if (m.fast_quorum() == 0) return;
  check.Vector(m.id(), m.initial_deps()).FastQuorum(m.fast_quorum(), m.id());
  if (none || m.noop() || !check.status().ok()) return;
  const Deps deps = DepsFromProto(m.deps()), initial_deps = DepsFromProto(m.initial_deps());
  const MemberIndex coordinator{static_cast<uint8_t>(m.id().coordinator())};
  check.That(deps.Contains(initial_deps), "a vote that does not hold the initial dependencies")
      .That(accepted || deps[coordinator] == initial_deps[coordinator],
            "a vote that adds to the coordinator's own column");
}
void Check(const pb::Validate& m, Checker& check) {
  check.Id(m.id())
      .Joined(m.ballot())
      .BallotOf(m.ballot(), m.id(), check.from())
      .Vector(m.id(), m.initial_deps())
      .FastQuorum(m.fast_quorum(), m.id());
}
void Check(const pb::ValidateOk& m, Checker& check) {
  check.Id(m.id()).Joined(m.ballot()).BallotOf(m.ballot(), m.id(), check.self());
  for (const auto& invalidator : m.invalidators()) check.Id(invalidator.id());
}
void Check(const pb::Waiting& m, Checker& check) {
  check.Id(m.id()).Members(m.voters());
  if (!check.status().ok()) return;
  check.That((m.voters() >> m.id().coordinator()) % 2 == 1, "voters without the coordinator");
}
void CheckOwnProgress(uint64_t highest, uint64_t committed, uint64_t floor, Checker& check) {
  check.That(highest <= kSlotMax, "a highest slot beyond all bounds")
      .That(floor <= highest, "a floor above the highest slot")
      .That(committed <= highest, "a committed prefix above the highest slot");
}
void Check(const pb::Heartbeat& m, Checker& check) {
  CheckOwnProgress(m.highest_own(), m.committed_prefix_own(), m.floor(), check);
  check.SeenOfLost(m.seen_of_lost()).Marks(m.applied(), m.everywhere());
}
void Check(const pb::HeartbeatEcho& m, Checker& check) {
  CheckOwnProgress(m.highest_own(), m.committed_prefix_own(), m.floor(), check);
  check.SeenOfLost(m.seen_of_lost()).Marks(m.applied(), m.everywhere());
  check.That(m.highest_own() <= check.own_highest(), "an echo of a slot that I have not used");
}
void Check(const pb::ProbeReply& m, Checker& check) {
  check.That(!m.in_progress().empty() || !m.not_mine().empty(), "no ids")
      .OfSender(m.in_progress())
      .OfSender(m.not_mine());
}

}  // namespace

absl::Status ValidateEnvelope(const pb::Envelope& envelope, MemberIndex from, MemberIndex self,
                              Slot own_highest, const Quorums& quorums) {
  if (!quorums.all().Has(from) || from == self) {
    return absl::InvalidArgumentError(absl::StrCat("a message from member ", from.value));
  }
  Checker check(from, self, own_highest, quorums);
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept:
      Check(envelope.pre_accept(), check);
      break;
    case pb::Envelope::kPreAcceptOk:
      Check(envelope.pre_accept_ok(), check);
      break;
    case pb::Envelope::kAccept:
      Check(envelope.accept(), check);
      break;
    case pb::Envelope::kAcceptOk:
      Check(envelope.accept_ok(), check);
      break;
    case pb::Envelope::kCommit:
      Check(envelope.commit(), check);
      break;
    case pb::Envelope::kNack:
      Check(envelope.nack(), check);
      break;
    case pb::Envelope::kHeartbeat:
      Check(envelope.heartbeat(), check);
      break;
    case pb::Envelope::kHeartbeatEcho:
      Check(envelope.heartbeat_echo(), check);
      break;
    case pb::Envelope::kProbe:
      check.Questions(envelope.probe().ids());
      break;
    case pb::Envelope::kProbeReply:
      Check(envelope.probe_reply(), check);
      break;
    case pb::Envelope::kFetch:
      check.Questions(envelope.fetch().ids());
      break;
    case pb::Envelope::kPayload:
      check.Id(envelope.payload().id());
      break;
    case pb::Envelope::kRecover:
      Check(envelope.recover(), check);
      break;
    case pb::Envelope::kRecoverOk:
      Check(envelope.recover_ok(), check);
      break;
    case pb::Envelope::kValidate:
      Check(envelope.validate(), check);
      break;
    case pb::Envelope::kValidateOk:
      Check(envelope.validate_ok(), check);
      break;
    case pb::Envelope::kWaiting:
      Check(envelope.waiting(), check);
      break;
    case pb::Envelope::kTruncated:
      check.Everywhere(envelope.truncated().everywhere());
      break;
    case pb::Envelope::MESSAGE_NOT_SET:
      return absl::InvalidArgumentError("an envelope without a message that this version knows");
  }
  return check.status();
}

Deps DepsFromProto(const Slots& slots) {
  Deps deps;
  for (int r = 0; r < slots.size(); ++r) deps.slots[static_cast<size_t>(r)] = slots[r];
  return deps;
}

void DepsToProto(const Deps& deps, int members, Slots* out) {
  out->Add(deps.slots.begin(), deps.slots.begin() + members);
}

}  // namespace althing
