// When Recovery begins an attempt, gives it up and begins anew; what an attempt does is in
// recovery.cc.
#include <algorithm>
#include <utility>
#include <vector>

#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// An attempt whose step has not ended after so many resending intervals begins anew with a quorum
// that answers; the next one has twice the time.
constexpr uint64_t kIntervalsPerAttempt = 8;
// The pause between attempts doubles so often at most, unless attempts take longer than that.
constexpr int kBackoffDoublingsMax = 4;
// Beyond that no shift is safe.
constexpr int kDoublingsMax = 20;
// Recover, Validate, Accept.
constexpr uint64_t kStepsPerAttempt = 3;
// What is measured makes first pauses no longer than this, so that a bad time is soon forgotten.
constexpr uint64_t kIntervalsPerFirstPause = 64;
// A step that took so long is no news any more after so many times as long: enough for pauses of
// two attempts, in which nothing is measured.
constexpr uint64_t kTimesUntilForgotten = 16;

}  // namespace

size_t Recovery::room(MemberIndex r) const {
  size_t taken = size(r);
  for (const MemberIndex m : state_.options.quorums.all() - MemberSet::Of(r)) {
    taken += std::max(size(m), kRecoveriesKept);
  }
  return kRecoveriesMax - std::min(taken, kRecoveriesMax);
}

void Recovery::Forget(Tasks::iterator it) {
  --sizes_[it->first.coordinator.value];
  tasks_.erase(it);
}

void Recovery::Want(InstanceId id, uint64_t delay_ticks) {
  const Instance* instance = state_.space.Find(id);
  if (state_.Collected(id) || (instance != nullptr && instance->committed())) return;
  if (Planted(Bug::kNoRecovery)) return;
  if (room(id.coordinator) == 0 && !tasks_.contains(id)) return;
  const LogicalTime start_at{state_.now.value + delay_ticks};
  const auto [it, added] = tasks_.try_emplace(id);
  Task& task = it->second;
  if (added) {
    ++sizes_[id.coordinator.value];
    task.start_at = start_at;
    if (instance != nullptr && instance->ballot > 0) {
      // Somebody recovers it, or has: who wants it again and again must not cut that one's time.
      if (!IsOwn(instance->ballot)) Meet(task, instance->ballot);
      task.start_at = std::max(start_at, LetOthersTry(task));
    }
  } else if (!task.attempt && task.tries == 0 && task.others == 0) {
    task.start_at = std::min(task.start_at, start_at);
  }
  if (!task.attempt) Arm(task.start_at);
}

void Recovery::Hasten(InstanceId id, uint64_t delay_ticks) {
  Want(id, delay_ticks);
  const auto it = tasks_.find(id);
  if (it == tasks_.end() || it->second.attempt) return;
  it->second.start_at = std::min(it->second.start_at, LogicalTime{state_.now.value + delay_ticks});
  Arm(it->second.start_at);
}

void Recovery::OnCommitted(InstanceId id) {
  if (const auto it = tasks_.find(id); it != tasks_.end()) {
    if (it->second.attempt) NoteStep(*it->second.attempt, true);
    Forget(it);
  }
  waiting_.erase(id);
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const InstanceId waiting = *it++;  // One that comes to its end leaves the set.
    Task& task = tasks_.at(waiting);
    if (task.attempt->invalidators.contains(id)) EvaluateWait(waiting, task);
  }
}

void Recovery::OnJoined(InstanceId id) {
  const auto it = tasks_.find(id);
  if (it == tasks_.end()) return;
  Task& task = it->second;
  const Ballot ballot = state_.space.Find(id)->ballot;
  if (task.attempt && ballot <= task.attempt->ballot) return;
  Meet(task, ballot);
  if (task.attempt) return Retry(id, task, 2 * Patience(task));
  // Somebody else recovers it: mostly its Commit comes before this turn.
  task.start_at = std::max(task.start_at, LetOthersTry(task));
}

