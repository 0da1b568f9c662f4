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
  EXPECT_EQ(space.FreeNext(kOne).payload, nullptr);
  EXPECT_NE(space.FreeNext(kOne).payload, nullptr);
  EXPECT_EQ(space.freed(kOne), 2u);
  EXPECT_EQ(space.size(), 1u);
  EXPECT_EQ(space.Find({2, kOne}), nullptr);
  EXPECT_TRUE(space.WithinReach({2, kOne}));
  space.Advance(kOne);
  EXPECT_EQ(space.column(kOne).executed, 2u) << "prefixes do not go back";
  EXPECT_DEATH(space.FreeNext(kOne), "") << "it is not executed";
  EXPECT_DEATH(space.GetOrCreate({2, kOne}), "");
}

TEST(InstanceSpaceTest, KnowsWhatIsExecutedBehindThePrefix) {
  InstanceSpace space;
  for (const Slot slot : {1, 2, 3, 4}) {
    Instance& instance = space.GetOrCreate({slot, kOne});
    instance.phase = Phase::kCommitted;
    instance.value = Value::kNoop;
    space.Advance(kOne);
  }
  const auto execute = [&](Slot slot) { space.Executed({slot, kOne}, *space.Find({slot, kOne})); };
  execute(2);
  execute(4);
  EXPECT_EQ(space.executed_beyond(kOne), (absl::btree_set<Slot>{2, 4}));
  execute(1);
  EXPECT_EQ(space.column(kOne).executed, 2u);
  EXPECT_EQ(space.executed_beyond(kOne), (absl::btree_set<Slot>{4}));
}

TEST(InstanceSpaceTest, APartOfTheLogIsKeptUntilAllItsCellsAreForgotten) {
  InstanceSpace space;
  EXPECT_EQ(space.first_part(), 0u);
  const auto add = [&](Slot slot) {
    Instance& instance = space.GetOrCreate({slot, kOne});
    instance.phase = Phase::kCommitted;
    instance.value = Value::kNoop;
    space.Executed({slot, kOne}, instance);
  };
  add(1);
  space.BeginPart(3);
  add(2);
  space.BeginPart(4);
  EXPECT_EQ(space.first_part(), 0u);
  const InstanceSpace::Remains first = space.FreeNext(kOne);
  EXPECT_EQ(space.first_part(), 0u) << "freed is not forgotten";
  space.Forget(first.part);
  EXPECT_EQ(space.first_part(), 3u);
  space.Forget(space.FreeNext(kOne).part);
  EXPECT_EQ(space.first_part(), 4u);
}

TEST(InstanceSpaceTest, ARestoredColumnGoesOnBehindWhatIsForgotten) {
  InstanceSpace space;
  space.RestoreColumn(kOne, 7);
  EXPECT_EQ(space.freed(kOne), 7u);
  EXPECT_EQ(space.column(kOne).executed, 7u);
  Instance& instance = space.GetOrCreate({8, kOne});
  instance.phase = Phase::kCommitted;
  instance.value = Value::kNoop;
  space.Executed({8, kOne}, instance);
  EXPECT_EQ(space.column(kOne).executed, 8u);
}

TEST(InstanceSpaceTest, CellsKeepTheirAddress) {
  InstanceSpace space;
  Instance* first = &space.GetOrCreate({1, kOne});
  for (Slot slot = 2; slot < 10'000; ++slot) space.GetOrCreate({slot, kOne});
  EXPECT_EQ(space.Find({1, kOne}), first);
}

}  // namespace
}  // namespace althing
