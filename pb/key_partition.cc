#include "pb/key_partition.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace althing {

uint64_t HashOfKey(std::string_view key, uint64_t seed) {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

}  // namespace althing
