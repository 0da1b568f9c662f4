#include "replica/runtime/answer_time.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

constexpr int64_t kCall = 1'000'000;  // The time that each call has here.

// How much of a call's time must be left for it to be begun.
int64_t Needed(const AnswerTime& time) {
  for (int64_t left = 0; left <= kCall; ++left) {
    if (time.InTime(0, left - kCall, left)) return left;
  }
  return -1;
}

TEST(AnswerTimeTest, AtFirstEveryCallThatHasTimeLeftIsBegun) { EXPECT_EQ(Needed(AnswerTime()), 1); }

TEST(AnswerTimeTest, TwiceTheLastTimeMustBeLeftAndAWorseOneIsForgottenSlowly) {
  AnswerTime time;
  time.OnProposed(RequestId{1}, 100);
  time.OnProposed(RequestId{2}, 150);  // Not watched: 1 is.
  time.OnAnswered(RequestId{2}, 160);
  EXPECT_EQ(Needed(time), 1);
  time.OnAnswered(RequestId{1}, 900);
  EXPECT_EQ(Needed(time), 2 * 800 + 1);
  time.OnProposed(RequestId{3}, 1000);
  time.OnAnswered(RequestId{3}, 1001);
  EXPECT_EQ(Needed(time), 2 * 700 + 1);
}

TEST(AnswerTimeTest, NoMoreThanTheLastQuarterIsTooLate) {
  AnswerTime time;
  time.OnProposed(RequestId{1}, 0);
  time.OnAnswered(RequestId{1}, 10 * kCall);
  EXPECT_EQ(Needed(time), kCall / 4 + 1);
}

TEST(AnswerTimeTest, OneThatIsNeverAnsweredIsNotWaitedForForEver) {
  AnswerTime time;
  time.OnProposed(RequestId{1}, 0);
  time.OnProposed(RequestId{2}, 1'000'000'000);
  time.OnAnswered(RequestId{1}, 1'000'000'100);
  EXPECT_EQ(Needed(time), 1);
  time.OnAnswered(RequestId{2}, 1'000'000'400);
  EXPECT_EQ(Needed(time), 801);
}

}  // namespace
}  // namespace althing
