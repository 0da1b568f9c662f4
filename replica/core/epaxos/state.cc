#include "replica/core/epaxos/state.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "replica/core/check.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// Whether a planted bug leaves the instance out of the index.
bool PlantedOut(const Instance& instance) {
  const bool noop = instance.value == Value::kNoop;
  if (Planted(Bug::kNoopLeavesIndex)) return noop;
  if (Planted(Bug::kCommittedNoopLeavesIndex)) return noop && instance.committed();
  return instance.phase == Phase::kNone && instance.initial_known;
}

// Whether a planted bug lets the message leave at once.
bool PlantedEarly(const pb::Envelope& message) {
  return (Planted(Bug::kVoteUnflushed) && message.has_pre_accept_ok()) ||
         (Planted(Bug::kAcceptOkUnflushed) && message.has_accept_ok()) ||
         (Planted(Bug::kRecoverUnflushed) && message.has_recover()) ||
         (Planted(Bug::kRecoverOkUnflushed) && message.has_recover_ok()) ||
         (Planted(Bug::kValidateOkUnflushed) && message.has_validate_ok()) ||
         (Planted(Bug::kProposalUnflushed) && (message.has_accept() || message.has_validate()));
}

}  // namespace

State::State(const CoreOptions& core_options)
    : options(core_options),
      graph(space, index),
      random(core_options.jitter_seed + core_options.self.value),
      reachable(MemberSet::Of(core_options.self)) {}

LogPosition State::Append(pb::Record record) {
  output->records.push_back(std::move(record));
  if (Planted(Bug::kNoopLeavesIndex) || Planted(Bug::kCommittedNoopLeavesIndex) ||
      Planted(Bug::kValidateDoesNotRegister)) {
    index = {};
    space.ForEach([this](InstanceId id, const Instance& instance) {
      if (instance.payload && !PlantedOut(instance)) index.Add(id, instance.payload->keys);
    });
  }
  return LogPosition{++appended.value};
}

void State::Send(MemberSet to, pb::Envelope envelope, LogPosition after, bool announces) {
  CHECK(!to.Has(self()));
  if (to.Empty() || (Planted(Bug::kNoNack) && envelope.has_nack())) return;
  if (PlantedEarly(envelope)) after = {};
  output->sends.push_back({to, std::move(envelope), after, announces});
}

void State::Emit(Event::Kind kind, InstanceId id, uint64_t value, std::string text) {
  output->events.push_back({kind, id, value, std::move(text)});
}

void State::SetPayload(InstanceId id, Instance& instance, Payload payload) {
  CHECK(instance.payload == nullptr);
  instance.payload = std::make_shared<const Payload>(std::move(payload));
  index.Add(id, instance.payload->keys);
  space.Advance(id.coordinator);
  graph.OnPayloadKnown(id);
}

void State::AddForgotten(InstanceId id, Deps& vote) const {
  if (!Planted(Bug::kFloorNotInVotes)) vote.Raise(self(), floors[self()]);
  if (Planted(Bug::kForgottenNotInVotes)) return;
  // Only the coordinator computes its own column (docs/protocol.md, 3.2).
  for (const MemberIndex r : options.quorums.all() - MemberSet::Of(id.coordinator)) {
    vote.Raise(r, forgotten[r]);
  }
}

void State::Saw(const Deps& deps) {
  for (uint8_t r = 0; r < n(); ++r) space.Saw(MemberIndex{r}, deps[MemberIndex{r}]);
}

uint64_t State::NextInterval(uint64_t interval) {
  const uint64_t doubled = std::min(interval * 2, options.resend_ticks_max);
  return doubled + random.Below(doubled / 4 + 1);
}

}  // namespace althing
