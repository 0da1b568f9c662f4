#include "replica/runtime/histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace althing {
namespace {

TEST(HistogramTest, ABucketHoldsTheValuesUpToItsMaximum) {
  EXPECT_EQ(Histogram::BucketOf(0), 0u);
  EXPECT_EQ(Histogram::BucketMax(0), 0u);
  for (size_t i = 1; i < Histogram::kBuckets; ++i) {
    const uint64_t max = Histogram::BucketMax(i);
    EXPECT_EQ(Histogram::BucketOf(max), i);
    EXPECT_EQ(Histogram::BucketOf(Histogram::BucketMax(i - 1) + 1), i);
  }
  EXPECT_EQ(Histogram::BucketOf(UINT64_MAX), Histogram::kBuckets - 1);
}

TEST(HistogramTest, CountsSumsAndKeepsTheMaximum) {
  Histogram histogram;
  for (const uint64_t value : {0, 1, 3, 4, 5}) histogram.Add(value);
  EXPECT_EQ(histogram.count(), 5u);
  EXPECT_EQ(histogram.sum(), 13u);
  EXPECT_EQ(histogram.max(), 5u);
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.bucket(1), 1u);
  EXPECT_EQ(histogram.bucket(2), 0u);
  EXPECT_EQ(histogram.bucket(3), 2u);
  EXPECT_EQ(histogram.bucket(4), 1u);
}

}  // namespace
}  // namespace althing
