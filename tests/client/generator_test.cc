#include "client/workload/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "pb/key_partition.h"

namespace althing {
namespace {

std::vector<WorkItem> Take(Generator& generator, int count) {
  std::vector<WorkItem> items;
  for (int i = 0; i < count; ++i) items.push_back(generator.Next());
  return items;
}

std::string KeyText(const Generator& generator, uint64_t key) {
  std::string text;
  generator.WriteKey(key, &text);
  return text;
}

int CountShared(const std::vector<WorkItem>& items) {
  int shared = 0;
  for (const WorkItem& item : items) shared += item.key == kSharedKey ? 1 : 0;
  return shared;
}

TEST(GeneratorTest, TheSeedDecidesEverything) {
  const WorkloadOptions options = {.conflict_percent = 30, .read_percent = 50, .seed = 7};
  Generator a(options), b(options);
  EXPECT_EQ(Take(a, 1000), Take(b, 1000));
  WorkloadOptions other = options;
  other.seed = 8;
  Generator c(other);
  EXPECT_NE(Take(c, 1000), Take(a, 1000));
}

TEST(GeneratorTest, TheFirstOperationsOfASeedNeverChange) {
  Generator generator({.conflict_percent = 25, .read_percent = 50, .value_bytes = 4, .seed = 7});
  std::string story;
  for (const WorkItem& item : Take(generator, 12)) {
    story += item.kind == OpKind::kRead ? 'r' : 'w';
    story += item.key == kSharedKey ? "*" : std::to_string(item.key);
    story += ' ';
  }
  EXPECT_EQ(story, "r0 w0 w1 w2 r2 w3 w4 w5 r* r* r3 w6 ");
  EXPECT_EQ(KeyText(generator, 10), "eb66d9a70000000a");
}

TEST(GeneratorTest, AShareOfConflictsNeverRoundsAway) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Generator generator({.conflict_percent = 10, .seed = seed});
    const int shared = CountShared(Take(generator, 100));
    EXPECT_GE(shared, 1) << "seed " << seed;
    EXPECT_LE(shared, 25) << "seed " << seed;
  }
  Generator rare({.conflict_percent = 0.1});
  const int shared = CountShared(Take(rare, 100'000));
  EXPECT_GE(shared, 60);
  EXPECT_LE(shared, 140);
}

TEST(GeneratorTest, NoneAndAllAreExact) {
  Generator none({.conflict_percent = 0}), all({.conflict_percent = 100});
  EXPECT_EQ(CountShared(Take(none, 10'000)), 0);
  EXPECT_EQ(CountShared(Take(all, 10'000)), 10'000);
}

TEST(GeneratorTest, WritesHaveNewKeysAndReadsHaveWrittenOnes) {
  Generator generator({.conflict_percent = 5, .read_percent = 60, .seed = 3, .read_lag = 4});
  std::set<uint64_t> written;
  int reads = 0;
  for (const WorkItem& item : Take(generator, 10'000)) {
    reads += item.kind == OpKind::kRead ? 1 : 0;
    if (item.key == kSharedKey) continue;
    if (item.kind == OpKind::kWrite) {
      EXPECT_TRUE(written.insert(item.key).second) << "key " << item.key << " was written twice";
    } else if (!written.empty()) {
      EXPECT_TRUE(written.contains(item.key)) << "key " << item.key << " was never written";
      if (written.size() > 4) {
        EXPECT_LT(item.key, written.size() - 4);
      }
    }
  }
  EXPECT_GE(reads, 5'800);
  EXPECT_LE(reads, 6'200);
}

TEST(GeneratorTest, WarmUpOnlyWritesWhateverTheShareOfReads) {
  Generator generator({.read_percent = 100});
  EXPECT_EQ(generator.NextWrite(), (WorkItem{OpKind::kWrite, 0}));
  EXPECT_EQ(generator.NextWrite(), (WorkItem{OpKind::kWrite, 1}));
  EXPECT_EQ(generator.Next().kind, OpKind::kRead);
}

TEST(GeneratorTest, KeysAreDistinctAcrossSeedsAndTheSharedOneIsNot) {
  const Generator a({.seed = 1}), b({.seed = 2});
  std::set<std::string> keys;
  for (uint64_t key = 0; key < 1000; ++key) {
    keys.insert(KeyText(a, key));
    keys.insert(KeyText(b, key));
  }
  EXPECT_EQ(keys.size(), 2000u);
  EXPECT_EQ(KeyText(a, 0).size(), 16u);
  EXPECT_EQ(KeyText(a, kSharedKey), "althing-conflict");
  EXPECT_EQ(KeyText(b, kSharedKey), "althing-conflict");
}

TEST(GeneratorTest, APrefixStandsBeforeEveryKey) {
  const Generator generator({.key_prefix = "run7."}), plain({});
  EXPECT_EQ(KeyText(generator, 3), "run7." + KeyText(plain, 3));
  EXPECT_EQ(KeyText(generator, kSharedKey), "run7.althing-conflict");
}

TEST(GeneratorTest, ValuesHaveTheirLengthAndDiffer) {
  Generator generator({.value_bytes = 16});
  std::set<std::string> values;
  for (int i = 0; i < 10'000; ++i) {
    std::string value;
    generator.WriteValue(&value);
    EXPECT_EQ(value.size(), 16u);
    values.insert(value);
  }
  EXPECT_EQ(values.size(), 10'000u);
  Generator empty({.value_bytes = 0});
  std::string value = "old";
  empty.WriteValue(&value);
  EXPECT_EQ(value, "");
}

TEST(GeneratorTest, SharedKeysAreAPoolOfEquals) {
  Generator generator({.conflict_percent = 40, .conflict_keys = 4});
  std::map<std::string, int> seen;
  int own = 0;
  for (const WorkItem& item : Take(generator, 40'000)) {
    const std::string key = KeyText(generator, item.key);
    if (key.rfind("althing-conflict", 0) == 0) {
      ++seen[key];
    } else {
      ++own;
    }
  }
  EXPECT_NEAR(own, 24'000, 500);
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_TRUE(seen.contains("althing-conflict") && seen.contains("althing-conflict-3"));
  for (const auto& [key, count] : seen) EXPECT_NEAR(count, 4000, 250) << key;
}

TEST(GeneratorTest, KindsHaveTheirShares) {
  Generator generator({.read_percent = 50,
                       .modify_percent = 20,
                       .insert_percent = 10,
                       .keys = {.distribution = "uniform", .count = 1000}});
  int kinds[kOpKinds] = {}, inserted = 0;
  uint64_t keys = 1000;
  for (const WorkItem& item : Take(generator, 40'000)) {
    ++kinds[static_cast<size_t>(item.kind)];
    EXPECT_LE(item.key, keys);
    if (item.key == keys) {
      EXPECT_EQ(item.kind, OpKind::kWrite);
      ++keys;
      ++inserted;
    }
  }
  EXPECT_NEAR(kinds[0], 20'000, 500);
  EXPECT_NEAR(kinds[2], 8000, 350);
  EXPECT_NEAR(kinds[1], 12'000, 400);
  EXPECT_NEAR(inserted, 4000, 300);
}

TEST(GeneratorTest, FillingWritesEachKeyOnce) {
  Generator generator({.read_percent = 100, .keys = {.distribution = "zipf", .count = 5}});
  for (uint64_t key = 0; key < 5; ++key) {
    EXPECT_EQ(generator.NextWrite(), (WorkItem{OpKind::kWrite, key}));
  }
}

TEST(GeneratorTest, KeysWithACountAreTheSameForAllSeedsAndAsLongAsAsked) {
  const Generator a({.seed = 1, .keys = {.distribution = "zipf"}}),
      b({.seed = 2, .key_bytes = 30, .keys = {.distribution = "zipf"}}), c({.key_bytes = 40});
  EXPECT_EQ(KeyText(a, 17), "user000000000017");
  EXPECT_EQ(KeyText(b, 17), "user00000000000000000000000017");
  EXPECT_EQ(KeyText(c, 17).size(), 40u);
}

TEST(GeneratorTest, PartitionsGetTheirWeights) {
  const WorkloadOptions options = {.keys = {.distribution = "zipf", .count = 10'000},
                                   .partition_weights = {6, 0, 3, 1},
                                   .hash_seed = 42};
  ASSERT_TRUE(CheckWorkload(options).ok());
  Generator generator(options);
  double seen[4] = {};
  for (const WorkItem& item : Take(generator, 20'000)) {
    seen[PartitionOfHash(HashOfKey(KeyText(generator, item.key), 42), 4)] += 1.0 / 20'000;
  }
  EXPECT_NEAR(seen[0], 0.6, 0.015);
  EXPECT_EQ(seen[1], 0);
  EXPECT_NEAR(seen[2], 0.3, 0.015);
  EXPECT_NEAR(seen[3], 0.1, 0.01);
}

TEST(GeneratorTest, WhatDoesNotFitIsNamed) {
  const std::pair<WorkloadOptions, const char*> wrong[] = {
      {{.read_percent = 60, .modify_percent = 50}, "add up to at most 100"},
      {{.conflict_keys = 0}, "--conflict-keys is out of range"},
      {{.insert_percent = 5}, "--inserts is for keys that have a count"},
      {{.key_bytes = 15}, "--key-bytes is out of range. Choose 16 to"},
      {{.partition_weights = {1}}, "--partition-weights is for keys that have a count"},
      {{.keys = {.distribution = "uniform"}, .partition_weights = {0, 0}}, "are all 0"},
      {{.keys = {.distribution = "uniform"}, .partition_weights = {2, -1}}, "is below 0"}};
  for (const auto& [options, text] : wrong) {
    EXPECT_THAT(std::string(CheckWorkload(options).message()), ::testing::HasSubstr(text));
  }
}

}  // namespace
}  // namespace althing
