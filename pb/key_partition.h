// Which partition a key belongs to. Replicas and clients must agree on it, in any language:
// DescribeReply of kv.proto names the seed and the count.
#ifndef ALTHING_PB_KEY_PARTITION_H_
#define ALTHING_PB_KEY_PARTITION_H_

#include <cstdint>
#include <string_view>

namespace althing {

// XXH3, 64 bits.
uint64_t HashOfKey(std::string_view key, uint64_t seed);

// The upper half picks the partition: the lower bits pick the buckets of hash tables within it.
// REQUIRES: partitions >= 1.
inline uint32_t PartitionOfHash(uint64_t hash, uint32_t partitions) {
  return static_cast<uint32_t>((hash >> 32) % partitions);
}

}  // namespace althing

#endif  // ALTHING_PB_KEY_PARTITION_H_
