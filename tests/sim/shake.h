// Random schedules: messages are lost, doubled, delayed and overtaken, links are cut and healed,
// up to f members crash for good; clients repeat their requests at other members, trim their
// sessions, or lose them because they are silent for too long. Then the network is well again, and
// those who live must come to an end: everything has happened exactly once, in one order, as real
// time demands.
#ifndef ALTHING_TESTS_SIM_SHAKE_H_
#define ALTHING_TESTS_SIM_SHAKE_H_

#include <cstdint>
#include <map>
#include <string>

#include "replica/core/protocol.h"

namespace althing::sim {

struct ShakeResult {
  struct Tally {
    uint64_t count = 0;
    uint64_t sum = 0;  // Of their values.
  };
  std::string failure;  // The first thing that went wrong; empty: nothing did.
  std::map<Event::Kind, Tally> events;
  uint64_t unknown = 0;  // Requests whose session was gone before they were answered.
  uint64_t digest = 0;   // Of all that happened.
};

// The same seed does the same, on every machine.
ShakeResult Shake(uint64_t seed);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_SHAKE_H_
