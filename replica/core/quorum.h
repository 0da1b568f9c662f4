// Sizes of quorums, from (n, f, e) alone; nothing else in the replica computes one.
// Source: docs/protocol.md, 1 (EPaxos*, "Making Democracy Work", with designated fast
// quorums).
#ifndef ALTHING_REPLICA_CORE_QUORUM_H_
#define ALTHING_REPLICA_CORE_QUORUM_H_

#include <array>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "replica/core/ids.h"

namespace althing {

// n members, f may fail with progress guaranteed, e may fail with the fast path alive.
// Invariants: 1 <= n <= kMembersMax; 0 <= e <= f; n >= max(2e + f - 1, 2f + 1).
class Quorums {
 public:
  // `f` and `e` default to the largest that n allows. INVALID_ARGUMENT, with the bound in words, if
  // they do not fit.
  static absl::StatusOr<Quorums> Create(int n, std::optional<int> f, std::optional<int> e);

  // The same with other designated fast quorums, one for each member as coordinator.
  // INVALID_ARGUMENT, in words, if one lacks its coordinator, has fewer than f + 1 members or
  // others than the group's, or if they break the tournament rule.
  absl::StatusOr<Quorums> WithFastQuorums(absl::Span<const MemberSet> fast_quorums) const;

  int n() const { return n_; }
  int f() const { return f_; }
  int e() const { return e_; }
  // How many voters may be missing from a fast commit that no designated quorum carries.
  int e2() const { return e2_; }
  int slow_size() const { return n_ - f_; }
  int two_flush_fast_size() const { return n_ - e2_; }
  MemberSet all() const { return MemberSet::FirstN(n_); }

  // F(id) of every instance that `coordinator` starts: {r, ..., r + floor(n/2)} mod n unless set
  // otherwise. Of any two coordinators at least one has the other in its set (tournament rule).
  MemberSet FastQuorum(MemberIndex coordinator) const { return fast_[coordinator.value]; }
  // Whom a thrifty coordinator asks: FastQuorum, padded in ring order to slow_size() members.
  MemberSet ThriftyTargets(MemberIndex coordinator) const;

 private:
  Quorums(int n, int f, int e);
  MemberIndex Ring(MemberIndex first, int steps) const;
  // What is left of e when every designated quorum may lose f members.
  int SmallestE2() const;

  int n_, f_, e_, e2_;
  std::array<MemberSet, kMembersMax> fast_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_QUORUM_H_
