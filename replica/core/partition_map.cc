#include "replica/core/partition_map.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace althing {

KeyHash HashKey(std::string_view key, uint64_t seed) {
  return KeyHash{XXH3_64bits_withSeed(key.data(), key.size(), seed)};
}

PartitionId PartitionMap::Find(std::string_view key) const {
  // The high half: the low bits pick the buckets of the conflict index.
  return PartitionId{static_cast<uint32_t>((HashKey(key, hash_seed_).value >> 32) % partitions_)};
}

}  // namespace althing
