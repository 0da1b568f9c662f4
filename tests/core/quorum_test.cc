#include "replica/core/quorum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace althing {
namespace {

MemberIndex Member(int i) { return MemberIndex{static_cast<uint8_t>(i)}; }

struct Row {
  int n, f, e, slow, fast, e2, two_flush;
};

TEST(QuorumsTest, HasTheSizesOfTheTableForEveryGroup) {
  const Row rows[] = {{1, 0, 0, 1, 1, 0, 1}, {2, 0, 0, 2, 2, 0, 2}, {3, 1, 1, 2, 2, 1, 2},
                      {4, 1, 1, 3, 3, 1, 3}, {5, 2, 2, 3, 3, 1, 4}, {6, 2, 2, 4, 4, 2, 4},
                      {7, 3, 2, 4, 4, 1, 6}, {8, 3, 3, 5, 5, 2, 6}, {9, 4, 3, 5, 5, 1, 8}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.n);
    const Quorums q = *Quorums::Create(row.n, {}, {});
    EXPECT_EQ(q.f(), row.f);
    EXPECT_EQ(q.e(), row.e);
    EXPECT_EQ(q.slow_size(), row.slow);
    EXPECT_EQ(q.FastQuorum(Member(0)).Size(), row.fast);
    EXPECT_EQ(q.e2(), row.e2);
    EXPECT_EQ(q.two_flush_fast_size(), row.two_flush);
  }
}

MemberSet Members(std::initializer_list<int> members) {
  MemberSet set;
  for (const int m : members) set.Add(Member(m));
  return set;
}

TEST(QuorumsTest, TakesOtherFastQuorumsThatKeepTheRules) {
  const Quorums ring = *Quorums::Create(5, {}, {});
  std::vector<MemberSet> fast;
  for (int r = 0; r < 5; ++r) fast.push_back(ring.FastQuorum(Member(r)));
  fast[0] = Members({0, 2, 3});
  fast[1] = Members({0, 1, 2, 3});
  const Quorums q = *ring.WithFastQuorums(fast);
  EXPECT_EQ(q.FastQuorum(Member(0)), Members({0, 2, 3}));
  EXPECT_EQ(q.FastQuorum(Member(1)), Members({0, 1, 2, 3}));
  EXPECT_EQ(q.ThriftyTargets(Member(0)), Members({0, 2, 3}));
  EXPECT_EQ(q.e2(), 1);

  // The smallest one bounds e2: with four members each, two votes may be missing.
  const Quorums large = *ring.WithFastQuorums(std::vector(5, MemberSet::FirstN(5)));
  EXPECT_EQ(large.e2(), 2);
  EXPECT_EQ(large.two_flush_fast_size(), 3);
  // A thrifty coordinator asks as many as the slow path needs.
  const Quorums few =
      *(*Quorums::Create(5, 1, 1))
           .WithFastQuorums({Members({0, 2, 3}), Members({0, 1, 2}), Members({1, 2, 3, 4}),
                             Members({1, 3, 4}), Members({0, 1, 4})});
  EXPECT_EQ(few.ThriftyTargets(Member(0)), Members({0, 1, 2, 3}));
}

TEST(QuorumsTest, SaysWhichRuleOtherFastQuorumsBreak) {
  const Quorums ring = *Quorums::Create(5, {}, {});
  const auto error = [&](size_t member, MemberSet changed) {
    std::vector<MemberSet> fast;
    for (int r = 0; r < 5; ++r) fast.push_back(ring.FastQuorum(Member(r)));
    fast[member] = changed;
    return std::string(ring.WithFastQuorums(fast).status().message());
  };
  EXPECT_EQ(error(1, Members({1, 2, 7})),
            "the fast quorum of member 1 has members that the group has not");
  EXPECT_EQ(error(1, Members({2, 3, 4})), "the fast quorum of member 1 lacks it");
  EXPECT_EQ(error(1, Members({1, 2})), "the fast quorum of member 1 has 2 members; at least 3");
  EXPECT_EQ(error(0, Members({0, 2, 3})),
            "the fast quorum of member 0 lacks member 1, and the reverse");
  EXPECT_FALSE(ring.WithFastQuorums({}).ok());
}

TEST(QuorumsTest, KeepsItsRulesForEveryGroupAndEveryFAndE) {
  int groups = 0;
  for (int n = 1; n <= kMembersMax; ++n) {
    for (int f = 0; f <= n; ++f) {
      for (int e = 0; e <= n; ++e) {
        const absl::StatusOr<Quorums> q = Quorums::Create(n, f, e);
        const bool fits = e <= f && n >= 2 * f + 1 && n >= 2 * e + f - 1;
        ASSERT_EQ(q.ok(), fits) << n << " " << f << " " << e;
        if (!fits) continue;
        ++groups;
        // Two slow quorums meet, and a slow one meets every fast one.
        EXPECT_GT(2 * q->slow_size(), n);
        EXPECT_LE(q->e2(), e);
        EXPECT_GE(q->two_flush_fast_size(), q->slow_size());
        for (int a = 0; a < n; ++a) {
          const MemberSet fast = q->FastQuorum(Member(a));
          EXPECT_TRUE(fast.Has(Member(a)));
          EXPECT_GE(fast.Size(), f + 1);
          EXPECT_GE(fast.Size() - f, q->e2());
          EXPECT_TRUE(q->ThriftyTargets(Member(a)).Contains(fast));
          EXPECT_GE(q->ThriftyTargets(Member(a)).Size(), q->slow_size());
          for (int b = 0; b < n; ++b) {
            EXPECT_TRUE(fast.Has(Member(b)) || q->FastQuorum(Member(b)).Has(Member(a)))
                << "tournament rule, " << a << " and " << b << " of " << n;
          }
        }
      }
    }
  }
  EXPECT_EQ(groups, 53);
}

TEST(QuorumsTest, DesignatesTheNextMembersOfTheRing) {
  const Quorums q = *Quorums::Create(5, {}, {});
  EXPECT_EQ(q.FastQuorum(Member(3)), MemberSet(0b11001));
  EXPECT_EQ(q.ThriftyTargets(Member(3)), MemberSet(0b11001));
  const Quorums careful = *Quorums::Create(5, 1, {});
  EXPECT_EQ(careful.FastQuorum(Member(3)), MemberSet(0b11001));
  EXPECT_EQ(careful.ThriftyTargets(Member(3)), MemberSet(0b11011));
}

TEST(QuorumsTest, SaysWhyNumbersDoNotFit) {
  EXPECT_EQ(Quorums::Create(10, {}, {}).status().message(), "a group has 1 to 9 members, not 10");
  EXPECT_EQ(Quorums::Create(0, {}, {}).status().message(), "a group has 1 to 9 members, not 0");
  EXPECT_EQ(Quorums::Create(5, 3, {}).status().message(),
            "f = 3 does not fit: 5 replicas tolerate 0 to 2 failures");
  EXPECT_EQ(Quorums::Create(5, 2, 3).status().message(),
            "e = 3 does not fit: with 5 replicas and f = 2 it is 0 to 2");
}

}  // namespace
}  // namespace althing
