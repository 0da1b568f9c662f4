// Each bug that can be planted, and what is to notice it.
#ifndef ALTHING_TESTS_MUTATION_MUTATIONS_H_
#define ALTHING_TESTS_MUTATION_MUTATIONS_H_

#include <string>
#include <vector>

#include "replica/core/planted.h"

namespace althing::sim {

using Schedule = std::string (*)();  // What went wrong, or nothing.

struct Mutation {
  Bug bug;
  std::string name;
  std::string planted;  // What the replica does with the bug.
  // Random schedules within which one fails; 0: they find it too late or not at all.
  uint64_t seeds = 0;
  // Simulated worlds of whole replicas within which one fails; 0: as above.
  uint64_t worlds = 0;
  // Simulated worlds within which the loss of the rule does harm, and is not only seen; 0: as
  // above.
  uint64_t consequences = 0;
  // A scripted one that fails with the bug, and passes without.
  std::string schedule = "";
  Schedule run = nullptr;
  // Why the rule stays, if without it promises are only kept later, or if nothing notices its loss.
  std::string why = "";

  bool noticed() const { return seeds > 0 || worlds > 0 || consequences > 0 || run != nullptr; }
};

const std::vector<Mutation>& Mutations();
const Mutation& MutationOf(Bug bug);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_MUTATION_MUTATIONS_H_
