// What clients saw of a cluster, and whether a single store could have answered so.
#ifndef ALTHING_TESTS_PROCESS_HISTORY_H_
#define ALTHING_TESTS_PROCESS_HISTORY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace althing {

// One call. Each write of a key has a value of its own.
struct Operation {
  std::string key;
  bool write = false;
  bool ok = false;    // False: nothing is known of its outcome.
  std::string value;  // Written or read; empty if the read found none.
  uint64_t version = 0;
  int64_t begin_ns = 0, end_ns = 0;  // On one clock.
};

using History = std::vector<Operation>;

// Versions order the writes of a key. A single store gives each successful write a version of its
// own, reads answer with a value and the version that its write got, and whatever begins after
// something else has ended sees no older version, and a write a newer one. Empty if all that is so,
// else the first operation that breaks it, in words.
std::string FindContradiction(const History& history);

// By key.
std::map<std::string, uint64_t> SuccessfulWrites(const History& history);
uint64_t Failures(const History& history);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_HISTORY_H_
