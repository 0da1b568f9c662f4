// From "there is no order" to the few operations that a person must look at.
#ifndef ALTHING_TESTS_CHECK_EXPLAIN_H_
#define ALTHING_TESTS_CHECK_EXPLAIN_H_

#include "tests/check/linearize.h"

namespace althing::check {

// A small set of operations of which the answers cannot be explained even if all the others gave no
// answers: if each other write had happened at any time or never, and no other read had been made.
// None of the set can be spared as far as the budget of each trial tells. By time of call. Empty if
// `operations` are linearizable. REQUIRES: Linearize finds a violation within the budget.
KeyHistory SmallestViolation(const KeyHistory& operations, const Budget& budget);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_EXPLAIN_H_
