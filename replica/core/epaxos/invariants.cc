#include "replica/core/epaxos/invariants.h"

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

absl::Status Broken(InstanceId id, absl::string_view what) {
  return absl::InternalError(absl::StrCat("instance ", ToString(id), ": ", what));
}

absl::Status CheckInstance(const State& state, InstanceId id, const Instance& i) {
  if (i.accepted_ballot > i.ballot) return Broken(id, "accepted in a ballot it has not joined");
  if ((i.phase == Phase::kNone) != (i.value == Value::kNone)) {
    return Broken(id, "a value without a phase, or the reverse");
  }
  if (i.value == Value::kPayload && i.payload == nullptr)
    return Broken(id, "votes for a payload it lacks");
  if (i.executed && !i.committed()) return Broken(id, "executed, not committed");
  if (i.deps[id.coordinator] >= id.slot) return Broken(id, "depends on itself or a later own one");
  if (i.initial_known && i.value == Value::kPayload && !i.deps.Contains(i.initial_deps)) {
    return Broken(id, "its deps do not hold its initial deps");
  }
  if (i.payload != nullptr) {
    // A write on each of its keys must be told to depend on it.
    for (const KeyAccess& access : i.payload->keys) {
      Deps deps;
      state.index.RaiseDeps({{access.key, true}}, deps);
      if (!deps.Covers(id)) return Broken(id, "the conflict index does not cover it");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckColumn(const State& state, MemberIndex r) {
  const InstanceSpace::Column& column = state.space.column(r);
  if (column.executed > column.committed || column.committed > column.known ||
      column.known > column.highest_seen) {
    return absl::InternalError(
        absl::StrCat("the prefixes of column ", r.value, " are out of order"));
  }
  if (state.forgotten[r] > state.everywhere[r] || state.everywhere[r] > column.executed ||
      state.space.freed(r) > state.everywhere[r]) {
    return absl::InternalError(
        absl::StrCat("of column ", r.value, " more is forgotten than all have executed"));
  }
  const Instance* next = state.space.Find({column.known + 1, r});
  if (next != nullptr && next->known())
    return Broken({column.known + 1, r}, "known, not in the known prefix");
  next = state.space.Find({column.committed + 1, r});
  if (next != nullptr && next->committed()) {
    return Broken({column.committed + 1, r}, "committed, not in the committed prefix");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEpaxosInvariants(const State& state) {
  absl::Status status;
  state.space.ForEach([&](InstanceId id, const Instance& instance) {
    status.Update(CheckInstance(state, id, instance));
  });
  for (const MemberIndex r : state.options.quorums.all()) status.Update(CheckColumn(state, r));
  if (state.durable > state.appended)
    status.Update(absl::InternalError("durable beyond the log's end"));
  return status;
}

}  // namespace althing
