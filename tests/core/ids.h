// A short name for what tests name often.
#ifndef ALTHING_TESTS_CORE_IDS_H_
#define ALTHING_TESTS_CORE_IDS_H_

#include "replica/core/ids.h"

namespace althing {

inline InstanceId At(int coordinator, Slot slot) {
  return {slot, MemberIndex{static_cast<uint8_t>(coordinator)}};
}

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_IDS_H_
