// Plants each bug in turn and prints how it was noticed. ALTHING_MUTATION_SEEDS in the environment
// asks the random schedules for all of them, with so many seeds each, ALTHING_MUTATION_WORLDS the
// simulated worlds, and ALTHING_MUTATION_HARM those in which only harm counts;
// ALTHING_MUTATION_ONLY leaves out all whose name does not hold this.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/mutation/notice.h"

namespace althing::sim {
namespace {

uint64_t SeedsOfAll(const char* name) {
  const char* seeds = std::getenv(name);
  return seeds == nullptr ? 0 : std::strtoull(seeds, nullptr, 10);
}

std::string SeedsInWords(const PlantedResult& result) {
  return result.failure.empty() ? absl::StrCat("not within ", result.tries)
                                : absl::StrCat("seed ", result.tries);
}

// One line of the table; notes what nothing notices.
void PlantAndPrint(const Mutation& m) {
  std::string by, wrong;
  double seconds = 0;
  const uint64_t seeds = std::max(m.seeds, SeedsOfAll("ALTHING_MUTATION_SEEDS"));
  if (seeds > 0) {
    const PlantedResult random = RunSeeds(m.bug, seeds);
    if (m.seeds > 0) {
      EXPECT_NE(random.failure, "") << m.name << ": no seed up to " << seeds;
    }
    by = SeedsInWords(random);
    wrong = random.failure;
    seconds += random.seconds;
  }
  if (const uint64_t worlds = std::max(m.worlds, SeedsOfAll("ALTHING_MUTATION_WORLDS"));
      worlds > 0) {
    const PlantedResult world = RunWorlds(m.bug, worlds);
    if (m.worlds > 0) {
      EXPECT_NE(world.failure, "") << m.name << ": no world up to " << worlds;
    }
    absl::StrAppend(&by, by.empty() ? "" : ", ", "world ", SeedsInWords(world));
    if (wrong.empty()) wrong = world.failure;
    seconds += world.seconds;
  }
  if (const uint64_t worlds = std::max(m.consequences, SeedsOfAll("ALTHING_MUTATION_HARM"));
      worlds > 0) {
    const PlantedResult harm = RunWorldsForConsequences(m.bug, worlds);
    if (m.consequences > 0) {
      EXPECT_NE(harm.failure, "") << m.name << ": no harm in any world up to " << worlds;
    }
    absl::StrAppend(&by, by.empty() ? "" : ", ", "harm ", SeedsInWords(harm));
    if (!harm.failure.empty()) wrong = harm.failure;
    seconds += harm.seconds;
  }
  if (m.run != nullptr) {
    const PlantedResult scripted = RunSchedule(m.bug, m.run);
    EXPECT_NE(scripted.failure, "") << m.name << ": " << m.schedule << " does not fail";
    EXPECT_FALSE(absl::StrContains(scripted.failure, "no message passes"))
        << m.name << ": " << m.schedule << " did not get to its end";
    // Whoever breaks no promise has a reason.
    EXPECT_EQ(absl::StartsWith(scripted.failure, "delay"), !m.why.empty()) << m.name;
    absl::StrAppend(&by, by.empty() ? "" : ", ", m.schedule);
    if (wrong.empty()) wrong = scripted.failure;
    seconds += scripted.seconds;
  }
  if (!m.noticed()) {
    EXPECT_NE(m.why, "") << m.name;
    absl::StrAppend(&by, by.empty() ? "" : ", ", "nothing");
    wrong = m.why;
  }
  absl::PrintF("%-42s  %-54s  %5.2f s  %s\n", m.name, by, seconds, wrong.substr(0, 100));
  std::fflush(stdout);
}

bool IsAskedFor(const Mutation& mutation) {
  const char* part = std::getenv("ALTHING_MUTATION_ONLY");
  return part == nullptr || absl::StrContains(mutation.name, part);
}

TEST(MutationTest, EachIsNoticed) {
  absl::PrintF("%-42s  %-54s  %7s  %s\n", "without the rule", "noticed by", "time",
               "what went wrong");
  for (const Mutation& mutation : Mutations()) {
    if (IsAskedFor(mutation)) PlantAndPrint(mutation);
  }
}

TEST(MutationTest, EveryBugHasOneRow) {
  std::multiset<Bug> rows;
  for (const Mutation& mutation : Mutations()) rows.insert(mutation.bug);
  for (int bug = 1; bug < static_cast<int>(Bug::kCount); ++bug) {
    EXPECT_EQ(rows.count(static_cast<Bug>(bug)), 1u) << "bug " << bug;
  }
  EXPECT_EQ(rows.size(), static_cast<size_t>(Bug::kCount) - 1);
}

TEST(MutationTest, NothingIsWrongWithoutABug) {
  EXPECT_EQ(RunSeeds(Bug::kNone, 50).failure, "");
  EXPECT_EQ(RunWorlds(Bug::kNone, 20).failure, "");
  for (const Mutation& m : Mutations()) {
    if (m.run == nullptr) continue;
    EXPECT_EQ(RunSchedule(Bug::kNone, m.run).failure, "") << m.schedule;
  }
}

}  // namespace
}  // namespace althing::sim
