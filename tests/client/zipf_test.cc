#include "client/workload/zipf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace althing {
namespace {

// The chance of each rank, by the definition.
std::vector<double> Chances(uint64_t n, double theta) {
  std::vector<double> chances(n);
  double sum = 0;
  for (uint64_t k = 0; k < n; ++k) {
    sum += chances[k] = std::pow(static_cast<double>(k + 1), -theta);
  }
  for (double& chance : chances) chance /= sum;
  return chances;
}

TEST(ZipfTest, EachRankIsAsFrequentAsTheLawSays) {
  constexpr int kDraws = 400'000;
  for (const double theta : {0.5, 0.99, 1.0, 1.5}) {
    constexpr uint64_t kRanks = 50;
    const Zipf zipf(kRanks, theta);
    Random random(1);
    std::vector<int> seen(kRanks);
    for (int i = 0; i < kDraws; ++i) ++seen[zipf.Next(random)];
    const std::vector<double> chances = Chances(kRanks, theta);
    double chi_square = 0;
    for (uint64_t k = 0; k < kRanks; ++k) {
      const double expected = chances[k] * kDraws;
      chi_square += (seen[k] - expected) * (seen[k] - expected) / expected;
    }
    // 49 degrees of freedom: more than 86 in one of a thousand cases; the seed is fixed.
    EXPECT_LT(chi_square, 86) << "theta " << theta;
  }
}

TEST(ZipfTest, TheFirstOfAMillionGetsItsShare) {
  constexpr int kDraws = 200'000;
  const Zipf zipf(1'000'000, 0.99);
  Random random(2);
  int first = 0, first_hundred = 0;
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t rank = zipf.Next(random);
    ASSERT_LT(rank, 1'000'000u);
    first += rank == 0;
    first_hundred += rank < 100;
  }
  const std::vector<double> chances = Chances(1'000'000, 0.99);
  double hundred = 0;
  for (int k = 0; k < 100; ++k) hundred += chances[static_cast<size_t>(k)];
  EXPECT_NEAR(first / double{kDraws}, chances[0], 0.002);
  EXPECT_NEAR(first_hundred / double{kDraws}, hundred, 0.005);
}

TEST(ZipfTest, OneThingIsAlwaysDrawn) {
  const Zipf zipf(1, 0.99);
  Random random(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(zipf.Next(random), 0u);
}

}  // namespace
}  // namespace althing
