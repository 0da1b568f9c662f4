#include "replica/core/partition_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace althing {
namespace {

TEST(HashKeyTest, IsTheSameOnEveryMachineForEver) {
  // Replicas of different builds must agree; these come from the XXH3 reference.
  EXPECT_EQ(HashKey("", 0).value, 0x2D06800538D394C2u);
  EXPECT_NE(HashKey("nice", 0), HashKey("nice", 1));
  EXPECT_NE(HashKey("nice", 0), HashKey("nicf", 0));
}

TEST(PartitionMapTest, SpreadsKeysEvenly) {
  const PartitionMap map(10, 0);
  std::vector<int> count(10);
  for (int i = 0; i < 100'000; ++i) ++count[map.Find("key" + std::to_string(i)).value];
  EXPECT_THAT(count, testing::Each(testing::AllOf(testing::Gt(9'500), testing::Lt(10'500))));
}

TEST(PartitionMapTest, PutsEverythingIntoTheOnlyPartition) {
  EXPECT_EQ(PartitionMap(1, 5).Find("any"), PartitionId{0});
}

}  // namespace
}  // namespace althing
