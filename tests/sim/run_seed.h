// One call for a whole simulated run: what tests, the `sim` program and others need of the
// simulator. It does not choose the core: who links it links the core too.
#ifndef ALTHING_TESTS_SIM_RUN_SEED_H_
#define ALTHING_TESTS_SIM_RUN_SEED_H_

#include <cstdint>
#include <string>

#include "tests/sim/counts.h"
#include "tests/sim/plan.h"
#include "tests/sim/world.h"

namespace althing::sim {

struct SimOptions {
  uint32_t commands = 300;  // Calls of all clients together; PlanEdit::commands outdoes it.
  PlanEdit edit = {};
  World::Trace trace = nullptr;
  bool consequences_only = false;  // As Invariants::LookAtConsequencesOnly.
};

struct SimResult {
  std::string failure;  // Empty: all was well.
  uint64_t hash = 0;    // Of all that happened: the same for the same seed, everywhere.
  int64_t ended_ns = 0;
  int64_t healed_ns = 0;
  uint64_t losses = 0;
  Counts counts;
};

SimResult RunSeed(uint64_t seed, const SimOptions& options = {});

// The plan that RunSeed follows.
Plan PlanOf(uint64_t seed, const SimOptions& options);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_RUN_SEED_H_
