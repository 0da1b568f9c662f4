#include "tests/check/explain.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/check/judge.h"
#include "tests/check/proof/plant.h"
#include "tests/check/sample.h"

namespace althing::check {
namespace {

// Places in the history, as in "0 2".
std::string Smallest(const History& history) {
  std::string places;
  for (const Operation* operation : SmallestViolation(Pointers(history), {})) {
    absl::StrAppend(&places, places.empty() ? "" : " ", operation - history.data());
  }
  return places;
}

TEST(ExplainTest, LeavesOutWhatHasNothingToDoWithIt) {
  EXPECT_EQ(Smallest({Put("a", {}, {0, 1}), Get("a", {}, {0, 5}), Put("b", {}, {2, 3}),
                      Get("b", {}, {3, 9}), Get("a", {}, {4, 5}), Put("c", {}, {6, 7}),
                      Get("c", {}, {8, 9})}),
            "0 2 4")
      << "the old value, what was written over it, and who still read it";
  EXPECT_EQ(Smallest({Put("a", {}, {0, 1}), Put("b", {}, {2, 3}), Get("x", {}, {2, 5}),
                      Get("b", {}, {6, 7})}),
            "2")
      << "a value from nowhere needs no second operation";
  EXPECT_EQ(Smallest({Put("a", 1, {0, 1}), Put("b", 2, {2, 3}), Get("a", 1, {4, 5}),
                      Get("b", 2, {6, 7})}),
            "1 2")
      << "versions tell more";
  EXPECT_EQ(Smallest({Append("a", {}, {0, 1}), Append("b", {}, {2, 3}), Get("aba", {}, {4, 5})}),
            "2");
}

TEST(ExplainTest, LeavesOutWhatCameAfterTheFirstViolation) {
  History history = {Put("a", {}, {0, 1}), GetNone({}, {2, 3})};
  for (int i = 0; i < 20; ++i) history.push_back(Get("wrong", {}, {10 + i, 100}));
  EXPECT_EQ(Smallest(history), "0 1");
}

// Whatever the search rejects has a small reason in these histories, and the reason alone is
// enough.
TEST(ExplainTest, PlantedFaultsAreExplainedByFewOperations) {
  size_t total = 0, explained = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Chance chance(seed);
    const ScriptPlan plan{.keys = 1, .values_decide = seed % 2 == 0};
    auto history = Plant(static_cast<Fault>(seed % 4), RandomScript(plan, chance), chance);
    if (!history) continue;
    StripVersions(*history);
    const KeyHistory smallest = SmallestViolation(Pointers(*history), {});
    ASSERT_GE(smallest.size(), 1) << "seed " << seed;
    ASSERT_LE(smallest.size(), 20) << "seed " << seed;
    total += smallest.size();
    ++explained;
  }
  EXPECT_GT(explained, 40);
  EXPECT_LE(total, explained * 4) << "on average";
}

}  // namespace
}  // namespace althing::check
