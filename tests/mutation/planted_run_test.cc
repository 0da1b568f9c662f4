#include "tests/mutation/planted_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "replica/core/check.h"

namespace althing::sim {
namespace {

TEST(PlantedRunTest, PlantsTheBugInTheTriesAlone) {
  const PlantedResult result =
      RunPlanted(Bug::kNoNack, 3, [](uint64_t) { return Planted(Bug::kNoNack) ? "it is" : ""; });
  EXPECT_EQ(result.failure, "it is");
  EXPECT_EQ(result.tries, 1u);
  EXPECT_FALSE(Planted(Bug::kNoNack));
}

TEST(PlantedRunTest, CountsTheTriesUntilOneFails) {
  const PlantedResult failed =
      RunPlanted(Bug::kNone, 9, [](uint64_t number) { return number == 4 ? "the fourth" : ""; });
  EXPECT_EQ(failed.tries, 4u);
  const PlantedResult passed = RunPlanted(Bug::kNone, 9, [](uint64_t) { return ""; });
  EXPECT_EQ(passed.tries, 9u);
  EXPECT_EQ(passed.failure, "");
}

TEST(PlantedRunTest, TakesADeathForAFailure) {
  const PlantedResult checked = RunPlanted(Bug::kNone, 1, [](uint64_t) {
    CHECK(1 + 1 == 3);
    return "";
  });
  EXPECT_THAT(checked.failure, testing::HasSubstr("CHECK failed: 1 + 1 == 3"));
  const PlantedResult killed = RunPlanted(Bug::kNone, 1, [](uint64_t) {
    std::raise(SIGKILL);
    return "";
  });
  EXPECT_EQ(killed.failure, "died without a word");
  const PlantedResult endless = RunPlanted(Bug::kNone, 1, [](uint64_t) {
    std::raise(SIGALRM);
    return "";
  });
  EXPECT_THAT(endless.failure, testing::HasSubstr("no end"));
}

}  // namespace
}  // namespace althing::sim
