// The search for a smaller plan of a seed that still fails.
#ifndef ALTHING_TESTS_SIM_SHRINK_H_
#define ALTHING_TESTS_SIM_SHRINK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "tests/sim/run_seed.h"

namespace althing::sim {

// Takes out whole kinds of faults, then calls, clients, crashes, single faults and single losses,
// as long as the run fails with the same word (as in "visibility: ..."). Tells what it took out.
// REQUIRES: the seed fails with these options.
PlanEdit Shrink(uint64_t seed, const SimOptions& options,
                const std::function<void(const std::string&)>& tell);

// The smallest subset that the search by halves finds for which `fails` holds. REQUIRES: it holds
// for all of them.
std::set<uint64_t> SmallestSubset(std::set<uint64_t> all,
                                  const std::function<bool(const std::set<uint64_t>&)>& fails);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_SHRINK_H_
