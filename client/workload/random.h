// Chance that is the same on every machine: the standard fixes mt19937_64's numbers, but not what
// its distributions make of them.
#ifndef ALTHING_CLIENT_WORKLOAD_RANDOM_H_
#define ALTHING_CLIENT_WORKLOAD_RANDOM_H_

#include <cstdint>
#include <random>

namespace althing {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }

  // Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) {
    const uint64_t biased = UINT64_MAX - UINT64_MAX % bound;
    uint64_t draw = engine_();
    while (draw >= biased) draw = engine_();
    return draw % bound;
  }

  // Uniform in [0, 1), in steps of 2^-53.
  double Unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  // True with the probability percent/100.
  bool Percent(double percent) { return Unit() * 100.0 < percent; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_RANDOM_H_
