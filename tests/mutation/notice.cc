#include "tests/mutation/notice.h"

#include "tests/sim/run_seed.h"
#include "tests/sim/shake.h"

namespace althing::sim {

PlantedResult RunSeeds(Bug bug, uint64_t seeds) {
  return RunPlanted(bug, seeds, [](uint64_t seed) { return Shake(seed).failure; });
}

PlantedResult RunWorlds(Bug bug, uint64_t seeds) {
  return RunPlanted(bug, seeds, [](uint64_t seed) { return RunSeed(seed).failure; });
}

PlantedResult RunWorldsForConsequences(Bug bug, uint64_t seeds) {
  return RunPlanted(
      bug, seeds, [](uint64_t seed) { return RunSeed(seed, {.consequences_only = true}).failure; });
}

PlantedResult RunSchedule(Bug bug, Schedule schedule) {
  return RunPlanted(bug, 1, [schedule](uint64_t) { return schedule(); });
}

PlantedResult RunRow(const Mutation& mutation) {
  if (mutation.run != nullptr) return RunSchedule(mutation.bug, mutation.run);
  if (mutation.seeds > 0) return RunSeeds(mutation.bug, mutation.seeds);
  return RunWorlds(mutation.bug, mutation.worlds);
}

}  // namespace althing::sim
