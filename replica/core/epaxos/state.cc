#include "replica/core/epaxos/state.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "replica/core/check.h"

namespace althing {

State::State(const CoreOptions& core_options)
    : options(core_options),
      graph(space, index),
      random(core_options.jitter_seed + core_options.self.value),
      reachable(MemberSet::Of(core_options.self)) {}

LogPosition State::Append(pb::Record record) {
  output->records.push_back(std::move(record));
  return LogPosition{++appended.value};
}

void State::Send(MemberSet to, pb::Envelope envelope, LogPosition after, bool announces) {
  CHECK(!to.Has(self()));
  if (to.Empty()) return;
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

void State::Saw(const Deps& deps) {
  for (uint8_t r = 0; r < n(); ++r) space.Saw(MemberIndex{r}, deps[MemberIndex{r}]);
}

uint64_t State::NextInterval(uint64_t interval) {
  const uint64_t doubled = std::min(interval * 2, options.resend_ticks_max);
  return doubled + random.Below(doubled / 4 + 1);
}

}  // namespace althing
