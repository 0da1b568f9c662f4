// Whether the answers to a set of calls can have come from one store.
#ifndef ALTHING_TESTS_SIM_CALL_CHECK_H_
#define ALTHING_TESTS_SIM_CALL_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pb/kv.pb.h"

namespace althing::sim {

// One request of a client, however often it was proposed: it reads all its keys, or puts its own
// value under all of them.
struct Call {
  bool write = false;
  std::vector<std::string> keys;
  std::string value;                // Of a write; no other call has it.
  uint64_t called = 0;              // When it was first proposed.
  uint64_t returned = 0;            // When it was first answered; 0: never.
  std::vector<v1::Result> results;  // Of each key. Empty: whether it took effect is unknown.
};

// What is wrong, or nothing. Versions number the writes of a key without gaps, but for writes whose
// outcome is unknown; a read of version v returns the value of write v; what returned before
// something else was called comes before it; and a read of two keys sees both writes of a
// call or none.
std::string FindContradiction(const std::vector<Call>& calls);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_CALL_CHECK_H_
