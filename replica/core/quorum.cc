#include "replica/core/quorum.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace althing {

absl::StatusOr<Quorums> Quorums::Create(int n, std::optional<int> f, std::optional<int> e) {
  if (n < 1 || n > kMembersMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a group has 1 to ", kMembersMax, " members, not ", n));
  }
  const int f_max = (n - 1) / 2;
  const int f_used = f.value_or(f_max);
  if (f_used < 0 || f_used > f_max) {
    return absl::InvalidArgumentError(absl::StrCat("f = ", f_used, " does not fit: ", n,
                                                   " replicas tolerate 0 to ", f_max, " failures"));
  }
  const int e_max = std::min(f_used, (n - f_used + 1) / 2);
  const int e_used = e.value_or(e_max);
  if (e_used < 0 || e_used > e_max) {
    return absl::InvalidArgumentError(absl::StrCat("e = ", e_used, " does not fit: with ", n,
                                                   " replicas and f = ", f_used, " it is 0 to ",
                                                   e_max));
  }
  return Quorums(n, f_used, e_used);
}

Quorums::Quorums(int n, int f, int e)
    : n_(n), f_(f), e_(e), e2_(std::min(e, FastQuorum(MemberIndex{0}).Size() - f)) {}

MemberSet Quorums::FastQuorum(MemberIndex coordinator) const {
  return RingFrom(coordinator, n_ / 2 + 1);
}

MemberSet Quorums::ThriftyTargets(MemberIndex coordinator) const {
  return RingFrom(coordinator, std::max(n_ / 2 + 1, slow_size()));
}

MemberSet Quorums::RingFrom(MemberIndex first, int count) const {
  MemberSet members;
  for (int i = 0; i < count; ++i) {
    members.Add(MemberIndex{static_cast<uint8_t>((first.value + i) % n_)});
  }
  return members;
}

}  // namespace althing
