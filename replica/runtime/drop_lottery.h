// The debug fault "drop": which messages are thrown away, by seed.
#ifndef ALTHING_REPLICA_RUNTIME_DROP_LOTTERY_H_
#define ALTHING_REPLICA_RUNTIME_DROP_LOTTERY_H_

#include <cstdint>

namespace althing {

// The same seed and percentage give the same sequence on every machine.
class DropLottery {
 public:
  // REQUIRES: 0 <= percent < 100.
  DropLottery(double percent, uint64_t seed)
      : bound_(static_cast<uint64_t>(percent / 100 * 18446744073709551616.0)), state_(seed) {}

  bool Draw() { return bound_ != 0 && Next() < bound_; }

 private:
  // SplitMix64 (Steele, Lea, Flood 2014): a counter that strides by the golden ratio, then mixed.
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t bound_;  // Of 2^64: as many of the numbers mean "drop".
  uint64_t state_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_DROP_LOTTERY_H_
