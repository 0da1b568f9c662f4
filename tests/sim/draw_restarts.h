// Replicas that stop, in order or not, and start again with what their disks have kept.
#ifndef ALTHING_TESTS_SIM_DRAW_RESTARTS_H_
#define ALTHING_TESTS_SIM_DRAW_RESTARTS_H_

#include "tests/sim/plan.h"

namespace althing::sim {

// Adds some to the plan's crashes. REQUIRES: all else is drawn.
void DrawRestarts(Random random, Plan& plan);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_DRAW_RESTARTS_H_
