// Runs something with a bug planted, in a process of its own: a CHECK that fails there, or a run
// without an end, is a way of noticing the bug.
#ifndef ALTHING_TESTS_MUTATION_PLANTED_RUN_H_
#define ALTHING_TESTS_MUTATION_PLANTED_RUN_H_

#include <cstdint>
#include <functional>
#include <string>

#include "replica/core/planted.h"

namespace althing::sim {

// One try, by its number; returns what went wrong, or nothing.
using Try = std::function<std::string(uint64_t number)>;

struct PlantedResult {
  uint64_t tries = 0;   // How many were begun: the last one failed, if any did.
  std::string failure;  // Empty: none failed.
  double seconds = 0;
};

// Tries 1, 2, ... `tries_max` until one fails.
PlantedResult RunPlanted(Bug bug, uint64_t tries_max, const Try& attempt);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_MUTATION_PLANTED_RUN_H_
