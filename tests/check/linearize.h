// The search for an order: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with
// the memory of Lowe, "Testing for linearizability" (2017): a set of placed operations with the
// state that they lead to is looked into once.
#ifndef ALTHING_TESTS_CHECK_LINEARIZE_H_
#define ALTHING_TESTS_CHECK_LINEARIZE_H_

#include <cstdint>
#include <vector>

#include "tests/check/history.h"

namespace althing::check {

enum class Verdict { kLinearizable, kViolation, kUndecided };

struct Budget {
  uint64_t states = 2'000'000;           // Of one key's search.
  uint64_t bytes = uint64_t{512} << 20;  // That its memory may hold.
};

// The operations of one key. They outlive what is derived from them.
using KeyHistory = std::vector<const Operation*>;

struct SearchResult {
  Verdict verdict = Verdict::kUndecided;  // Undecided: the budget was spent.
  uint64_t states = 0;
  KeyHistory order;  // If linearizable: an order that explains every answer.
};

// Whether there is an order of the answered operations and of some of those with unknown outcome
// that keeps real time (what returned before another was called comes first) and in which each
// answer is what one store would give that was empty at the beginning. Versions and values that an
// answer does not give are not asked for.
SearchResult Linearize(const KeyHistory& operations, const Budget& budget);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_LINEARIZE_H_
