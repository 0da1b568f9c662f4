#include "client/workload/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

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
    story += item.read ? 'r' : 'w';
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
    reads += item.read ? 1 : 0;
    if (item.key == kSharedKey) continue;
    if (!item.read) {
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
  EXPECT_EQ(generator.NextWrite(), (WorkItem{false, 0}));
  EXPECT_EQ(generator.NextWrite(), (WorkItem{false, 1}));
  EXPECT_TRUE(generator.Next().read);
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

}  // namespace
}  // namespace althing
