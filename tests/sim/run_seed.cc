#include "tests/sim/run_seed.h"

namespace althing::sim {

Plan PlanOf(uint64_t seed, const SimOptions& options) {
  Plan plan = DrawPlan(seed, options.edit.commands.value_or(options.commands));
  Apply(options.edit, plan);
  return plan;
}

SimResult RunSeed(uint64_t seed, const SimOptions& options) {
  const Plan plan = PlanOf(seed, options);
  World world(plan, options.trace, options.consequences_only);
  world.Run();
  return {.failure = world.failure(),
          .hash = world.hash(),
          .ended_ns = world.ended_ns(),
          .healed_ns = plan.heal_ns,
          .losses = world.losses(),
          .counts = world.counts()};
}

}  // namespace althing::sim
