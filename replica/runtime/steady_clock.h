// The machine's monotonic clock.
#ifndef ALTHING_REPLICA_RUNTIME_STEADY_CLOCK_H_
#define ALTHING_REPLICA_RUNTIME_STEADY_CLOCK_H_

#include <chrono>

#include "replica/runtime/ports.h"

namespace althing {

// Thread-safe.
class SteadyClock : public Clock {
 public:
  int64_t NowNs() override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_STEADY_CLOCK_H_
