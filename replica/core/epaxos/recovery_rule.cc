// Names for what an attempt is about to propose: for traces and counts, nothing depends on them.
#include "replica/core/epaxos/recovery.h"

namespace althing {

bool Recovery::AnyAccepted(const Attempt& attempt, MemberSet members) {
  for (const MemberIndex m : members) {
    if (attempt.answers[m.value]->phase() == pb::RecoverOk::PHASE_ACCEPTED) return true;
  }
  return false;
}

const char* Recovery::RuleOf(InstanceId id, const Attempt& attempt, Value value) const {
  const bool payload = value == Value::kPayload;
  if (attempt.step == Step::kPrepare) {
    if (AnyAccepted(attempt, attempt.quorum)) return kRecoveryRules[payload ? 0 : 1];
    const bool asked = attempt.quorum.Has(id.coordinator);
    if (asked && CoordinatorDenies(id, attempt)) return kRecoveryRules[2];
    return kRecoveryRules[attempt.matching.Empty() ? 3 : 4];
  }
  if (attempt.step == Step::kWait) return RuleOfWait(id, attempt, value);
  if (payload) return kRecoveryRules[5];
  for (const auto& [other, committed] : attempt.invalidators) {
    if (committed) return kRecoveryRules[6];
  }
  return kRecoveryRules[7];
}

const char* Recovery::RuleOfWait(InstanceId id, const Attempt& attempt, Value value) const {
  const MemberSet late = attempt.answered - attempt.quorum;
  if (AnyAccepted(attempt, late)) return kRecoveryRules[11];
  if (late.Has(id.coordinator) && CoordinatorDenies(id, attempt)) return kRecoveryRules[12];
  if (value == Value::kPayload) return kRecoveryRules[9];
  for (const auto& [other, committed] : attempt.invalidators) {
    const Instance* instance = state_.space.Find(other);
    const bool outcome = instance != nullptr && instance->committed();
    if (outcome && instance->value == Value::kPayload && !instance->deps.Covers(id)) {
      return kRecoveryRules[8];
    }
  }
  return kRecoveryRules[10];
}

}  // namespace althing
