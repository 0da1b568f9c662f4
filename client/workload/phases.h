// A run in parts: how long each takes, how much is asked for in it, and when exactly in an open
// loop.
#ifndef ALTHING_CLIENT_WORKLOAD_PHASES_H_
#define ALTHING_CLIENT_WORKLOAD_PHASES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/workload/random.h"

namespace althing {

struct Phase {
  std::optional<double> seconds = std::nullopt;       // Without: no end. Only the last one may.
  std::optional<double> rate = std::nullopt;          // Operations a second; without: closed loop.
  std::optional<double> read_percent = std::nullopt;  // Without: the workload's.
  bool operator==(const Phase&) const = default;
};

// "SECONDS:RATE[:READS],...", as in "10:1000,10:5000:50"; RATE "-" is a closed loop.
// INVALID_ARGUMENT with the part named.
absl::StatusOr<std::vector<Phase>> ParsePhases(absl::string_view text);

// OK if the seconds are above 0, the rates 0 to 10^7, the shares percentages, and the loops of one
// kind. REQUIRES: phases are not empty.
absl::Status CheckPhases(const std::vector<Phase>& phases);

// When the phases end, in nanoseconds from the start; INT64_MAX for no end.
std::vector<int64_t> PhaseEndsNs(const std::vector<Phase>& phases);

struct Arrival {
  int64_t offset_ns = 0;  // From the start.
  size_t phase = 0;
};

// The moments at which the operations of an open loop are due: a Poisson process with the rate of
// each phase, from the seed alone. Never falls behind: what is due does not depend on what was
// done.
class Arrivals {
 public:
  // REQUIRES: CheckPhases says OK, and each phase has a rate.
  Arrivals(const std::vector<Phase>& phases, uint64_t seed);

  // The next one, in order; nothing after the end of the last phase.
  std::optional<Arrival> Next();

 private:
  const std::vector<Phase> phases_;
  const std::vector<int64_t> ends_ns_;
  Random random_;
  size_t phase_ = 0;
  double offset_ns_ = 0;
  std::optional<double> left_;  // Moments of a phase that ends, from `offset_ns_` on.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_PHASES_H_
