#include "client/workload/phases.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace althing {
namespace {

constexpr double kNsInSecond = 1e9;
constexpr double kRateMax = 1e7;
constexpr double kSecondsMax = 1e9;

absl::StatusOr<Phase> ParsePhase(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no phase. Write SECONDS:RATE or SECONDS:RATE:READS"));
  if (parts.size() < 2 || parts.size() > 3) return wrong;
  double seconds = 0, rate = 0, reads = 0;
  if (!absl::SimpleAtod(parts[0], &seconds)) return wrong;
  Phase phase = {.seconds = seconds};
  if (parts[1] != "-") {
    if (!absl::SimpleAtod(parts[1], &rate)) return wrong;
    phase.rate = rate;
  }
  if (parts.size() == 3) {
    if (!absl::SimpleAtod(parts[2], &reads)) return wrong;
    phase.read_percent = reads;
  }
  return phase;
}

}  // namespace

absl::StatusOr<std::vector<Phase>> ParsePhases(absl::string_view text) {
  std::vector<Phase> phases;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::StatusOr<Phase> phase = ParsePhase(part);
    if (!phase.ok()) return phase.status();
    phases.push_back(*phase);
  }
  return phases;
}

absl::Status CheckPhases(const std::vector<Phase>& phases) {
  for (const Phase& phase : phases) {
    if (phase.seconds && !(*phase.seconds > 0 && *phase.seconds <= kSecondsMax)) {
      return absl::InvalidArgumentError(
          "the seconds of a phase are out of range. Choose more than 0");
    }
    if (!phase.seconds && &phase != &phases.back()) {
      return absl::InvalidArgumentError("only the last phase may be without an end. Add seconds");
    }
    if (phase.rate && !(*phase.rate >= 0 && *phase.rate <= kRateMax)) {
      return absl::InvalidArgumentError("a rate is out of range. Choose 0 to 10000000 a second");
    }
    if (phase.read_percent && !(*phase.read_percent >= 0 && *phase.read_percent <= 100)) {
      return absl::InvalidArgumentError("the reads of a phase are a percentage. Choose 0 to 100");
    }
    if (phase.rate.has_value() != phases.front().rate.has_value()) {
      return absl::InvalidArgumentError(
          "some phases have a rate and some have none. Give all of them one, or none");
    }
  }
  return absl::OkStatus();
}

std::vector<int64_t> PhaseEndsNs(const std::vector<Phase>& phases) {
  std::vector<int64_t> ends;
  double end_ns = 0;
  for (const Phase& phase : phases) {
    end_ns += phase.seconds.value_or(0) * kNsInSecond;
    ends.push_back(phase.seconds ? static_cast<int64_t>(end_ns) : INT64_MAX);
  }
  return ends;
}

Arrivals::Arrivals(const std::vector<Phase>& phases, uint64_t seed)
    : phases_(phases), ends_ns_(PhaseEndsNs(phases)), random_(seed) {}

std::optional<Arrival> Arrivals::Next() {
  for (; phase_ < phases_.size(); ++phase_, left_.reset()) {
    const Phase& phase = phases_[phase_];
    const auto end_ns = static_cast<double>(ends_ns_[phase_]);
    if (phase.seconds && !left_) left_ = std::round(*phase.rate * *phase.seconds);
    if (*phase.rate > 0 && left_.value_or(1) > 0) {
      const double chance = 1 - random_.Unit();
      if (left_) {
        // The first of so many that lie anywhere in the time that is left.
        offset_ns_ += (end_ns - offset_ns_) * (1 - std::pow(chance, 1 / *left_));
        --*left_;
      } else {
        offset_ns_ -= std::log(chance) / *phase.rate * kNsInSecond;
      }
      return Arrival{static_cast<int64_t>(std::fmin(offset_ns_, end_ns - 1)), phase_};
    }
    offset_ns_ = end_ns;
  }
  return std::nullopt;
}

}  // namespace althing
