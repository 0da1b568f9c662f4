#include "replica/core/epaxos/value_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/validate.h"

namespace althing {
namespace {

// REQUIRES: keys as a Payload has them.
bool Conflict(const Payload& a, const Payload& b) {
  for (auto i = a.keys.begin(), j = b.keys.begin(); i != a.keys.end() && j != b.keys.end();) {
    if (i->key == j->key && (i->write || j->write)) return true;
    if (i->key <= j->key) {
      ++i;
    } else {
      ++j;
    }
  }
  return false;
}

}  // namespace

absl::Status CheckValue(InstanceId id, const Instance* known, const std::string* payload, bool noop,
                        const Deps& deps) {
  if (known == nullptr) return absl::OkStatus();
  if (payload != nullptr && known->payload != nullptr && known->payload->bytes != *payload) {
    return absl::InvalidArgumentError(absl::StrCat("another payload for ", ToString(id)));
  }
  if (!noop && known->initial_known && !deps.Contains(known->initial_deps)) {
    return absl::InvalidArgumentError(
        absl::StrCat("deps of ", ToString(id), " without all of its initial deps"));
  }
  return absl::OkStatus();
}

absl::Status CheckInitial(InstanceId id, const Instance* known, const Deps& initial_deps,
                          MemberSet fast_quorum) {
  if (known != nullptr && known->initial_known &&
      (known->initial_deps != initial_deps || known->fast_quorum != fast_quorum)) {
    return absl::InvalidArgumentError(
        absl::StrCat("other initial deps or another fast quorum for ", ToString(id)));
  }
  return absl::OkStatus();
}

absl::Status CheckRecoverOk(const State& state, const pb::RecoverOk& message) {
  const InstanceId id = FromProto(message.id());
  const Instance& known = *state.space.Find(id);
  absl::Status status;
  if (message.phase() != pb::RecoverOk::PHASE_NONE) {
    status.Update(CheckValue(id, &known, message.payload().empty() ? nullptr : &message.payload(),
                             message.noop(), DepsFromProto(message.deps())));
  }
  if (message.fast_quorum() != 0) {
    status.Update(CheckInitial(id, &known, DepsFromProto(message.initial_deps()),
                               MemberSet(message.fast_quorum())));
  }
  return status;
}

absl::Status CheckTwoAnswers(const pb::RecoverOk& one, const pb::RecoverOk& other) {
  if (one.fast_quorum() != 0 && other.fast_quorum() != 0 &&
      (one.fast_quorum() != other.fast_quorum() ||
       DepsFromProto(one.initial_deps()) != DepsFromProto(other.initial_deps()))) {
    return absl::InvalidArgumentError(absl::StrCat("other initial deps or another fast quorum for ",
                                                   ToString(FromProto(one.id())),
                                                   " than somebody else has"));
  }
  if (one.phase() == pb::RecoverOk::PHASE_ACCEPTED &&
      other.phase() == pb::RecoverOk::PHASE_ACCEPTED &&
      one.accepted_ballot() == other.accepted_ballot() &&
      (one.noop() != other.noop() || DepsFromProto(one.deps()) != DepsFromProto(other.deps()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("another value for ", ToString(FromProto(one.id())), " in ballot ",
                     one.accepted_ballot(), " than somebody else has"));
  }
  return absl::OkStatus();
}

absl::Status CheckInvalidators(const State& state, const Deps& initial_deps,
                               const pb::ValidateOk& message) {
  const InstanceId id = FromProto(message.id());
  const Payload& payload = *state.space.Find(id)->payload;
  for (const auto& invalidator : message.invalidators()) {
    const InstanceId other = FromProto(invalidator.id());
    const auto not_one = [&](absl::string_view why) {
      return absl::InvalidArgumentError(
          absl::StrCat(ToString(other), " does not invalidate ", ToString(id), ": ", why));
    };
    if (other == id) return not_one("it is the same");
    if (initial_deps.Covers(other)) return not_one("it is among its initial deps");
    const Instance* known = state.space.Find(other);
    if (known == nullptr) continue;
    if (known->payload != nullptr && !Conflict(payload, *known->payload)) {
      return not_one("they do not conflict");
    }
    // A member that has not seen its outcome may name it still, as pending.
    if (!invalidator.committed() || !known->committed()) continue;
    if (known->value == Value::kNoop) return not_one("it is a noop");
    if (known->deps.Covers(id)) return not_one("it depends on it");
  }
  return absl::OkStatus();
}

}  // namespace althing
