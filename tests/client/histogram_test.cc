#include "client/report/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace althing {
namespace {

uint64_t ExactQuantile(std::vector<uint64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<size_t>(rank, 1) - 1];
}

double RelativeError(uint64_t got, uint64_t exact) {
  if (got == exact) return 0;
  return std::abs(static_cast<double>(got) - static_cast<double>(exact)) /
         static_cast<double>(exact);
}

// Spread evenly over the orders of magnitude, where arbitrary numbers would all be huge.
rc::Gen<uint64_t> AnyMagnitude() {
  return rc::gen::map(rc::gen::pair(rc::gen::arbitrary<uint64_t>(), rc::gen::inRange(0, 64)),
                      [](const std::pair<uint64_t, int>& p) { return p.first >> p.second; });
}

rc::Gen<std::vector<uint64_t>> SomeValues() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<uint64_t>>(AnyMagnitude()));
}

TEST(HistogramTest, QuantilesAreWithinOne256thOfTheExactOnes) {
  EXPECT_TRUE(rc::check([] {
    const auto values = *rc::gen::resize(2000, SomeValues());
    Histogram histogram;
    for (uint64_t value : values) histogram.Add(value);
    RC_ASSERT(histogram.count() == values.size());
    RC_ASSERT(histogram.max() == *std::max_element(values.begin(), values.end()));
    for (double q : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      RC_ASSERT(RelativeError(histogram.Quantile(q), ExactQuantile(values, q)) <= 1.0 / 256);
    }
  }));
}

TEST(HistogramTest, TheErrorIsAtMostOne256thAtBothEndsOfABucket) {
  for (int shift = 1; shift < 56; ++shift) {
    const uint64_t width = uint64_t{1} << shift;
    for (uint64_t value : {128 * width, 129 * width - 1, 200 * width, 201 * width - 1}) {
      Histogram histogram;
      histogram.Add(value);
      histogram.Add(UINT64_MAX);
      EXPECT_LE(RelativeError(histogram.Quantile(0.5), value), 1.0 / 256) << value;
    }
  }
}

TEST(HistogramTest, MergingEqualsAddingEverythingToOne) {
  EXPECT_TRUE(rc::check([] {
    const auto left = *SomeValues();
    const auto right = *SomeValues();
    Histogram a, b, both;
    for (uint64_t value : left) a.Add(value), both.Add(value);
    for (uint64_t value : right) b.Add(value), both.Add(value);
    a.Merge(b);
    RC_ASSERT(a.count() == both.count());
    RC_ASSERT(a.max() == both.max());
    for (double q : {0.01, 0.25, 0.5, 0.75, 0.99, 1.0}) {
      RC_ASSERT(a.Quantile(q) == both.Quantile(q));
    }
  }));
}

TEST(HistogramTest, ItsCountsMakeItAgain) {
  EXPECT_TRUE(rc::check([] {
    Histogram histogram, again;
    for (uint64_t value : *SomeValues()) histogram.Add(value);
    for (const auto& [value, count] : histogram.Counts()) {
      for (uint64_t i = 0; i < count; ++i) again.Add(value);
    }
    RC_ASSERT(again.count() == histogram.count());
    RC_ASSERT(again.Counts() == histogram.Counts());
    for (double q : {0.01, 0.5, 0.99}) {
      RC_ASSERT(RelativeError(again.Quantile(q), histogram.Quantile(q)) <= 1.0 / 256);
    }
  }));
}

TEST(HistogramTest, SmallValuesAndTheLargestAreExact) {
  Histogram histogram;
  for (uint64_t value = 0; value < 256; ++value) histogram.Add(value);
  histogram.Add(UINT64_MAX);
  EXPECT_EQ(histogram.Quantile(1.0 / 257), 0u);
  EXPECT_EQ(histogram.Quantile(100.0 / 257), 99u);
  EXPECT_EQ(histogram.Quantile(256.0 / 257), 255u);
  EXPECT_EQ(histogram.max(), UINT64_MAX);
}

TEST(HistogramTest, AnEmptyOneAnswersZero) {
  EXPECT_EQ(Histogram().Quantile(0.99), 0u);
  EXPECT_EQ(Histogram().max(), 0u);
}

}  // namespace
}  // namespace althing
