#include "tests/check/linearize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/check/sample.h"

namespace althing::check {
namespace {

Verdict VerdictOf(const History& history) { return Linearize(Pointers(history), {}).verdict; }
void ExpectRight(const History& history) { EXPECT_EQ(VerdictOf(history), Verdict::kLinearizable); }
void ExpectWrong(const History& history) { EXPECT_EQ(VerdictOf(history), Verdict::kViolation); }

TEST(LinearizeTest, OverlappingOperationsMayStandInAnyOrder) {
  ExpectRight({});
  ExpectRight(
      {Put("a", {}, {0, 9}), Put("b", {}, {1, 8}), Get("b", {}, {2, 3}), Get("a", {}, {4, 5})});
  ExpectWrong({Put("a", {}, {0, 9}), Put("b", {}, {1, 8}), Get("b", {}, {2, 3}),
               Get("a", {}, {4, 5}), Get("b", {}, {6, 7})});
}

TEST(LinearizeTest, RealTimeIsKept) {
  ExpectWrong({Put("a", {}, {0, 1}), GetNone({}, {2, 3})});
  ExpectRight({Put("a", {}, {0, 2}), GetNone({}, {2, 3})});  // At one moment: they overlap.
  ExpectWrong({Put("a", {}, {0, 1}), Put("b", {}, {2, 3}), Get("a", {}, {4, 5})});
  ExpectWrong({Get("a", {}, {0, 1}), Put("a", {}, {2, 3})});
}

TEST(LinearizeTest, AnOperationOfUnknownOutcomeMayHappenLateOrNever) {
  ExpectRight({Lost(Put("a", {}, {0, 1})), GetNone({}, {2, 3})});
  ExpectRight({Lost(Put("a", {}, {0, 1})), GetNone({}, {2, 3}), Get("a", {}, {4, 5})});
  ExpectWrong({Lost(Put("a", {}, {4, 9})), Get("a", {}, {0, 3})});
  ExpectWrong({Lost(Put("a", {}, {0, 1})), Get("a", {}, {2, 3}), GetNone({}, {4, 5})});
  ExpectRight({Lost(Put("a", {}, {0, 1})), Lost(Delete({}, {0, 1})), Get("a", {}, {2, 3}),
               GetNone({}, {4, 5})});
  ExpectWrong({Put("b", {}, {0, 1}), Lost(Get("x", {}, {0, 1})), Get("x", {}, {2, 3})});
}

TEST(LinearizeTest, AFailedOperationNeverHappened) {
  ExpectWrong({Failed(Put("a", {}, {0, 1})), Get("a", {}, {2, 3})});
  ExpectRight({Failed(Put("a", {}, {0, 1})), GetNone({}, {2, 3})});
}

TEST(LinearizeTest, AppendsAndConditionsAreUnderstood) {
  ExpectRight({Append("a", {}, {0, 9}), Append("b", {}, {0, 9}), Get("ba", {}, {0, 9})});
  ExpectWrong({Append("a", {}, {0, 1}), Append("b", {}, {2, 3}), Get("ba", {}, {4, 5})});
  ExpectWrong({Append("a", {}, {0, 1}), Get("aa", {}, {4, 5})});
  ExpectWrong({CasVersion(0, "a", true, {}, {0, 9}), CasVersion(0, "b", true, {}, {0, 9})});
  ExpectRight({CasVersion(0, "a", true, {}, {0, 9}), CasVersion(0, "b", false, {}, {0, 9})});
  ExpectRight({CasValue("b", "c", true, {}, {0, 9}), CasValue("a", "b", true, {}, {0, 9}),
               Put("a", {}, {0, 9})});
  ExpectWrong({CasValue("b", "c", true, {}, {0, 1}), Put("b", {}, {2, 3})});
}

TEST(LinearizeTest, VersionsAreAskedForWhereTheyAreGiven) {
  ExpectWrong({Put("a", 1, {0, 9}), Put("b", 1, {0, 9})});
  ExpectWrong({Put("a", 2, {0, 9})});
  ExpectRight({Put("a", 2, {0, 9}), Lost(Put("b", {}, {0, 1}))});
  ExpectWrong({Put("a", 1, {0, 1}), Get("a", 2, {2, 3})});
}

TEST(LinearizeTest, GivesAnOrderThatExplainsTheAnswers) {
  const History history = {Put("a", 2, {0, 9}), Get("b", 1, {1, 2}), Lost(Put("b", {}, {0, 1})),
                           Lost(Put("c", {}, {0, 1}))};
  EXPECT_EQ(Linearize(Pointers(history), {}).order,
            (KeyHistory{&history[2], &history[1], &history[0]}));
}

// Without the choice of one for all that are alike, this would be a search through subsets.
TEST(LinearizeTest, ManyUnknownWritesThatNobodySawCostLittle) {
  History history;
  for (int i = 0; i < 400; ++i) history.push_back(Lost(Put(absl::StrCat("lost", i), {}, {i, i})));
  for (uint64_t i = 0; i < 200; ++i) {
    const auto at = static_cast<int64_t>(1000 + 10 * i);
    history.push_back(Put(absl::StrCat(i), 2 * i + 2, {at, at + 5}));
  }
  const SearchResult right = Linearize(Pointers(history), {.states = 10'000});
  EXPECT_EQ(right.verdict, Verdict::kLinearizable);
  history.push_back(Get("1", {}, {9000, 9001}));
  EXPECT_EQ(Linearize(Pointers(history), {.states = 1'000'000}).verdict, Verdict::kViolation);
}

TEST(LinearizeTest, SaysSoWhenTheBudgetIsSpent) {
  History history;
  for (int i = 0; i < 20; ++i) history.push_back(Put(absl::StrCat(i), {}, {0, 100}));
  history.push_back(Get("never", {}, {0, 100}));
  const SearchResult states = Linearize(Pointers(history), {.states = 1000});
  EXPECT_EQ(states.verdict, Verdict::kUndecided);
  EXPECT_LE(states.states, 1001);
  const SearchResult bytes = Linearize(Pointers(history), {.bytes = 10'000});
  EXPECT_EQ(bytes.verdict, Verdict::kUndecided);
  EXPECT_LT(bytes.states, 1000);
}

TEST(LinearizeTest, LongHistoriesNeedNoDeepStack) {
  History history;
  for (uint64_t i = 1; i <= 100'000; ++i) {
    const auto at = static_cast<int64_t>(10 * i);
    history.push_back(Put(absl::StrCat(i), {}, {at, at + 25}));
  }
  ExpectRight(history);
}

}  // namespace
}  // namespace althing::check
