// Whether the answers that the clients of a simulated run got can have come from one store.
#ifndef ALTHING_TESTS_SIM_HISTORY_CHECK_H_
#define ALTHING_TESTS_SIM_HISTORY_CHECK_H_

#include <string>
#include <vector>

#include "tests/sim/client.h"

namespace althing::sim {

// What is wrong, or nothing. Each key's history is linearizable (tests/check, which counts a write
// that took effect twice as one too many); and requests of several keys happen at one moment: of
// two that share two keys, one comes first on both.
// `given_up`, if there is one: how many keys too many calls at once have left open, so that the
// search has no answer.
std::string FindContradiction(const std::vector<CallRecord>& calls, uint64_t* given_up = nullptr);

// The commands of the calls as operations on single keys. What a request of several commands says
// of a command that was not carried out is left out.
check::History ToHistory(const std::vector<CallRecord>& calls);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_HISTORY_CHECK_H_