void Recovery::Meet(Task& task, Ballot ballot) {
  if (ballot <= task.higher_than) return;
  task.higher_than = ballot;
  ++task.others;
  if (task.attempt) NoteStep(*task.attempt, false);
}

void Recovery::NoteStep(const Attempt& attempt, bool ended) {
  // A wait takes as long as what it waits for.
  if (attempt.step == Step::kWait) return;
  const uint64_t took = state_.now.value - attempt.step_began_at.value;
  const uint64_t known = StepTicks();
  // One that was cut short would have taken longer.
  const uint64_t least = ended ? known - known / kStepsPerAttempt : known;
  if (!ended && took < least) return;
  step_ticks_ = std::max(took, least);
  step_noted_at_ = state_.now;
}

uint64_t Recovery::StepTicks() const {
  const uint64_t faded = (state_.now.value - step_noted_at_.value) / kTimesUntilForgotten;
  return step_ticks_ - std::min(step_ticks_, faded);
}

uint64_t Recovery::Patience(const Task& task) const {
  const uint64_t base = state_.options.recover_ticks;
  // Who overrules an attempt before it can end will be overruled as early: for ever, if all are
  // patient for less than an attempt takes.
  const uint64_t least = attempt_ticks();
  const uint64_t most =
      std::max(2 * kStepsPerAttempt * StepTicks(), (base << kBackoffDoublingsMax) / 2);
  if (task.others == 0) return least;
  return std::clamp(base << std::min(task.others - 1, kDoublingsMax), least, most);
}

uint64_t Recovery::attempt_ticks() const {
  return std::min(kStepsPerAttempt * StepTicks(),
                  kIntervalsPerFirstPause * state_.options.resend_ticks);
}

LogicalTime Recovery::LetOthersTry(const Task& task) {
  const uint64_t patience = Patience(task);
  return {state_.now.value + patience / 2 + (patience == 0 ? 0 : state_.random.Below(patience))};
}

Ballot Recovery::BallotAbove(Ballot ballot) const {
  const auto n = static_cast<Ballot>(state_.n());
  return (ballot / n + 1) * n + state_.self().value;
}

bool Recovery::IsOwn(Ballot ballot) const {
  return ballot % static_cast<Ballot>(state_.n()) == state_.self().value;
}

Ballot Recovery::NextBallot(InstanceId id, const Task& task) const {
  const Instance* known = state_.space.Find(id);
  return BallotAbove(std::max(task.higher_than, known == nullptr ? 0 : known->ballot));
}

void Recovery::Begin(Tasks::iterator it) {
  const auto [id, task] = std::pair(it->first, &it->second);
  // A ballot beyond the highest would be believed by nobody.
  if (coordinates_(id) || NextBallot(id, *task) > kBallotMax) {
    Forget(it);
  } else if (!state_.HasQuorum()) {
    // All that an attempt could do now is to hinder those who can end theirs.
    const uint64_t pause = state_.options.recover_ticks;
    task->start_at = LogicalTime{state_.now.value + 1 + state_.random.Below(pause)};
    Arm(task->start_at);
  } else {
    Start(id, *task);
  }
}

void Recovery::Start(InstanceId id, Task& task) {
  Attempt& attempt = task.attempt.emplace();
  ++task.tries;
  attempt.ballot = NextBallot(id, task);
  attempt.answers[state_.self().value] = voter_.Join(id, attempt.ballot);
  attempt.answers[state_.self().value]->clear_payload();
  attempt.answered = MemberSet::Of(state_.self());
  attempt.own_position = state_.space.Find(id)->vote_position;
  // Who has not answered before steps mostly end is not silent yet.
  attempt.resend_interval =
      std::max(state_.options.resend_ticks, std::min(StepTicks(), state_.options.resend_ticks_max));
  attempt.resend_at = LogicalTime{state_.now.value + attempt.resend_interval};
  Allow(task);
  state_.Emit(Event::Kind::kRecoveryStarted, id, 1);
  SendStep(id, attempt);
  Arm(attempt.resend_at);
  EvaluateAnswers(id, task);
}

