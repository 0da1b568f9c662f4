#include "replica/core/epaxos/promptness.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

constexpr MemberIndex kMemberSelf{0}, kMemberOne{1}, kMemberTwo{2}, kMemberThree{3};
constexpr uint64_t kInTimeTicks = 2;  // Ticks.

LogicalTime Ticks(uint64_t ticks) { return LogicalTime{ticks}; }

// Five members, of whom three decide.
class PromptnessTest : public testing::Test {
 protected:
  // An instance that asks all, and the member's vote on it.
  void Vote(MemberIndex member, uint64_t after) {
    promptness_.OnStarted(++slot_, MemberSet::FirstN(5), Ticks(now_));
    now_ += after;
    promptness_.OnVote(member, slot_, Ticks(now_));
  }
  void InTime(MemberIndex member) { Vote(member, kInTimeTicks); }
  void MakeLate(MemberIndex member) {
    for (int i = 0; i < Promptness::kLateMoments; ++i) Vote(member, kInTimeTicks + 1);
  }
  MemberSet Late() const { return promptness_.Late(Ticks(now_)); }

  Promptness promptness_{kMemberSelf, kInTimeTicks, 3};
  Slot slot_ = 0;
  uint64_t now_ = 10;
};

TEST_F(PromptnessTest, WhoIsLateAgainAndAgainIsLate) {
  InTime(kMemberTwo);
  InTime(kMemberThree);
  for (int i = 1; i < Promptness::kLateMoments; ++i) Vote(kMemberOne, kInTimeTicks + 1);
  EXPECT_TRUE(Late().Empty());
  Vote(kMemberOne, kInTimeTicks + 1);
  EXPECT_EQ(Late(), MemberSet::Of(kMemberOne));
}

TEST_F(PromptnessTest, OneVoteInTimeBringsItBack) {
  InTime(kMemberTwo);
  InTime(kMemberThree);
  MakeLate(kMemberOne);
  InTime(kMemberOne);
  EXPECT_TRUE(Late().Empty());
  Vote(kMemberOne, kInTimeTicks + 1);
  EXPECT_TRUE(Late().Empty()) << "it begins anew";
}

TEST_F(PromptnessTest, NobodyIsLateWhereTooFewAreInTime) {
  MakeLate(kMemberOne);
  EXPECT_TRUE(Late().Empty());
  InTime(kMemberTwo);
  EXPECT_TRUE(Late().Empty());
  InTime(kMemberThree);
  EXPECT_EQ(Late(), MemberSet::Of(kMemberOne));
  MakeLate(kMemberTwo);
  EXPECT_TRUE(Late().Empty());
}

TEST_F(PromptnessTest, WhoWasNotAskedAtTheStartIsNotLate) {
  InTime(kMemberTwo);
  InTime(kMemberThree);
  for (int i = 0; i < Promptness::kLateMoments; ++i) {
    promptness_.OnStarted(++slot_, MemberSet::Of(kMemberTwo), Ticks(now_));
    now_ += kInTimeTicks + 1;
    promptness_.OnVote(kMemberOne, slot_, Ticks(now_));
  }
  EXPECT_TRUE(Late().Empty());
}

TEST_F(PromptnessTest, IsForgottenWhenNothingIsHeardOfIt) {
  MakeLate(kMemberOne);
  now_ += Promptness::kRemembered * kInTimeTicks - 2 * kInTimeTicks;
  InTime(kMemberTwo);
  InTime(kMemberThree);
  EXPECT_EQ(Late(), MemberSet::Of(kMemberOne));
  ++now_;
  EXPECT_TRUE(Late().Empty());
}

TEST_F(PromptnessTest, ManyLateVotesOfOneMomentAreOne) {
  InTime(kMemberTwo);
  InTime(kMemberThree);
  const Slot first = slot_ + 1;
  while (slot_ < 50) promptness_.OnStarted(++slot_, MemberSet::FirstN(5), Ticks(now_));
  now_ += 20;
  for (Slot slot = first; slot <= 50; ++slot) promptness_.OnVote(kMemberOne, slot, Ticks(now_));
  EXPECT_TRUE(Late().Empty());
}

TEST_F(PromptnessTest, InTimeIsCountedFromTheStartOfEachInstance) {
  InTime(kMemberTwo);
  InTime(kMemberThree);
  now_ = 20;
  for (const Slot slot : {10, 11, 12}) {
    promptness_.OnStarted(slot, MemberSet::FirstN(5), Ticks(20 + slot / 12));
  }
  for (now_ = 23; now_ <= 25; ++now_) promptness_.OnVote(kMemberOne, 11, Ticks(now_));
  EXPECT_EQ(promptness_.Late(Ticks(25)), MemberSet::Of(kMemberOne));
  promptness_.OnVote(kMemberOne, 9, Ticks(25));
  EXPECT_EQ(promptness_.Late(Ticks(25)), MemberSet::Of(kMemberOne));
  promptness_.OnStarted(13, MemberSet::FirstN(5), Ticks(25));
  promptness_.OnVote(kMemberOne, 13, Ticks(27));
  EXPECT_TRUE(promptness_.Late(Ticks(27)).Empty());
}

TEST_F(PromptnessTest, SomeInstancesAreTrialsWhileThereAreSuspects) {
  EXPECT_FALSE(promptness_.IsTrial(Promptness::kTrialEvery, Ticks(now_)));
  MakeLate(kMemberOne);
  EXPECT_TRUE(promptness_.IsTrial(Promptness::kTrialEvery, Ticks(now_)));
  EXPECT_FALSE(promptness_.IsTrial(Promptness::kTrialEvery + 1, Ticks(now_)));
}

TEST_F(PromptnessTest, RemembersABoundedNumberOfStarts) {
  Promptness patient(kMemberSelf, 3'600'000, 1);
  for (Slot slot = 1; slot <= 5'000; ++slot) {
    patient.OnStarted(slot, MemberSet::FirstN(5), Ticks(slot));
  }
  for (uint64_t i = 0; i < 3; ++i) patient.OnVote(kMemberOne, 1, Ticks(10'000'000 + i));
  EXPECT_TRUE(patient.Late(Ticks(10'000'002)).Empty()) << "of that one nothing is known any more";
  for (uint64_t i = 0; i < 3; ++i) patient.OnVote(kMemberOne, 5'000, Ticks(10'000'000 + i));
  EXPECT_EQ(patient.Late(Ticks(10'000'002)), MemberSet::Of(kMemberOne));
}

}  // namespace
}  // namespace althing
