#include "client/workload/conflict_tracker.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

namespace althing {
namespace {

TEST(ConflictTrackerTest, TwoWritesOfAKeyMeet) {
  ConflictTracker tracker(2);
  tracker.Begin(0, 7, true);
  tracker.Begin(1, 7, true);
  EXPECT_TRUE(tracker.End(0));
  EXPECT_TRUE(tracker.End(1));
}

TEST(ConflictTrackerTest, WritesOfDifferentKeysDoNot) {
  ConflictTracker tracker(2);
  tracker.Begin(0, 7, true);
  tracker.Begin(1, 8, true);
  EXPECT_FALSE(tracker.End(0));
  EXPECT_FALSE(tracker.End(1));
}

TEST(ConflictTrackerTest, OneAfterTheOtherIsNoConflict) {
  ConflictTracker tracker(1);
  tracker.Begin(0, 7, true);
  EXPECT_FALSE(tracker.End(0));
  tracker.Begin(0, 7, true);
  EXPECT_FALSE(tracker.End(0));
}

TEST(ConflictTrackerTest, AReadMeetsAWriteButTheWriteMeetsNoOtherWrite) {
  ConflictTracker tracker(3);
  tracker.Begin(0, 7, false);
  tracker.Begin(1, 7, true);
  tracker.Begin(2, 7, false);
  EXPECT_TRUE(tracker.End(0));
  EXPECT_FALSE(tracker.End(1));
  EXPECT_TRUE(tracker.End(2));
}

TEST(ConflictTrackerTest, ReadsAmongThemselvesArePeaceful) {
  ConflictTracker tracker(2);
  tracker.Begin(0, 7, false);
  tracker.Begin(1, 7, false);
  EXPECT_FALSE(tracker.End(1));
  EXPECT_FALSE(tracker.End(0));
}

// Compares with a count of every overlapping pair, on random runs of four slots and two keys.
TEST(ConflictTrackerTest, AgreesWithComparingAllPairs) {
  EXPECT_TRUE(rc::check([](const std::vector<uint8_t>& steps) {
    struct Open {
      uint64_t key;
      bool write;
      bool met;
    };
    ConflictTracker tracker(4);
    std::map<size_t, Open> open;
    for (uint8_t step : steps) {
      const size_t slot = step % 4;
      if (const auto it = open.find(slot); it != open.end()) {
        RC_ASSERT(tracker.End(slot) == it->second.met);
        open.erase(it);
        continue;
      }
      Open added = {uint64_t{step} / 4 % 2, step / 8 % 2 == 0, false};
      for (auto& [other_slot, other] : open) {
        if (other.key != added.key) continue;
        added.met = added.met || other.write;
        other.met = other.met || added.write;
      }
      tracker.Begin(slot, added.key, added.write);
      open.emplace(slot, added);
    }
  }));
}

}  // namespace
}  // namespace althing
