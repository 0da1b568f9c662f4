#include "replica/core/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace althing {
namespace {

TEST(MemberSetTest, HoldsWhatWasAdded) {
  MemberSet set;
  set.Add(MemberIndex{3});
  set.Add(MemberIndex{0});
  set.Add(MemberIndex{8});
  set.Remove(MemberIndex{3});
  EXPECT_EQ(set.Size(), 2);
  std::vector<int> members;
  for (const MemberIndex m : set) members.push_back(m.value);
  EXPECT_THAT(members, testing::ElementsAre(0, 8));
  EXPECT_TRUE(set.Has(MemberIndex{8}) && set.Has(MemberIndex{0}) && !set.Has(MemberIndex{3}));
  EXPECT_EQ(set, MemberSet(0b100000001));
}

TEST(MemberSetTest, KnowsSubsetsAndDifferences) {
  const MemberSet five = MemberSet::FirstN(5);
  const MemberSet two(0b00110);
  EXPECT_TRUE(five.Contains(two));
  EXPECT_FALSE(two.Contains(five));
  EXPECT_EQ(five - two, MemberSet(0b11001));
  EXPECT_EQ(two | MemberSet::Of(MemberIndex{0}), MemberSet(0b00111));
  EXPECT_EQ(five & MemberSet(0b110000), MemberSet(0b10000));
}

TEST(InstanceIdTest, OrdersBySlotThenCoordinator) {
  const InstanceId a{1, MemberIndex{4}}, b{2, MemberIndex{0}}, c{2, MemberIndex{1}};
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_EQ(ToString(c), "1.2");
}

TEST(DepsTest, JoinsPointwiseAndCoversWhatIsBelow) {
  Deps a, b;
  a.Raise(MemberIndex{0}, 3);
  a.Raise(MemberIndex{0}, 2);
  b.Raise(MemberIndex{1}, 7);
  b.Raise(MemberIndex{0}, 1);
  a.Join(b);
  EXPECT_EQ(a[MemberIndex{0}], 3u);
  EXPECT_EQ(a[MemberIndex{1}], 7u);
  EXPECT_TRUE(a.Covers({7, MemberIndex{1}}));
  EXPECT_FALSE(a.Covers({8, MemberIndex{1}}));
  EXPECT_FALSE(a.Covers({1, MemberIndex{2}}));
}

}  // namespace
}  // namespace althing
