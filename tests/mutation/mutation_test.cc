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
#include "tests/mutation/schedules.h"

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

// What a line of the table says of one bug.
struct Line {
  std::string by, wrong;
  double seconds = 0;

  void Add(const std::string& noticer, const PlantedResult& result) {
    absl::StrAppend(&by, by.empty() ? "" : ", ", noticer);
    // Harm that was done tells more than what was only seen.
    const bool harm = absl::StartsWith(noticer, "harm") && !result.failure.empty();
    if (wrong.empty() || harm) wrong = result.failure;
    seconds += result.seconds;
  }
};

// Asks seeds of one kind, as many as the row or the environment says: one of the row's must fail.
void AskSeeds(const Mutation& m, const char* kind, uint64_t row, const char* environment,
              PlantedResult (*run)(Bug, uint64_t), Line& line) {
  const uint64_t seeds = std::max(row, SeedsOfAll(environment));
  if (seeds == 0) return;
  const PlantedResult result = run(m.bug, seeds);
  if (row > 0) {
    EXPECT_NE(result.failure, "") << m.name << ": no " << kind << "seed up to " << seeds;
  }
  line.Add(absl::StrCat(kind, SeedsInWords(result)), result);
}

// One line of the table; notes what nothing notices.
void PlantAndPrint(const Mutation& m) {
  Line line;
  AskSeeds(m, "", m.seeds, "ALTHING_MUTATION_SEEDS", RunSeeds, line);
  AskSeeds(m, "world ", m.worlds, "ALTHING_MUTATION_WORLDS", RunWorlds, line);
  AskSeeds(m, "harm ", m.consequences, "ALTHING_MUTATION_HARM", RunWorldsForConsequences, line);
  if (m.run != nullptr) {
    const PlantedResult scripted = RunSchedule(m.bug, m.run);
    EXPECT_NE(scripted.failure, "") << m.name << ": " << m.schedule << " does not fail";
    EXPECT_FALSE(absl::StrContains(scripted.failure, "no message passes"))
        << m.name << ": " << m.schedule << " did not get to its end";
    // Whoever breaks no promise has a reason.
    EXPECT_EQ(absl::StartsWith(scripted.failure, "delay"), !m.why.empty()) << m.name;
    line.Add(m.schedule, scripted);
  }
  if (!m.noticed()) {
    EXPECT_NE(m.why, "") << m.name;
    line.Add("nothing", {});
    line.wrong = m.why;
  }
  absl::PrintF("%-42s  %-54s  %5.2f s  %s\n", m.name, line.by, line.seconds,
               line.wrong.substr(0, 100));
  std::fflush(stdout);
}

bool IsAskedFor(const Mutation& mutation) {
  const char* part = std::getenv("ALTHING_MUTATION_ONLY");
  return part == nullptr || absl::StrContains(mutation.name, part);
}

// In thirds: with sanitizers all together take too long for one test.
void PlantThird(size_t third) {
  absl::PrintF("%-42s  %-54s  %7s  %s\n", "without the rule", "noticed by", "time",
               "what went wrong");
  const std::vector<Mutation> mutations = Mutations();
  for (size_t i = third; i < mutations.size(); i += 3) {
    if (IsAskedFor(mutations[i])) PlantAndPrint(mutations[i]);
  }
}

TEST(MutationTest, EachIsNoticedOfTheFirstThird) { PlantThird(0); }
TEST(MutationTest, EachIsNoticedOfTheSecondThird) { PlantThird(1); }
TEST(MutationTest, EachIsNoticedOfTheLastThird) { PlantThird(2); }

TEST(MutationTest, EveryBugHasOneRow) {
  std::multiset<Bug> rows;
  for (const Mutation& mutation : Mutations()) rows.insert(mutation.bug);
  for (int bug = 1; bug < static_cast<int>(Bug::kCount); ++bug) {
    EXPECT_EQ(rows.count(static_cast<Bug>(bug)), 1u) << "bug " << bug;
  }
  EXPECT_EQ(rows.size(), static_cast<size_t>(Bug::kCount) - 1);
}

// Beside the row's schedule: only who counts votes of F apart can end this tie.
TEST(MutationTest, ATieAfterAPowerCutEndsByTheDesignatedQuorum) {
  EXPECT_EQ(RunSchedule(Bug::kNone, ATieAfterAPowerCut).failure, "");
  EXPECT_NE(RunSchedule(Bug::kDesignatedIgnored, ATieAfterAPowerCut).failure, "");
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
