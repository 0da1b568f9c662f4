#include "replica/storage/machine.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(MachineTest, EachStoreHasAnotherId) {
  const std::string one = NewStoreId();
  EXPECT_EQ(one.size(), 16u);
  EXPECT_NE(one, NewStoreId());
}

TEST(MachineTest, TheBootIdStays) {
  const auto one = BootId();
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_GE(one->size(), 32u);
  EXPECT_EQ(*one, *BootId());
}

TEST(MachineTest, KnowsTheMemoryOfThisProcess) {
  const uint64_t before = ResidentBytes();
  EXPECT_GT(before, uint64_t{1} << 20);
  const std::string more(64 << 20, 'x');
  EXPECT_GE(ResidentBytes(), before + more.size() / 2);
}

}  // namespace
}  // namespace althing