void Recovery::Enter(Task& task, Step step) {
  NoteStep(*task.attempt, true);
  task.attempt->step = step;
  Allow(task);
}

void Recovery::Allow(Task& task) {
  const uint64_t base = kIntervalsPerAttempt * state_.options.resend_ticks;
  const uint64_t allowance =
      std::clamp(2 * StepTicks(), base << std::min(task.tries - 1, kBackoffDoublingsMax),
                 base << kBackoffDoublingsMax);
  task.attempt->step_began_at = state_.now;
  task.attempt->give_up_at = LogicalTime{state_.now.value + allowance};
  Arm(task.attempt->give_up_at);
}

void Recovery::Release(InstanceId id) {
  const auto it = tasks_.find(id);
  if (it != tasks_.end() && !it->second.attempt) Forget(it);
}

void Recovery::Retry(InstanceId id, Task& task, uint64_t pause_max) {
  state_.Emit(Event::Kind::kRecoveryRetried, id, 1);
  waiting_.erase(id);
  if (room(id.coordinator) == 0) {
    // Those that this one may wait for need a place. It is wanted again.
    Forget(tasks_.find(id));
    return;
  }
  task.attempt.reset();
  task.start_at = LogicalTime{state_.now.value + 1 + state_.random.Below(pause_max)};
  Arm(task.start_at);
}

Recovery::Task* Recovery::Current(InstanceId id, Ballot ballot) {
  const auto it = tasks_.find(id);
  if (it == tasks_.end() || !it->second.attempt) return nullptr;
  return it->second.attempt->ballot == ballot ? &it->second : nullptr;
}

// ---- Time, disk and network

void Recovery::OnFlushed() {
  for (auto it = tasks_.begin(); it != tasks_.end();) {
    const auto [id, task] = std::pair(it->first, &it->second);
    ++it;  // What is decided leaves the map.
    if (!task->attempt) continue;
    if (task->attempt->step == Step::kPrepare) {
      EvaluateAnswers(id, *task);
    } else if (task->attempt->step == Step::kAccept) {
      EvaluateAccepts(id, *task);
    }
  }
}

void Recovery::OnTick() {
  if (next_tick_ > state_.now) return;
  next_tick_ = kNever;
  std::vector<InstanceId> ids;
  for (const auto& [id, task] : tasks_) ids.push_back(id);
  for (const InstanceId id : ids) {
    const auto it = tasks_.find(id);
    if (it == tasks_.end()) continue;
    if (it->second.attempt) {
      Continue(id, it->second);
    } else if (it->second.start_at <= state_.now) {
      Begin(it);
    } else {
      Arm(it->second.start_at);
    }
  }
}

void Recovery::Continue(InstanceId id, Task& task) {
  Attempt& attempt = *task.attempt;
  if (attempt.give_up_at <= state_.now) {
    // Without a quorum it could not end, and how long that lasts says nothing of steps.
    if (state_.HasQuorum()) NoteStep(attempt, false);
    return Retry(id, task,
                 state_.options.recover_ticks << std::min(task.tries, kBackoffDoublingsMax));
  }
  if (attempt.resend_at <= state_.now) {
    // What still waits for the disk has not been said: nobody is silent.
    const bool said = state_.Durable(attempt.own_position);
    if (said) attempt.resend_interval = state_.NextInterval(attempt.resend_interval);
    attempt.resend_at = LogicalTime{state_.now.value + attempt.resend_interval};
    if (said) SendStep(id, attempt);
  }
  Arm(std::min(attempt.resend_at, attempt.give_up_at));
}

void Recovery::Arm(LogicalTime at) { next_tick_ = std::min(next_tick_, at); }

}  // namespace althing
