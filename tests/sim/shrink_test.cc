#include "tests/sim/shrink.h"

#include <gtest/gtest.h>

#include "tests/sim/edit_text.h"

namespace althing::sim {
namespace {

using Set = std::set<uint64_t>;

TEST(ShrinkTest, FindsTheTwoThatMatter) {
  Set all;
  for (uint64_t i = 0; i < 100; ++i) all.insert(i);
  int runs = 0;
  const Set found = SmallestSubset(all, [&](const Set& subset) {
    ++runs;
    return subset.contains(17) && subset.contains(80);
  });
  EXPECT_EQ(found, (Set{17, 80}));
  EXPECT_LT(runs, 60);
}

TEST(ShrinkTest, AnEditIsWhatItsFlagsSay) {
  const PlanEdit edit{.without = {"loss", "cuts"},
                      .clients = 2,
                      .faults_kept = Set{0, 3},
                      .crashes_kept = Set{},
                      .losses_kept = Set{7}};
  EXPECT_EQ(ToFlags(edit), " --without cuts,loss --clients 2 --faults 0,3 --crashes - --losses 7");
  const absl::StatusOr<PlanEdit> parsed =
      Parse({.without = "cuts,loss", .faults = "0,3", .crashes = "-", .losses = "7", .clients = 2});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, edit);
  EXPECT_FALSE(Parse({.without = "rain"}).ok());
  EXPECT_FALSE(Parse({.faults = "1,x"}).ok());
}

// What is taken out of a plan does not happen.
TEST(ShrinkTest, EachKindOfFaultCanBeLeftOut) {
  PlanEdit none;
  for (const char* name : kFaultNames) none.without.insert(name);
  Counts all, calm;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    all.Merge(RunSeed(seed, {.commands = 60}).counts);
    calm.Merge(RunSeed(seed, {.commands = 60, .edit = none}).counts);
  }
  for (const char* name : {"messages lost", "messages doubled", "crashes", "restarts", "cuts",
                           "clogs", "pauses", "lies", "slow disks"}) {
    EXPECT_GT(all[name], 0u) << name;
    EXPECT_EQ(calm[name], 0u) << name;
  }
}

}  // namespace
}  // namespace althing::sim
