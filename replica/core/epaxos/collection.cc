#include "replica/core/epaxos/collection.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/catch_up.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// Cells freed and keys forgotten in one step: about a millisecond.
constexpr uint64_t kFreedPerStep = 5'000;

// The instance that the message is about, and whether its sender waits for an answer.
struct Subject {
  const pb::InstanceId* id = nullptr;
  bool question = false;
};

Subject SubjectOf(const pb::Envelope& envelope) {
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept:
      return {&envelope.pre_accept().id(), true};
    case pb::Envelope::kAccept:
      return {&envelope.accept().id(), true};
    case pb::Envelope::kRecover:
      return {&envelope.recover().id(), true};
    case pb::Envelope::kValidate:
      return {&envelope.validate().id(), true};
    case pb::Envelope::kPreAcceptOk:
      return {&envelope.pre_accept_ok().id()};
    case pb::Envelope::kAcceptOk:
      return {&envelope.accept_ok().id()};
    case pb::Envelope::kCommit:
      return {&envelope.commit().id()};
    case pb::Envelope::kNack:
      return {&envelope.nack().id()};
    case pb::Envelope::kPayload:
      return {&envelope.payload().id()};
    case pb::Envelope::kRecoverOk:
      return {&envelope.recover_ok().id()};
    case pb::Envelope::kValidateOk:
      return {&envelope.validate_ok().id()};
    case pb::Envelope::kWaiting:
      return {&envelope.waiting().id()};
    default:
      return {};
  }
}

Deps Least(const Deps& a, const Deps& b) {
  Deps least;
  for (size_t r = 0; r < least.slots.size(); ++r) least.slots[r] = std::min(a.slots[r], b.slots[r]);
  return least;
}

Deps Executed(const State& state) {
  Deps executed;
  for (const MemberIndex r : state.options.quorums.all()) {
    executed[r] = state.space.column(r).executed;
  }
  return executed;
}

}  // namespace

bool Collection::Answers(MemberIndex from, const pb::Envelope& envelope) const {
  const Subject subject = SubjectOf(envelope);
  if (subject.id == nullptr) return false;
  if (!state_.Collected(FromProto(*subject.id))) return false;
  // Whoever asks has learned the outcome since, and executed it.
  if (subject.question) {
    state_.Send(MemberSet::Of(from), TruncatedMessage(state_), LogPosition{});
  }
  return true;
}

Deps Collection::Applied() const {
  // What a log makes this replica execute again is no reason for others to forget it.
  if (state_.restartable && !Planted(Bug::kVolatileExecutionCounts)) return applied_;
  return Executed(state_);
}

absl::Status Collection::OnHeartbeat(MemberIndex from, const pb::Heartbeat& message) {
  return Take(from, DepsFromProto(message.applied()), DepsFromProto(message.everywhere()));
}

absl::Status Collection::OnTruncated(MemberIndex from, const pb::Truncated& message) {
  const Deps everywhere = DepsFromProto(message.everywhere());
  return Take(from, everywhere, everywhere);
}

absl::Status Collection::Take(MemberIndex from, const Deps& applied, const Deps& everywhere) {
  const Deps executed = Executed(state_);
  if (!executed.Contains(everywhere)) {
    return absl::InvalidArgumentError(
        "it says that all members have executed instances that I have not");
  }
  heard_[from.value].applied.Join(applied);
  heard_[from.value].everywhere.Join(everywhere);
  RaiseWatermarks();
  return absl::OkStatus();
}

void Collection::RaiseWatermarks() {
  // With a log they move when a checkpoint that has them is durable: `everywhere` is told, and must
  // not go back.
  if (state_.options.collect_ticks == kNeverCollect || state_.restartable) return;
  state_.everywhere.Join(HeardEverywhere());
  state_.forgotten.Join(HeardForgotten(state_.everywhere));
  more_to_free_ = true;
}

Deps Collection::HeardEverywhere() const {
  Deps everywhere = Applied();
  for (const MemberIndex m : state_.others()) {
    if (Planted(Bug::kLocallyExecutedCollected)) break;
    everywhere = Least(everywhere, heard_[m.value].applied);
  }
  return everywhere;
}

Deps Collection::HeardForgotten(const Deps& everywhere) const {
  Deps forgotten = everywhere;
  for (const MemberIndex m : state_.others()) {
    forgotten = Least(forgotten, heard_[m.value].everywhere);
  }
  return forgotten;
}

Collection::Next Collection::MakeNext() {
  Next next{Executed(state_), state_.everywhere, state_.forgotten};
  if (state_.options.collect_ticks != kNeverCollect) {
    next.everywhere.Join(HeardEverywhere());
    next.forgotten.Join(Planted(Bug::kForgottenUnheard) ? next.everywhere
                                                        : HeardForgotten(next.everywhere));
  }
  if (Planted(Bug::kUndurableCheckpointCounts)) applied_ = next.applied;
  if (Planted(Bug::kMarksBeforeCheckpoint)) Adopt({applied_, next.everywhere, next.forgotten});
  return next;
}

void Collection::Adopt(const Next& next) {
  applied_ = next.applied;
  state_.everywhere = next.everywhere;
  state_.forgotten = next.forgotten;
  more_to_free_ = true;
}

void Collection::Refresh() {
  if (state_.options.collect_ticks == kNeverCollect) return;
  if (more_to_free_) more_to_free_ = !Free(kFreedPerStep);
  const bool news = !(state_.told == State::Marks{Applied(), state_.everywhere});
  if (tell_at_ == kNever && news) {
    tell_at_ = LogicalTime{state_.now.value + state_.options.collect_ticks};
  }
}

void Collection::OnTick() {
  if (tell_at_ <= state_.now) {
    tell_at_ = kNever;
    RaiseWatermarks();
    state_.told = {Applied(), state_.everywhere};
  }
  Refresh();
}

LogicalTime Collection::next_tick() const { return more_to_free_ ? state_.now : tell_at_; }

bool Collection::Free(uint64_t budget) {
  uint64_t done = 0;
  uint64_t freed = 0;
  bool all = true;
  for (const MemberIndex r : state_.options.quorums.all()) {
    while (state_.space.freed(r) < state_.everywhere[r] && done < budget) {
      done += FreeCell(r);
      ++freed;
    }
    const bool at_once = Planted(Bug::kIndexForgetsAtOnce);
    const Slot forgotten = at_once ? state_.everywhere[r] : state_.forgotten[r];
    auto& kept = freed_[r.value];
    while (!kept.empty() && kept.front().slot <= forgotten && done < budget) {
      done += ForgetKeys(r, forgotten);
    }
    all = all && done < budget;
  }
  if (freed > 0) state_.Emit(Event::Kind::kCollected, {}, freed);
  return all;
}

uint64_t Collection::FreeCell(MemberIndex r) {
  const InstanceSpace::Remains remains = state_.space.FreeNext(r);
  Freed& freed = freed_[r.value].emplace_back(Freed{state_.space.freed(r), remains.part, {}});
  if (remains.payload != nullptr) freed.keys = remains.payload->keys;
  return 1 + freed.keys.size();
}

uint64_t Collection::ForgetKeys(MemberIndex r, Slot upto) {
  const Freed oldest = std::move(freed_[r.value].front());
  freed_[r.value].pop_front();
  // Together with those that follow: a key that all want is looked at once. Their cells are freed.
  state_.space.Forget(oldest.part);
  state_.index.Forget(oldest.keys, r, std::min(upto, state_.space.freed(r)));
  return 1 + oldest.keys.size();
}

}  // namespace althing
