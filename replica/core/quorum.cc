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

Quorums::Quorums(int n, int f, int e) : n_(n), f_(f), e_(e) {
  for (const MemberIndex r : all()) {
    for (int i = 0; i <= n_ / 2; ++i) fast_[r.value].Add(Ring(r, i));
  }
  e2_ = SmallestE2();
}

absl::StatusOr<Quorums> Quorums::WithFastQuorums(absl::Span<const MemberSet> fast_quorums) const {
  const auto wrong = [](MemberIndex r, absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("the fast quorum of member ", r.value, " ", why));
  };
  if (fast_quorums.size() != static_cast<size_t>(n_)) {
    return absl::InvalidArgumentError(
        absl::StrCat(fast_quorums.size(), " fast quorums for ", n_, " members"));
  }
  Quorums changed = *this;
  for (const MemberIndex r : all()) {
    const MemberSet fast = fast_quorums[r.value];
    if (!all().Contains(fast)) return wrong(r, "has members that the group has not");
    if (!fast.Has(r)) return wrong(r, "lacks it");
    if (fast.Size() <= f_) {
      return wrong(r, absl::StrCat("has ", fast.Size(), " members; at least ", f_ + 1));
    }
    for (const MemberIndex other : all()) {
      if (fast.Has(other) || fast_quorums[other.value].Has(r)) continue;
      return wrong(r, absl::StrCat("lacks member ", other.value, ", and the reverse"));
    }
    changed.fast_[r.value] = fast;
  }
  changed.e2_ = changed.SmallestE2();
  return changed;
}

int Quorums::SmallestE2() const {
  int e2 = e_;
  for (const MemberIndex r : all()) e2 = std::min(e2, FastQuorum(r).Size() - f_);
  return e2;
}

MemberSet Quorums::ThriftyTargets(MemberIndex coordinator) const {
  MemberSet targets = FastQuorum(coordinator);
  for (int i = 0; targets.Size() < slow_size(); ++i) targets.Add(Ring(coordinator, i));
  return targets;
}

MemberIndex Quorums::Ring(MemberIndex first, int steps) const {
  return {static_cast<uint8_t>((first.value + steps) % n_)};
}

}  // namespace althing
