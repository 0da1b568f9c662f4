#include "replica/runtime/recent_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Bucket = RecentTimes::Bucket;

constexpr int64_t kSecond = 1'000'000'000;

TEST(RecentTimesTest, CountsAndForgetsAfterAMinute) {
  RecentTimes times;
  EXPECT_THAT(times.Recent(5 * kSecond), IsEmpty());
  times.Add(5 * kSecond, 7);
  times.Add(12 * kSecond, 7);
  times.Add(12 * kSecond, 9);
  EXPECT_THAT(times.Recent(12 * kSecond), ElementsAre(Bucket{7, 2}, Bucket{9, 1}));
  EXPECT_THAT(times.Recent(59 * kSecond), ElementsAre(Bucket{7, 2}, Bucket{9, 1}));
  EXPECT_THAT(times.Recent(60 * kSecond), ElementsAre(Bucket{7, 1}, Bucket{9, 1}));
  EXPECT_THAT(times.Recent(70 * kSecond), IsEmpty());
  // The slot of the first one is used anew.
  times.Add(61 * kSecond, 8);
  EXPECT_THAT(times.Recent(61 * kSecond), ElementsAre(Bucket{7, 1}, Bucket{8, 1}, Bucket{9, 1}));
  times.Add(1000 * kSecond, 6);
  EXPECT_THAT(times.Recent(1000 * kSecond), ElementsAre(Bucket{6, 1}));
}

TEST(RecentTimesTest, ABucketsBoundIsNearWhatItHolds) {
  EXPECT_TRUE(rc::check("any time below an hour", [] {
    const int shift = *rc::gen::inRange(0, 42);
    const auto took = *rc::gen::inRange<int64_t>(0, int64_t{2} << shift);
    RC_PRE(took < int64_t{1} << 42);
    RecentTimes times;
    times.Add(0, took);
    const std::vector<Bucket> recent = times.Recent(0);
    RC_ASSERT(recent.size() == 1u);
    RC_ASSERT(recent[0].count == 1u);
    RC_ASSERT(recent[0].at_most_ns >= static_cast<uint64_t>(took));
    RC_ASSERT(recent[0].at_most_ns <= static_cast<uint64_t>(took + took / 32));
  }));
}

TEST(RecentTimesTest, WhatIsOutOfRangeIsCut) {
  RecentTimes times;
  times.Add(0, -1);
  times.Add(0, INT64_MAX);
  EXPECT_THAT(times.Recent(0), ElementsAre(Bucket{0, 1}, Bucket{(uint64_t{1} << 42) - 1, 1}));
}

}  // namespace
}  // namespace althing
