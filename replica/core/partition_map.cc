#include "replica/core/partition_map.h"

#include "pb/key_partition.h"

namespace althing {

KeyHash HashKey(std::string_view key, uint64_t seed) { return KeyHash{HashOfKey(key, seed)}; }

PartitionId PartitionMap::Find(std::string_view key) const {
  return PartitionId{PartitionOfHash(HashKey(key, hash_seed_).value, partitions_)};
}

}  // namespace althing
