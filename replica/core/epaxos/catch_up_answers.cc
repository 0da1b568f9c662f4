// What CatchUp tells those who ask; what it asks itself is in catch_up.cc.
#include <algorithm>
#include <utility>

#include "replica/core/epaxos/catch_up.h"
#include "replica/core/epaxos/validate.h"

namespace althing {
namespace {

// What one Fetch or Probe is answered with; the asker asks again for the rest.
constexpr uint64_t kAnswerBytesMax = 4 << 20;

// Whether an answer has room for the payload too; the first always has.
bool Fits(const Instance& instance, uint64_t* bytes_left) {
  const uint64_t bytes = instance.payload == nullptr ? 0 : instance.payload->bytes.size();
  if (bytes > *bytes_left && *bytes_left < kAnswerBytesMax) return false;
  *bytes_left -= std::min(bytes, *bytes_left);
  return true;
}

}  // namespace

pb::Envelope CommitMessage(InstanceId id, const Instance& instance, int members) {
  pb::Envelope envelope;
  auto& commit = *envelope.mutable_commit();
  ToProto(id, commit.mutable_id());
  DepsToProto(instance.deps, members, commit.mutable_deps());
  if (instance.value == Value::kNoop) {
    commit.set_noop(true);
  } else {
    commit.set_payload(instance.payload->bytes);
  }
  return envelope;
}

pb::Envelope TruncatedMessage(const State& state) {
  pb::Envelope envelope;
  DepsToProto(state.everywhere, state.n(), envelope.mutable_truncated()->mutable_everywhere());
  return envelope;
}

void CatchUp::OnProbe(MemberIndex from, const pb::Probe& message) {
  uint64_t bytes_left = kAnswerBytesMax;
  pb::Envelope envelope;
  auto& reply = *envelope.mutable_probe_reply();
  bool collected = false;
  for (const pb::InstanceId& asked : message.ids()) {
    const InstanceId id = FromProto(asked);
    if (state_.Collected(id)) {
      collected = true;
      continue;
    }
    const Instance* instance = state_.space.Find(id);
    if (instance != nullptr && Decided(id, *instance)) {
      if (message.with_payload() && !Fits(*instance, &bytes_left)) continue;
      SendOutcome(from, id, *instance, message.with_payload());
    } else if (id.coordinator != state_.self() || id.slot > Own().highest) {
      // Its coordinator alone knows what it is about. And of a slot of its own that it has not
      // used someone has lied to the asker: "not mine" would be wrong, it may yet be used.
      continue;
    } else if (AtWork(id)) {
      ToProto(id, reply.add_in_progress());
    } else {
      ToProto(id, reply.add_not_mine());
    }
  }
  if (collected) state_.Send(MemberSet::Of(from), TruncatedMessage(state_), LogPosition{});
  if (reply.in_progress().empty() && reply.not_mine().empty()) return;
  state_.Send(MemberSet::Of(from), std::move(envelope), LogPosition{});
}

bool CatchUp::AtWork(InstanceId id) const {
  // Without a quorum its work leads nowhere: nobody should be patient with it.
  if (id.coordinator != state_.self() || !state_.HasQuorum()) return false;
  // What earlier runs left, the slots that they may have used included, it recovers itself.
  return coordinator_.Coordinates(id) || id.slot <= state_.floors[state_.self()];
}

void CatchUp::OnFetch(MemberIndex from, const pb::Fetch& message) {
  uint64_t bytes_left = kAnswerBytesMax;
  bool collected = false;
  pb::Envelope reply;
  for (const pb::InstanceId& asked : message.ids()) {
    const InstanceId id = FromProto(asked);
    if (state_.Collected(id)) {
      collected = true;
      continue;
    }
    const Instance* instance = state_.space.Find(id);
    const bool known = instance != nullptr && instance->known();
    if ((!known || !Decided(id, *instance)) && AtWork(id)) {
      ToProto(id, reply.mutable_probe_reply()->add_in_progress());
    }
    if (!known || !Fits(*instance, &bytes_left)) continue;
    if (Decided(id, *instance)) {
      SendOutcome(from, id, *instance, true);
      continue;
    }
    pb::Envelope envelope;
    ToProto(id, envelope.mutable_payload()->mutable_id());
    envelope.mutable_payload()->set_payload(instance->payload->bytes);
    // A PreAccept that waits for its record is not told in another way either.
    const bool waits = state_.options.flushes_in_sequence && id.coordinator == state_.self();
    state_.Send(MemberSet::Of(from), std::move(envelope),
                waits ? instance->vote_position : LogPosition{});
  }
  if (collected) state_.Send(MemberSet::Of(from), TruncatedMessage(state_), LogPosition{});
  if (reply.has_probe_reply()) state_.Send(MemberSet::Of(from), std::move(reply), LogPosition{});
}

bool CatchUp::Decided(InstanceId id, const Instance& instance) const {
  return instance.committed() || coordinator_.decided(id).value != 0;
}

void CatchUp::SendOutcome(MemberIndex to, InstanceId id, const Instance& instance,
                          bool with_payload) {
  pb::Envelope envelope = CommitMessage(id, instance, state_.n());
  if (!with_payload && instance.value == Value::kPayload) {
    envelope.mutable_commit()->set_as_pre_accepted(true);
  }
  state_.Send(MemberSet::Of(to), std::move(envelope),
              instance.committed() ? LogPosition{} : coordinator_.decided(id));
}

}  // namespace althing
