// The verdict on a whole history. Keys are independent of one another: a history is linearizable if
// the history of each key is (Herlihy and Wing, "Linearizability", 1990, section 3.1).
#ifndef ALTHING_TESTS_CHECK_JUDGE_H_
#define ALTHING_TESTS_CHECK_JUDGE_H_

#include <string>
#include <vector>

#include "tests/check/linearize.h"

namespace althing::check {

struct KeyVerdict {
  std::string key;
  Verdict verdict = Verdict::kUndecided;
  std::string why;      // In words; of an undecided key: what to do.
  KeyHistory culprits;  // Of a violation: the smallest set that was found, by time of call.
};

struct Judgement {
  Verdict verdict = Verdict::kLinearizable;  // A violation beats an undecided key.
  size_t keys = 0;
  size_t failed = 0, unknown = 0;  // Operations of these outcomes.
  std::vector<KeyVerdict> faults;  // Violations first, then undecided keys; by key.
};

// The operations of the history by key, and in its order.
std::vector<KeyHistory> SplitByKey(const History& history);

// Both the search and the check by versions look at each key: one that finds a violation is
// believed, and one that finds an order as well. `budget` is for each key. The history outlives the
// judgement.
Judgement Judge(const History& history, const Budget& budget = {});

// Several lines: the verdict, then each fault with its operations.
std::string InWords(const Judgement& judgement, const History& history);

// Of the first operation's call; 0 if there is none. Descriptions count from here.
int64_t BeginNs(const History& history);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_JUDGE_H_
