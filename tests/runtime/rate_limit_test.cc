#include "replica/runtime/rate_limit.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(RateLimitTest, AdmitsOnePerPauseAndCountsTheOthers) {
  RateLimit limit(100);
  EXPECT_EQ(limit.Admit(5), 0u);
  EXPECT_EQ(limit.Admit(6), std::nullopt);
  EXPECT_EQ(limit.Admit(104), std::nullopt);
  EXPECT_EQ(limit.Admit(105), 2u);
  EXPECT_EQ(limit.Admit(106), std::nullopt);
  EXPECT_EQ(limit.Admit(1000), 1u);
  EXPECT_EQ(limit.Admit(2000), 0u);
}

}  // namespace
}  // namespace althing
