// Key -> hash -> partition. Every replica of a cluster computes the same.
#ifndef ALTHING_REPLICA_CORE_PARTITION_MAP_H_
#define ALTHING_REPLICA_CORE_PARTITION_MAP_H_

#include <string_view>

#include "replica/core/ids.h"

namespace althing {

// XXH3, 64 bits. Keys with equal hashes conflict, which is safe: conflicts may be a superset.
KeyHash HashKey(std::string_view key, uint64_t seed);

class PartitionMap {
 public:
  // REQUIRES: partitions >= 1.
  PartitionMap(uint32_t partitions, uint64_t hash_seed)
      : partitions_(partitions), hash_seed_(hash_seed) {}
  PartitionId Find(std::string_view key) const;
  uint32_t partitions() const { return partitions_; }

 private:
  uint32_t partitions_;
  uint64_t hash_seed_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_PARTITION_MAP_H_
