// How Recovery tells what it does; the doing is in recovery.cc.
#include <algorithm>

#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/validate.h"

namespace althing {

bool Recovery::Describe(InstanceId id, LogicalTime now, pb::RecoveryView& view) const {
  const auto it = tasks_.find(id);
  if (it == tasks_.end()) return false;
  const Task& task = it->second;
  view.set_tries(static_cast<uint32_t>(task.tries));
  if (task.attempt) {
    DescribeAttempt(*task.attempt, now, view);
  } else {
    view.set_start_in_ticks(task.start_at.value - std::min(task.start_at, now).value);
  }
  return true;
}

void Recovery::DescribeAttempt(const Attempt& attempt, LogicalTime now,
                               pb::RecoveryView& view) const {
  MemberSet answered = attempt.answered;
  switch (attempt.step) {
    case Step::kPrepare:
      view.set_step(pb::RecoveryView::STEP_PREPARING);
      break;
    case Step::kValidate:
      view.set_step(pb::RecoveryView::STEP_VALIDATING);
      answered = attempt.validated;
      break;
    case Step::kWait:
      view.set_step(pb::RecoveryView::STEP_WAITING);
      for (const auto& [other, committed] : attempt.invalidators) {
        if (state_.Collected(other)) continue;
        const Instance* instance = state_.space.Find(other);
        if (instance == nullptr || !instance->committed()) ToProto(other, view.add_waits_for());
      }
      break;
    case Step::kAccept:
      view.set_step(pb::RecoveryView::STEP_ACCEPTING);
      answered = attempt.accepted;
      break;
  }
  view.set_ballot(attempt.ballot);
  view.set_answered(answered.bits());
  if (attempt.step != Step::kWait) view.set_silent(Silent(attempt).bits());
  view.set_own_record_durable(state_.Durable(attempt.own_position));
  view.set_resend_in_ticks(attempt.resend_at.value - std::min(attempt.resend_at, now).value);
  view.set_give_up_in_ticks(attempt.give_up_at.value - std::min(attempt.give_up_at, now).value);
}

}  // namespace althing
