#include "replica/core/epaxos/instance_space.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

constexpr MemberIndex kOne{1};

TEST(InstanceSpaceTest, PrefixesStopBeforeTheFirstHole) {
  InstanceSpace space;
  for (const Slot slot : {1, 2, 4}) {
    Instance& instance = space.GetOrCreate({slot, kOne});
    instance.phase = Phase::kCommitted;
    instance.value = Value::kNoop;
    space.Advance(kOne);
  }
  EXPECT_EQ(space.column(kOne).committed, 2u);
  EXPECT_EQ(space.column(kOne).known, 2u);
  EXPECT_EQ(space.column(kOne).executed, 0u);
  EXPECT_EQ(space.column(kOne).highest_seen, 4u);
  space.GetOrCreate({3, kOne}).payload = std::make_shared<const Payload>();
  space.Advance(kOne);
  EXPECT_EQ(space.column(kOne).known, 4u);
  EXPECT_EQ(space.column(kOne).committed, 2u);
}

TEST(InstanceSpaceTest, MentioningAFarSlotMakesNoCells) {
  InstanceSpace space;
  EXPECT_TRUE(space.Saw(kOne, Slot{1} << 40));
  EXPECT_FALSE(space.Saw(kOne, 5));
  EXPECT_EQ(space.size(), 0u);
  EXPECT_EQ(space.Find({5, kOne}), nullptr);
}

TEST(InstanceSpaceTest, FreesExecutedCellsInTheirOrderAndForGood) {
  InstanceSpace space;
  for (const Slot slot : {1, 2, 3}) {
    Instance& instance = space.GetOrCreate({slot, kOne});
    instance.phase = Phase::kCommitted;
    instance.value = Value::kNoop;
    instance.executed = slot < 3;
    if (slot == 2) instance.payload = std::make_shared<const Payload>();
    space.Advance(kOne);
  }
  EXPECT_EQ(space.FreeNext(kOne), nullptr);
  EXPECT_NE(space.FreeNext(kOne), nullptr);
  EXPECT_EQ(space.freed(kOne), 2u);
  EXPECT_EQ(space.size(), 1u);
  EXPECT_EQ(space.Find({2, kOne}), nullptr);
  EXPECT_TRUE(space.WithinReach({2, kOne}));
  space.Advance(kOne);
  EXPECT_EQ(space.column(kOne).executed, 2u) << "prefixes do not go back";
  EXPECT_DEATH(space.FreeNext(kOne), "") << "it is not executed";
  EXPECT_DEATH(space.GetOrCreate({2, kOne}), "");
}

TEST(InstanceSpaceTest, CellsKeepTheirAddress) {
  InstanceSpace space;
  Instance* first = &space.GetOrCreate({1, kOne});
  for (Slot slot = 2; slot < 10'000; ++slot) space.GetOrCreate({slot, kOne});
  EXPECT_EQ(space.Find({1, kOne}), first);
}

}  // namespace
}  // namespace althing
