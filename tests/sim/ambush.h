// One kind of plan, for what recovery does rarely.
#ifndef ALTHING_TESTS_SIM_AMBUSH_H_
#define ALTHING_TESTS_SIM_AMBUSH_H_

#include "tests/sim/plan.h"

namespace althing::sim {

// Up to f members are cut off again and again right after they have told some of the others of what
// they begin, all of it on one key or two; the others recover it at once, and each other's
// recoveries come in the way. This is how undecided instances come to wait for each other.
// Changes a plan into one of this kind.
void DrawAmbush(Random random, Plan& plan);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_AMBUSH_H_
