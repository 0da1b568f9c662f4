#include "replica/core/epaxos/explain.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "replica/core/epaxos/validate.h"

namespace althing {
namespace {

pb::InstancePhase PhaseOf(Phase phase) {
  switch (phase) {
    case Phase::kNone:
      return pb::INSTANCE_PHASE_NONE;
    case Phase::kPreAccepted:
      return pb::INSTANCE_PHASE_PRE_ACCEPTED;
    case Phase::kAccepted:
      return pb::INSTANCE_PHASE_ACCEPTED;
    case Phase::kCommitted:
      return pb::INSTANCE_PHASE_COMMITTED;
  }
  return pb::INSTANCE_PHASE_NONE;
}

}  // namespace

void Explainer::ExplainInstance(InstanceId id, pb::ExplainReply& reply) {
  AddTree(id, 0, *reply.add_instances());
}

void Explainer::ExplainKey(KeyHash key, pb::ExplainReply& reply) {
  std::vector<InstanceId> latest;
  state_.index.AppendLatest(key, kExplainLatestMax, latest);
  const auto executed = [this](InstanceId id) {
    return state_.Collected(id) || state_.space.Find(id)->executed;
  };
  const auto first_executed =
      std::partition(latest.begin(), latest.end(), [&](InstanceId id) { return !executed(id); });
  std::sort(latest.begin(), first_executed);
  std::sort(first_executed, latest.end(), std::greater<>());
  const size_t count = std::min(latest.size(), kExplainKeyInstancesMax);
  for (size_t i = 0; i < count; ++i) ExplainInstance(latest[i], reply);
  reply.set_instances_left_out(latest.size() - count);
}

void Explainer::AddTree(InstanceId id, int depth, pb::InstanceView& view) {
  --instances_left_;
  const Instance* instance = state_.space.Find(id);
  Describe(id, instance, view);
  if (instance == nullptr) return;
  if (shown_.contains(id)) return view.set_shown_above(true);
  bool cut = false;
  const std::vector<InstanceId> before = Before(*instance, &cut);
  view.set_cut(cut);
  if (before.empty()) return;
  shown_.insert(id);
  for (size_t i = 0; i < before.size(); ++i) {
    if (instances_left_ <= 0 || depth + 1 >= kExplainDepthMax) {
      return view.set_before_left_out(static_cast<uint32_t>(before.size() - i));
    }
    AddTree(before[i], depth + 1, *view.add_before());
  }
}

std::vector<InstanceId> Explainer::Before(const Instance& instance, bool* cut) {
  std::vector<InstanceId> unknown, conflicting;
  if (instance.executed || instance.value != Value::kPayload) return {};
  for (const MemberIndex r : state_.options.quorums.all()) {
    const auto& column = state_.space.column(r);
    if (column.known < instance.deps[r]) unknown.push_back({column.known + 1, r});
    for (const KeyAccess& access : instance.payload->keys) {
      const size_t looked_at = state_.index.AppendLatestConflicts(
          access, r, column.executed, instance.deps[r], entries_left_, conflicting);
      entries_left_ -= looked_at;
      if (entries_left_ == 0) *cut = true;
    }
  }
  std::erase_if(conflicting, [&](InstanceId id) {
    const Instance& other = *state_.space.Find(id);
    return other.executed || (other.committed() && other.value == Value::kNoop);
  });
  std::sort(conflicting.begin(), conflicting.end(), [&](InstanceId a, InstanceId b) {
    return std::tuple(state_.space.Find(a)->committed(), a) <
           std::tuple(state_.space.Find(b)->committed(), b);
  });
  conflicting.erase(std::unique(conflicting.begin(), conflicting.end()), conflicting.end());
  unknown.insert(unknown.end(), conflicting.begin(), conflicting.end());
  return unknown;
}

void Explainer::Describe(InstanceId id, const Instance* instance, pb::InstanceView& view) const {
  ToProto(id, view.mutable_id());
  if (instance == nullptr && state_.Collected(id)) {
    view.set_phase(pb::INSTANCE_PHASE_COMMITTED);
    view.set_mentioned(true);
    view.set_executed(true);
    view.set_collected(true);
    return;
  }
  view.set_mentioned(id.slot <= state_.space.column(id.coordinator).highest_seen);
  const bool committed = instance != nullptr && instance->committed();
  if (!committed && id.coordinator != state_.self()) {
    catch_up_.DescribeGap(id.coordinator, now_, *view.mutable_gap());
  }
  pb::RecoveryView recovery;
  if (recovery_.Describe(id, now_, recovery)) *view.mutable_recovery() = std::move(recovery);
  if (instance == nullptr) return;
  view.set_phase(PhaseOf(instance->phase));
  view.set_executed(instance->executed);
  view.set_payload_known(instance->payload != nullptr);
  view.set_noop(instance->value == Value::kNoop);
  if (instance->payload != nullptr) {
    view.set_commands(instance->payload->commands);
    view.set_keys(static_cast<uint32_t>(instance->payload->keys.size()));
    view.set_bytes(instance->payload->bytes.size());
  }
  view.set_ballot(instance->ballot);
  view.set_accepted_ballot(instance->accepted_ballot);
  if (instance->phase != Phase::kNone) {
    DepsToProto(instance->deps, state_.n(), view.mutable_deps());
  }
  if (instance->initial_known) {
    DepsToProto(instance->initial_deps, state_.n(), view.mutable_initial_deps());
    view.set_fast_quorum(instance->fast_quorum.bits());
  }
  if (coordinator_.Coordinates(id)) coordinator_.DescribeRound(id, now_, *view.mutable_round());
}

}  // namespace althing
