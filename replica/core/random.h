// The core's only randomness: a seeded generator whose numbers are the same everywhere.
#ifndef ALTHING_REPLICA_CORE_RANDOM_H_
#define ALTHING_REPLICA_CORE_RANDOM_H_

#include <cstdint>

namespace althing {

// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  // 0 .. bound-1, with a bias below bound / 2^64. REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_RANDOM_H_
