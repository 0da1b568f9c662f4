#include "client/workload/key_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace althing {
namespace {

using ::testing::HasSubstr;

constexpr int kDraws = 200'000;
constexpr uint64_t kKeys = 100;

std::vector<double> Frequencies(KeyChoice& choice, uint64_t keys = kKeys) {
  Random random(5);
  std::vector<double> seen(keys);
  for (int i = 0; i < kDraws; ++i) seen.at(choice.Next(random)) += 1.0 / kDraws;
  return seen;
}

std::vector<double> Frequencies(const KeyOptions& options) {
  return Frequencies(*MakeKeyChoice(options), options.count);
}

double Sum(const std::vector<double>& list, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; ++i) sum += list[i];
  return sum;
}

TEST(KeyChoiceTest, UniformKeysAreEquallyFrequentAlsoWhenMoreAreAdded) {
  const auto choice = MakeKeyChoice({.distribution = "uniform", .count = 10});
  choice->Grow(kKeys);
  for (double share : Frequencies(*choice)) EXPECT_NEAR(share, 0.01, 0.002);
}

TEST(KeyChoiceTest, LatestIsZipfFromTheNewestKeyBack) {
  const auto choice = MakeKeyChoice({.distribution = "latest", .count = 10});
  choice->Grow(kKeys);
  const auto seen = Frequencies(*choice);
  double sum = 0;
  for (uint64_t k = 1; k <= kKeys; ++k) sum += std::pow(k, -0.99);
  EXPECT_NEAR(seen[99], 1 / sum, 0.005);
  EXPECT_NEAR(seen[98], std::pow(2, -0.99) / sum, 0.005);
  EXPECT_NEAR(seen[0], std::pow(100, -0.99) / sum, 0.001);
}

TEST(KeyChoiceTest, AHotspotHasItsShareOfTheOperations) {
  const auto seen = Frequencies({.distribution = "hotspot",
                                 .count = kKeys,
                                 .hot_keys_percent = 10,
                                 .hot_operations_percent = 70});
  EXPECT_NEAR(Sum(seen, 0, 10), 0.7, 0.01);
  for (size_t key = 0; key < 10; ++key) EXPECT_NEAR(seen[key], 0.07, 0.005);
  for (size_t key = 10; key < kKeys; ++key) EXPECT_NEAR(seen[key], 0.3 / 90, 0.001);
}

TEST(KeyChoiceTest, AHotspotOfAllKeysIsUniform) {
  const auto seen = Frequencies({.distribution = "hotspot",
                                 .count = kKeys,
                                 .hot_keys_percent = 100,
                                 .hot_operations_percent = 50});
  for (double share : seen) EXPECT_NEAR(share, 0.01, 0.002);
}

TEST(KeyChoiceTest, ExponentialKeysGetRarerAndKeepTheirShareInTheFirstSixSevenths) {
  const auto seen = Frequencies({.distribution = "exponential", .count = 70});
  // 95 % of the unbounded distribution, of which what lies beyond the keys is drawn anew.
  const double per_key = -std::log(0.05) / 60;
  const double within = 1 - std::exp(-70 * per_key);
  EXPECT_NEAR(Sum(seen, 0, 60), 0.95 / within, 0.005);
  EXPECT_NEAR(seen[0], (1 - std::exp(-per_key)) / within, 0.005);
}

TEST(KeyChoiceTest, SequentialKeysGoRound) {
  const auto choice = MakeKeyChoice({.distribution = "sequential", .count = 3});
  Random random(1);
  std::vector<uint64_t> keys;
  for (int i = 0; i < 7; ++i) keys.push_back(choice->Next(random));
  EXPECT_EQ(keys, (std::vector<uint64_t>{0, 1, 2, 0, 1, 2, 0}));
}

TEST(KeyChoiceTest, ScramblingIsAPermutationThatLeavesNoNeighboursTogether) {
  for (const uint64_t count : {1ull, 2ull, 10ull, 997ull, 1000ull, 65'536ull}) {
    std::set<uint64_t> seen;
    for (uint64_t rank = 0; rank < count; ++rank) seen.insert(Scrambled(rank, count));
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(*seen.rbegin(), count - 1);
  }
  const uint64_t gap = Scrambled(2, 1'000'000) - Scrambled(1, 1'000'000);
  EXPECT_GT(std::min(gap, 1'000'000 - gap), 1000u);
}

TEST(KeyChoiceTest, ScrambledKeysHaveTheSameFrequenciesElsewhere) {
  const KeyOptions plain = {.distribution = "zipf", .count = kKeys};
  KeyOptions scattered = plain;
  scattered.scrambled = true;
  const auto seen = Frequencies(plain), scrambled = Frequencies(scattered);
  for (uint64_t rank = 0; rank < kKeys; ++rank) {
    EXPECT_EQ(seen[rank], scrambled[Scrambled(rank, kKeys)]);
  }
}

TEST(KeyChoiceTest, WhatIsOutOfRangeIsNamed) {
  const std::pair<KeyOptions, const char*> wrong[] = {
      {{.distribution = "zip"}, "there is no distribution \"zip\" of keys. Choose new, uniform"},
      {{.distribution = "zipf", .count = 0}, "--key-count is out of range"},
      {{.distribution = "zipf", .theta = 0}, "--theta is out of range"},
      {{.distribution = "uniform", .scrambled = true}, "--scrambled is for zipf, hotspot and"},
      {{.distribution = "hotspot", .hot_keys_percent = 101}, "are percentages"}};
  for (const auto& [options, text] : wrong) {
    EXPECT_THAT(std::string(CheckKeys(options).message()), HasSubstr(text));
  }
  EXPECT_TRUE(CheckKeys({}).ok());
}

}  // namespace
}  // namespace althing
