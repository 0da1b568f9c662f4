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

}  // namespace
}  // namespace althing
