#include "tests/check/judge.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/check/sample.h"

namespace althing::check {
namespace {

std::string Words(History history, const Budget& budget = {}) {
  for (size_t i = 0; i < history.size(); ++i) history[i].line = i + 1;
  const Judgement judgement = Judge(history, budget);
  return InWords(judgement, history);
}

Operation On(std::string key, Operation operation) {
  operation.key = std::move(key);
  return operation;
}

TEST(JudgeTest, AcceptsARightHistory) {
  EXPECT_EQ(Words({}), "linearizable: 0 operations on 0 keys, 0 of unknown outcome, 0 failed\n");
  EXPECT_EQ(Words({Put("a", {}, {0, 1}), On("l", GetNone({}, {2, 3})), Lost(Delete({}, {2, 3})),
                   Failed(Put("b", {}, {2, 3})), Get("a", {}, {4, 5})}),
            "linearizable: 5 operations on 2 keys, 1 of unknown outcome, 1 failed\n");
}

TEST(JudgeTest, SaysWhichOperationsContradictOneAnother) {
  constexpr int64_t kMs = 1'000'000;
  EXPECT_EQ(Words({Put("a", 1, {kMs, 2 * kMs}), Get("a", 1, {2 * kMs, 3 * kMs}),
                   On("l", Get("x", {}, {2 * kMs, 3 * kMs})), GetNone(0, {4 * kMs, 5 * kMs})}),
            "NOT LINEARIZABLE: 4 operations on 2 keys, 0 of unknown outcome, 0 failed\n"
            "key \"k\": violation: version 1 had been answered before the read of version 0 was "
            "called, so that one came too late\n"
            "  client 1: put \"a\" -> version 1, 0.000 to 1.000 ms (line 1)\n"
            "  client 1: get -> no value, version 0, 3.000 to 4.000 ms (line 4)\n"
            "key \"l\": violation: nothing that the others did can have led to this answer\n"
            "  client 1: get -> \"x\", 1.000 to 2.000 ms (line 3)\n");
  EXPECT_EQ(Words({Put("a", {}, {0, 1}), GetNone({}, {2, 3})}),
            "NOT LINEARIZABLE: 2 operations on 1 keys, 0 of unknown outcome, 0 failed\n"
            "key \"k\": violation: there is no order of these 2 operations, each between its call "
            "and its return, in which one store gives these answers, whatever the other operations "
            "answered\n"
            "  client 1: put \"a\" -> done, 0.000 to 0.000 ms (line 1)\n"
            "  client 1: get -> no value, 0.000 to 0.000 ms (line 2)\n");
}

// Twenty writes at once, and nothing that says which is first.
History Crowd() {
  History history;
  for (int i = 0; i < 20; ++i) history.push_back(Put(absl::StrCat(i), {}, {0, 100}));
  history.push_back(Get("never", {}, {0, 100}));
  return history;
}

TEST(JudgeTest, SaysSoWhenItCannotTell) {
  EXPECT_EQ(Words(Crowd(), {.states = 1000}),
            "undecided: 21 operations on 1 keys, 0 of unknown outcome, 0 failed\n"
            "key \"k\": undecided: no order and no contradiction was found in 1001 steps over 21 "
            "operations: record versions, or use fewer clients or fewer operations for each key\n");
}

TEST(JudgeTest, AViolationBeatsAnUndecidedKey) {
  History history = Crowd();
  history.push_back(On("z", Get("x", {}, {0, 1})));
  const Judgement judgement = Judge(history, {.states = 1000});
  EXPECT_EQ(judgement.verdict, Verdict::kViolation);
  ASSERT_EQ(judgement.faults.size(), 2);
  EXPECT_EQ(judgement.faults[0].key, "z");
  EXPECT_EQ(judgement.faults[1].verdict, Verdict::kUndecided);
}

TEST(JudgeTest, BelievesTheVersionsWhereTheSearchGivesUp) {
  History history;
  for (uint64_t i = 1; i <= 20; ++i) history.push_back(Put(absl::StrCat(i), i, {0, 100}));
  EXPECT_EQ(Judge(history, {.states = 3}).verdict, Verdict::kLinearizable);
}

TEST(JudgeTest, CountsFromTheFirstCall) {
  EXPECT_EQ(BeginNs({}), 0);
  EXPECT_EQ(BeginNs({Put("a", {}, {7, 9}), Put("b", {}, {-3, 9})}), -3);
}

}  // namespace
}  // namespace althing::check
