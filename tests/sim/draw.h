// What drawers of plans draw with.
#ifndef ALTHING_TESTS_SIM_DRAW_H_
#define ALTHING_TESTS_SIM_DRAW_H_

#include <cstdint>
#include <initializer_list>

#include "replica/core/ids.h"
#include "replica/core/random.h"

namespace althing::sim {

template <typename T>
T Pick(Random& random, std::initializer_list<T> choices) {
  return choices.begin()[random.Below(choices.size())];
}

inline MemberIndex Member(int i) { return MemberIndex{static_cast<uint8_t>(i)}; }

inline uint32_t Small(Random& random, uint64_t bound) {
  return static_cast<uint32_t>(random.Below(bound));
}

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_DRAW_H_
