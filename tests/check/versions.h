// The check by versions: no search, so that hot keys and long histories are decided too.
#ifndef ALTHING_TESTS_CHECK_VERSIONS_H_
#define ALTHING_TESTS_CHECK_VERSIONS_H_

#include <string>

#include "tests/check/linearize.h"

namespace althing::check {

struct VersionResult {
  // Undecided: nothing contradicts, but there are answers without versions, or contents that depend
  // on the order of writes (appends, expected values), so that only the search can tell.
  Verdict verdict = Verdict::kUndecided;
  std::string why;      // Of a violation: what cannot be, in words.
  KeyHistory culprits;  // Of a violation: the answers that show it.
};

// The versions in the answers say where in the order each operation stands: a write that got v,
// then the reads that saw v, then the write that got v + 1. That order must keep real time, each
// answer must fit it, and each version that no answered write got must have been written by one of
// unknown outcome that was called in time. O(n log n).
VersionResult CheckVersions(const KeyHistory& operations);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_VERSIONS_H_
