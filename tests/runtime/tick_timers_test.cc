#include "replica/runtime/tick_timers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

namespace althing {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> Due(TickTimers& timers, uint64_t now, size_t count_max = 100) {
  std::vector<PartitionId> due;
  timers.TakeDue(LogicalTime{now}, count_max, due);
  std::vector<uint32_t> numbers;
  for (const PartitionId p : due) numbers.push_back(p.value);
  return numbers;
}

TEST(TickTimersTest, GivesThoseWhoseTimeHasComeOnceEarliestFirst) {
  TickTimers timers(10);
  EXPECT_EQ(timers.next(), kNever);
  timers.Set(PartitionId{3}, LogicalTime{5});
  timers.Set(PartitionId{7}, LogicalTime{4});
  timers.Set(PartitionId{1}, LogicalTime{5});
  timers.Set(PartitionId{9}, LogicalTime{8});
  EXPECT_EQ(timers.next(), LogicalTime{4});
  EXPECT_THAT(Due(timers, 3), ElementsAre());
  EXPECT_THAT(Due(timers, 6), ElementsAre(7, 1, 3));
  EXPECT_THAT(Due(timers, 6), ElementsAre());
  EXPECT_EQ(timers.next(), LogicalTime{8});
}

TEST(TickTimersTest, TheLatestWishCounts) {
  TickTimers timers(2);
  timers.Set(PartitionId{0}, LogicalTime{5});
  timers.Set(PartitionId{0}, LogicalTime{9});
  timers.Set(PartitionId{1}, LogicalTime{6});
  timers.Set(PartitionId{1}, kNever);
  EXPECT_EQ(timers.next(), LogicalTime{9});
  EXPECT_THAT(Due(timers, 8), ElementsAre());
  timers.Set(PartitionId{0}, LogicalTime{2});
  EXPECT_EQ(timers.next(), LogicalTime{2});
  EXPECT_THAT(Due(timers, 20), ElementsAre(0));
  EXPECT_EQ(timers.next(), kNever);
}

TEST(TickTimersTest, TakesNoMoreThanAsked) {
  TickTimers timers(4);
  for (uint32_t p = 0; p < 4; ++p) timers.Set(PartitionId{p}, LogicalTime{1});
  EXPECT_THAT(Due(timers, 1, 3), ElementsAre(0, 1, 2));
  EXPECT_EQ(timers.next(), LogicalTime{1});
  EXPECT_THAT(Due(timers, 1, 3), ElementsAre(3));
}

TEST(TickTimersTest, AgreesWithAPlainMap) {
  EXPECT_TRUE(rc::check("sets and takes in any mixture", [] {
    TickTimers timers(4);
    std::map<uint32_t, LogicalTime> wishes;
    for (int i = 0; i < 60; ++i) {
      const uint32_t p = *rc::gen::inRange<uint32_t>(0, 4);
      const uint64_t t = *rc::gen::inRange<uint64_t>(0, 12);
      if (*rc::gen::inRange(0, 4) == 0) {
        std::vector<std::pair<LogicalTime, uint32_t>> expected;
        for (const auto& [q, when] : wishes) {
          if (when <= LogicalTime{t}) expected.emplace_back(when, q);
        }
        std::sort(expected.begin(), expected.end());
        std::vector<uint32_t> numbers;
        for (const auto& [when, q] : expected) {
          numbers.push_back(q);
          wishes.erase(q);
        }
        RC_ASSERT(Due(timers, t) == numbers);
      } else if (t == 11) {
        timers.Set(PartitionId{p}, kNever);
        wishes.erase(p);
      } else {
        timers.Set(PartitionId{p}, LogicalTime{t});
        wishes[p] = LogicalTime{t};
      }
      LogicalTime earliest = kNever;
      for (const auto& [q, when] : wishes) earliest = std::min(earliest, when);
      RC_ASSERT(timers.next() == earliest);
    }
  }));
}

}  // namespace
}  // namespace althing
