// Why an instance waits, as this replica sees it: its own state, and what must come before it, as a
// tree.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_EXPLAIN_H_
#define ALTHING_REPLICA_CORE_EPAXOS_EXPLAIN_H_

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "pb/explain.pb.h"
#include "replica/core/epaxos/catch_up.h"
#include "replica/core/epaxos/coordinator.h"
#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Of one reply: how many instances it shows, how deep its trees are, and how many entries of the
// conflict index it looks at: the latest, since of conflicting writes the older ones execute first.
inline constexpr int kExplainInstancesMax = 64;
inline constexpr int kExplainDepthMax = 16;
inline constexpr size_t kExplainEntriesMax = 20'000;
// Instances that touch a key: so many are looked at per coordinator, so many are shown.
inline constexpr size_t kExplainLatestMax = 32;
inline constexpr size_t kExplainKeyInstancesMax = 8;

// Changes nothing. All are borrowed; `now` is not before the last step.
class Explainer {
 public:
  Explainer(const State& state, const Coordinator& coordinator, const CatchUp& catch_up,
            const Recovery& recovery, LogicalTime now)
      : state_(state),
        coordinator_(coordinator),
        catch_up_(catch_up),
        recovery_(recovery),
        now_(now) {}

  // Appends the instance, which may be unknown.
  void ExplainInstance(InstanceId id, pb::ExplainReply& reply);
  // Appends the latest instances that touch the key: unexecuted ones first, oldest first; then
  // executed ones, latest first.
  void ExplainKey(KeyHash key, pb::ExplainReply& reply);

 private:
  void Describe(InstanceId id, const Instance* instance, pb::InstanceView& view) const;
  void AddTree(InstanceId id, int depth, pb::InstanceView& view);
  // What is not executed and must be before this one can: unknown ones first, one per coordinator
  // (what comes behind it is not looked at), then not committed ones, then the rest; by id.
  // Sets `cut` if there was no time to look at all.
  std::vector<InstanceId> Before(const Instance& instance, bool* cut);

  const State& state_;
  const Coordinator& coordinator_;
  const CatchUp& catch_up_;
  const Recovery& recovery_;
  const LogicalTime now_;
  int instances_left_ = kExplainInstancesMax;
  size_t entries_left_ = kExplainEntriesMax;
  absl::flat_hash_set<InstanceId> shown_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_EXPLAIN_H_
