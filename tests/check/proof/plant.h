// Histories that are certainly not linearizable, of five kinds.
#ifndef ALTHING_TESTS_CHECK_PROOF_PLANT_H_
#define ALTHING_TESTS_CHECK_PROOF_PLANT_H_

#include <optional>

#include "tests/check/proof/script.h"

namespace althing::check {

enum class Fault {
  kStaleRead,
  kLostWrite,        // Acknowledged, then gone for everyone.
  kDoubleExecution,  // Of a write or append that was sent twice.
  kInventedValue,    // A read of a value that was never written, or whose write failed.
  kVersionInversion,
};

// Puts the fault into the run of the script. No value if the script has no place for one that is
// certain to show. The body says of each kind why no order explains it; the arguments never need
// versions, but for kVersionInversion, which is about nothing else.
std::optional<History> Plant(Fault fault, const Script& script, Chance& chance);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_PROOF_PLANT_H_
