// Key hash -> the instances that touch it: where dependencies come from and where execution finds
// its edges. Source: docs/protocol.md, 3.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_CONFLICT_INDEX_H_
#define ALTHING_REPLICA_CORE_EPAXOS_CONFLICT_INDEX_H_

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "replica/core/ids.h"
#include "replica/core/request_batch.h"

namespace althing {

// Invariants:
//  1. One maximum per (key, coordinator), for reads and for writes apart: a single latest instance
//  per key is
//     unsafe, and so is dropping reads when a later write arrives.
//  2. An instance stays from the first time its payload is seen until Forget, whatever becomes of
//  it; noop does not remove it (3.2).
class ConflictIndex {
 public:
  // REQUIRES: `id` was not added before.
  void Add(InstanceId id, const std::vector<KeyAccess>& keys);

  // Forgets the instances of coordinator r up to the slot, as far as they touch these keys. From
  // then on the caller sees to it that all deps hold them. What is not there is forgotten already.
  void Forget(const std::vector<KeyAccess>& keys, MemberIndex r, Slot upto);

  // Raises `deps` to cover all indexed instances that conflict with `keys`, but for those
  // coordinated by `except` (only a coordinator computes its own column). A read depends
  // on writes, a write on both.
  void RaiseDeps(const std::vector<KeyAccess>& keys, MemberIndex except, Deps& deps) const;
  // The same for all coordinators.
  void RaiseDeps(const std::vector<KeyAccess>& keys, Deps& deps) const;

  // Appends the indexed instances of coordinator r with after < slot <= upto that conflict with
  // `access`, in ascending order.
  void AppendConflicts(KeyAccess access, MemberIndex r, Slot after, Slot upto,
                       std::vector<InstanceId>& out) const;

  // The same, but looks at the last `count_max` of them only. Returns how many it looked at.
  size_t AppendLatestConflicts(KeyAccess access, MemberIndex r, Slot after, Slot upto,
                               size_t count_max, std::vector<InstanceId>& out) const;
  // Appends the last instances of each coordinator, `count_max` at most, that touch the key.
  void AppendLatest(KeyHash key, size_t count_max, std::vector<InstanceId>& out) const;

  size_t keys() const { return entries_.size(); }

 private:
  struct Access {
    Slot slot;
    bool write;
  };
  struct Column {
    MemberIndex coordinator;
    Slot last_write = 0;
    Slot last_read = 0;
    std::vector<Access> accesses;  // Ascending by slot.
  };
  using Entry = std::vector<Column>;  // Only coordinators that touched the key.

  void Raise(const std::vector<KeyAccess>& keys, int except, Deps& deps) const;

  absl::flat_hash_map<KeyHash, Entry> entries_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_CONFLICT_INDEX_H_
