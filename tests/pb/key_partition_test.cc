#include "pb/key_partition.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

// Clients in other languages compute it too; the hashes come from the XXH3 reference.
TEST(KeyPartitionTest, IsTheSameOnEveryMachineForEver) {
  EXPECT_EQ(HashOfKey("", 0), 0x2D06800538D394C2u);
  EXPECT_NE(HashOfKey("nice", 0), HashOfKey("nice", 1));
}

TEST(KeyPartitionTest, TheUpperHalfOfTheHashPicksThePartition) {
  EXPECT_EQ(PartitionOfHash(0x2D06800538D394C2u, 1000), 0x2D068005u % 1000);
  EXPECT_EQ(PartitionOfHash(0xFFFFFFFFu, 7), 0u);
  EXPECT_EQ(PartitionOfHash(0x3'00000001u, 2), 1u);
}

}  // namespace
}  // namespace althing
