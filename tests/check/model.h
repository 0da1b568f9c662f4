// One key of the store, as a single machine would keep it: what linearizable means, in code.
#ifndef ALTHING_TESTS_CHECK_MODEL_H_
#define ALTHING_TESTS_CHECK_MODEL_H_

#include <cstdint>
#include <string>

#include "tests/check/history.h"

namespace althing::check {

// A key that was never written has no value and version 0; each write counts, deletes too.
struct State {
  bool present = false;
  std::string value;  // Empty if not present.
  uint64_t version = 0;
  bool operator==(const State&) const = default;
};

// Whether the operation writes when it is executed in this state: a GET never does, a conditional
// write only if its expectation holds.
bool Changes(const State& state, const Operation& operation);

// Whether a store in this state gives this answer. An operation of unknown outcome has none, so
// every state fits.
bool Answers(const State& state, const Operation& operation);

// The state afterwards.
State After(const State& state, const Operation& operation);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_MODEL_H_
