// A PlanEdit as the words of a command line.
#ifndef ALTHING_TESTS_SIM_EDIT_TEXT_H_
#define ALTHING_TESTS_SIM_EDIT_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tests/sim/plan.h"

namespace althing::sim {

// Lists are "a,b,c"; "-" is the empty one; an empty text: not given.
struct EditText {
  std::string without = {}, faults = {}, crashes = {}, losses = {};
  std::optional<uint32_t> clients = std::nullopt;
};

// INVALID_ARGUMENT, with the words that exist.
absl::StatusOr<PlanEdit> Parse(const EditText& text);
// " --without loss,cuts --commands 20": what Parse and --commands make the edit of.
std::string ToFlags(const PlanEdit& edit);
// "loss, copies, ...".
std::string FaultNames();

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_EDIT_TEXT_H_
