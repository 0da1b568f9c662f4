// Whether a planted bug is noticed.
#ifndef ALTHING_TESTS_MUTATION_NOTICE_H_
#define ALTHING_TESTS_MUTATION_NOTICE_H_

#include "tests/mutation/mutations.h"
#include "tests/mutation/planted_run.h"

namespace althing::sim {

// Random schedules from seed 1 on, with the bug planted.
PlantedResult RunSeeds(Bug bug, uint64_t seeds);
// Whole replicas, in simulated worlds from seed 1 on.
PlantedResult RunWorlds(Bug bug, uint64_t seeds);
// The same, and the observer looks at consequences only.
PlantedResult RunWorldsForConsequences(Bug bug, uint64_t seeds);
// A scripted one, once.
PlantedResult RunSchedule(Bug bug, Schedule schedule);
// What the mutation's row names.
PlantedResult RunRow(const Mutation& mutation);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_MUTATION_NOTICE_H_
