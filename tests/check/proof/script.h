// Histories with known truth: operations with the moments at which a single store executed them.
#ifndef ALTHING_TESTS_CHECK_PROOF_SCRIPT_H_
#define ALTHING_TESTS_CHECK_PROOF_SCRIPT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/check/history.h"

namespace althing::check {

// The seed decides everything. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // 0 to bound - 1. REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  bool Percent(uint64_t percent) { return Below(100) < percent; }

 private:
  uint64_t state_;
};

// An operation and when it was executed, between its call and its return or, of unknown outcome, at
// any time after its call.
struct Step {
  Operation operation;
  std::optional<int64_t> executed_ns = std::nullopt;  // None: never.
  bool silent = false;  // Executed, but no operation of the history: what a wrong store does.
};

using Script = std::vector<Step>;

struct ScriptPlan {
  int operations = 40;
  int clients = 5;
  int keys = 2;
  bool values_decide = false;  // With appends and expected values too.
  uint64_t unknown_percent = 10;
  uint64_t failed_percent = 5;
};

// Clients make one call after the other, a client whose call is of unknown outcome goes on under
// another name. Every value that is written is written once.
Script RandomScript(const ScriptPlan& plan, Chance& chance);

// The history in which each answer is what one store said that executed the steps in the order of
// their moments. Linearizable if every step without `silent` is executed within its time.
History Perform(const Script& script);

// Takes all versions out, so that only values tell.
void StripVersions(History& history);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_PROOF_SCRIPT_H_
