// The proof that the judges see: what is right is accepted, and what is wrong is rejected, by each
// judge on its own where it can tell.
#include "tests/check/proof/plant.h"

#include "gtest/gtest.h"
#include "tests/check/judge.h"
#include "tests/check/linearize.h"
#include "tests/check/versions.h"

namespace althing::check {
namespace {

constexpr uint64_t kRight = 2'400;
constexpr int kPlantedOfEach = 1'000;

// Small and large, quiet and crowded, with and without what only the search can decide.
ScriptPlan PlanOf(uint64_t seed) {
  ScriptPlan plan;
  plan.operations = 20 + static_cast<int>(seed % 4) * 15;
  plan.clients = 2 + static_cast<int>(seed % 7);
  plan.keys = 1 + static_cast<int>(seed % 3);
  plan.values_decide = seed % 2 == 0;
  plan.unknown_percent = seed % 5 * 5;
  return plan;
}

size_t CountViolations(const History& history, VersionResult (*check)(const KeyHistory&)) {
  size_t violations = 0;
  for (const KeyHistory& operations : SplitByKey(history)) {
    if (check(operations).verdict == Verdict::kViolation) ++violations;
  }
  return violations;
}

size_t CountViolations(const History& history, size_t* undecided) {
  size_t violations = 0;
  for (const KeyHistory& operations : SplitByKey(history)) {
    const Verdict verdict = Linearize(operations, {}).verdict;
    if (verdict == Verdict::kViolation) ++violations;
    if (verdict == Verdict::kUndecided) ++*undecided;
  }
  return violations;
}

TEST(PlantTest, RightHistoriesAreAcceptedByEachJudge) {
  uint64_t unknown = 0, proven_by_versions = 0;
  for (uint64_t seed = 0; seed < kRight; ++seed) {
    Chance chance(seed);
    const ScriptPlan plan = PlanOf(seed);
    History history = Perform(RandomScript(plan, chance));
    const Judgement judgement = Judge(history);
    ASSERT_EQ(judgement.verdict, Verdict::kLinearizable) << "seed " << seed << "\n"
                                                         << InWords(judgement, history);
    unknown += judgement.unknown;
    for (const KeyHistory& operations : SplitByKey(history)) {
      ASSERT_NE(CheckVersions(operations).verdict, Verdict::kViolation) << "seed " << seed;
      ASSERT_EQ(Linearize(operations, {}).verdict, Verdict::kLinearizable) << "seed " << seed;
      if (CheckVersions(operations).verdict == Verdict::kLinearizable) ++proven_by_versions;
    }
    StripVersions(history);
    ASSERT_EQ(Judge(history).verdict, Verdict::kLinearizable) << "without versions, seed " << seed;
  }
  EXPECT_GT(unknown, kRight) << "histories without unknown outcomes prove little";
  EXPECT_GT(proven_by_versions, kRight / 2);
}

class PlantedTest : public testing::TestWithParam<Fault> {};

TEST_P(PlantedTest, AreAllRejected) {
  const bool about_versions = GetParam() == Fault::kVersionInversion;
  int planted = 0, seen_by_versions = 0, with_versions = 0;
  for (uint64_t seed = 0; planted < kPlantedOfEach; ++seed) {
    ASSERT_LT(seed, uint64_t{kPlantedOfEach} * 10) << "too few scripts have a place for it";
    Chance chance(seed * 5 + static_cast<uint64_t>(GetParam()));
    const ScriptPlan plan = PlanOf(seed);
    const Script script = RandomScript(plan, chance);
    std::optional<History> history = Plant(GetParam(), script, chance);
    if (!history) continue;
    ++planted;
    size_t undecided = 0;
    ASSERT_GE(CountViolations(*history, &undecided), 1) << "the search, seed " << seed;
    ASSERT_EQ(undecided, 0) << "seed " << seed;
    ASSERT_EQ(Judge(*history).verdict, Verdict::kViolation) << "seed " << seed;
    if (!plan.values_decide) {
      // Versions decide these histories, so that check must see it too.
      ++with_versions;
      ASSERT_EQ(CountViolations(*history, CheckVersions), 1) << "by versions, seed " << seed;
    }
    if (CountViolations(*history, CheckVersions) > 0) ++seen_by_versions;
    if (about_versions) continue;
    StripVersions(*history);
    ASSERT_GE(CountViolations(*history, &undecided), 1) << "without versions, seed " << seed;
    ASSERT_EQ(undecided, 0) << "without versions, seed " << seed;
  }
  EXPECT_GT(with_versions, kPlantedOfEach / 4);
  EXPECT_GT(seen_by_versions, with_versions);
}

INSTANTIATE_TEST_SUITE_P(Faults, PlantedTest,
                         testing::Values(Fault::kStaleRead, Fault::kLostWrite,
                                         Fault::kDoubleExecution, Fault::kInventedValue,
                                         Fault::kVersionInversion),
                         [](const auto& fault) {
                           switch (fault.param) {
                             case Fault::kStaleRead:
                               return "StaleRead";
                             case Fault::kLostWrite:
                               return "LostWrite";
                             case Fault::kDoubleExecution:
                               return "DoubleExecution";
                             case Fault::kInventedValue:
                               return "InventedValue";
                             case Fault::kVersionInversion:
                               break;
                           }
                           return "VersionInversion";
                         });

}  // namespace
}  // namespace althing::check
