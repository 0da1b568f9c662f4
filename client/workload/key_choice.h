// Which key an operation has: the distributions over a set of keys that has a size.
#ifndef ALTHING_CLIENT_WORKLOAD_KEY_CHOICE_H_
#define ALTHING_CLIENT_WORKLOAD_KEY_CHOICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/workload/random.h"

namespace althing {

struct KeyOptions {
  // "new": each write has a key of its own, and none of the rest applies. Else one of
  //   uniform      each key as often as any other
  //   zipf         the k-th key in proportion to k^-theta
  //   latest       zipf, counted back from the newest key
  //   hotspot      hot_operations_percent of the operations on the first hot_keys_percent of the
  //                keys, uniform within them and within the rest
  //   exponential  ever rarer from the first key on, 95 % of the operations on the first 6/7 (YCSB)
  //   sequential   one after the other, and round again
  std::string distribution = "new";
  uint64_t count = 1'000'000;  // The keys that there are at the start.
  double theta = 0.99;
  // zipf, hotspot, exponential: the frequent keys lie scattered over all of them.
  bool scrambled = false;
  double hot_keys_percent = 20;
  double hot_operations_percent = 80;
};

// OK if the distribution is known and its numbers are in range.
absl::Status CheckKeys(const KeyOptions& options);

class KeyChoice {
 public:
  virtual ~KeyChoice() = default;
  // Below the number of keys.
  virtual uint64_t Next(Random& random) = 0;
  // There are so many keys now; they never get fewer. Only "latest" and "uniform" choose among
  // those that were added.
  virtual void Grow(uint64_t) {}
};

// REQUIRES: CheckKeys says OK, and the distribution is not "new".
std::unique_ptr<KeyChoice> MakeKeyChoice(const KeyOptions& options);

// A permutation of the numbers below `count` that leaves no neighbours together. REQUIRES: rank <
// count < 2^62.
uint64_t Scrambled(uint64_t rank, uint64_t count);

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_KEY_CHOICE_H_
