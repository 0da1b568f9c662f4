// Whether what the members of a cluster recorded as decided can stand beside each other.
#ifndef ALTHING_TESTS_SIM_OUTCOMES_H_
#define ALTHING_TESTS_SIM_OUTCOMES_H_

#include <string>

#include "tests/sim/cluster.h"

namespace althing::sim {

// What is wrong, or nothing. Agreement: one outcome per instance, with all who ever recorded one,
// the dead too. Visibility: of two conflicting payloads that were decided one depends on the other.
// REQUIRES: one partition.
std::string FindConflictingOutcomes(const Cluster& cluster);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_OUTCOMES_H_
