// More calls at once than threads could make: from one thread, without waiting for answers.
#ifndef ALTHING_TESTS_PROCESS_FLOOD_H_
#define ALTHING_TESTS_PROCESS_FLOOD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace althing {

struct FloodPlan {
  int port = 0;  // A client port of this machine.
  // Calls under way at most. A client that waits for answers has as many all the time.
  uint64_t calls_max = 100;
  // Of one that does not wait; 0: it calls again when it has an answer.
  uint64_t calls_per_second = 0;
  absl::Duration length = absl::Seconds(1);
  absl::Duration timeout = absl::Seconds(30);
};

struct FloodResult {
  uint64_t calls = 0;
  uint64_t ok = 0;                            // Answered so within the plan's length.
  std::map<std::string, uint64_t> errors;     // By code: "RESOURCE_EXHAUSTED".
  std::vector<absl::Duration> refused_after;  // With RESOURCE_EXHAUSTED; ascending.

  // Of refused_after; 0 <= share <= 1.
  absl::Duration RefusedWithin(double share) const;
  std::string InWords() const;
};

// Puts of small values to many keys. Returns when every call is answered.
FloodResult RunFlood(const FloodPlan& plan);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_FLOOD_H_
