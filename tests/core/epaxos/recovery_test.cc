#include "replica/core/epaxos/recovery.h"

#include "gtest/gtest.h"
#include "tests/core/epaxos/recovery_fixture.h"

namespace althing {
namespace {

using RecoveryTest = RecoveryFixture;

// ---- When it starts, and ends

TEST_F(RecoveryTest, WaitsForTheDelayAndJoinsAHigherBallotOfItsOwn) {
  state_.space.GetOrCreate(id_).ballot = 12;
  recovery_.Want(id_, 20);
  EXPECT_EQ(recovery_.next_tick(), LogicalTime{120});
  recovery_.OnTick();
  EXPECT_EQ(Sends(), "");
  UntilNextTick();
  EXPECT_EQ(Sends(), "to {1 2 3 4} after 1: recover { 4.1 ballot: 15 }\n");
  EXPECT_EQ(TakeRecords(), "joined { 4.1 ballot: 15 }\n");
}

TEST_F(RecoveryTest, TheEarliestWishCounts) {
  recovery_.Want(id_, 20);
  recovery_.Want(id_, 5);
  recovery_.Want(id_, 30);
  EXPECT_EQ(recovery_.next_tick(), LogicalTime{105});
  UntilNextTick();
  EXPECT_NE(Sends(), "");
}

TEST_F(RecoveryTest, WhatIsCommittedNeedsNone) {
  Committed(id_);
  recovery_.Want(id_, 0);
  EXPECT_EQ(recovery_.next_tick(), kNever);
}

TEST_F(RecoveryTest, WhatIsCoordinatedHereIsLeftAlone) {
  coordinated_ = true;
  recovery_.Want(id_, 0);
  UntilNextTick();
  EXPECT_EQ(Sends(), "");
  EXPECT_EQ(recovery_.next_tick(), kNever);
}

TEST_F(RecoveryTest, AnOutcomeThatComesEndsIt) {
  Start();
  Committed(id_);
  recovery_.OnCommitted(id_);
  Hear(1, Nothing());
  Hear(2, Nothing());
  state_.now.value += 1000;
  recovery_.OnTick();
  EXPECT_EQ(Sends(), "");
  EXPECT_EQ(recovery_.next_tick(), kNever);
}

TEST_F(RecoveryTest, AsksThoseWhoHaveNotAnsweredAgain) {
  Start();
  Hear(2, Nothing());
  UntilNextTick();
  EXPECT_EQ(Sends(), "to {1 3 4} after 1: recover { 4.1 ballot: 5 }\n");
}

TEST_F(RecoveryTest, NothingIsConcludedBeforeTheOwnPromiseAndTheOwnVoteAreDurable) {
  Start(false);
  Hear(1, Nothing());
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), "");
  Flush();
  EXPECT_EQ(Sends(), kNoop);
  EXPECT_EQ(TakeRecords(), "accepted { 4.1 ballot: 5 noop: true deps: none }\n");
  AcceptOk(1);
  AcceptOk(2);
  EXPECT_EQ(decided_, "");
  Flush();
  EXPECT_EQ(decided_, "4.1 noop\n");
}

TEST_F(RecoveryTest, AQuorumOfDifferentMembersDecides) {
  Start();
  Hear(1, Nothing());
  Hear(1, Nothing());
  EXPECT_EQ(Sends(), "");
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), kNoop);
  Flush();
  AcceptOk(1);
  AcceptOk(1);
  AcceptOk(2, 10);  // Of another ballot.
  EXPECT_EQ(decided_, "");
  AcceptOk(3);
  EXPECT_EQ(decided_, "4.1 noop\n");
  EXPECT_EQ(recovery_.next_tick(), LogicalTime{100 + state_.options.resend_ticks});
}

TEST_F(RecoveryTest, ANackIsFollowedByAHigherBallotAfterAPause) {
  Start();
  Nack(5);  // No higher one.
  EXPECT_EQ(recovery_.next_tick(), LogicalTime{100 + state_.options.resend_ticks});
  Nack(12);
  Hear(1, Nothing());
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), "") << "the attempt is over";
  while (Sends().empty()) {
    EXPECT_GT(recovery_.next_tick(), state_.now);
    UntilNextTick();
  }
  EXPECT_EQ(TakeRecords(), "joined { 4.1 ballot: 15 }\n");
}

TEST_F(RecoveryTest, WhoJoinsAHigherBallotGivesItsOwnUp) {
  Start();
  voter_.Join(id_, 7);
  recovery_.OnJoined(id_);
  Hear(1, Nothing());
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), "");
}

TEST_F(RecoveryTest, WithoutAnswersAnotherAttemptFollows) {
  Start();
  Sends();
  for (std::string sent; sent.find("ballot: 10 ") == std::string::npos; sent = Sends()) {
    UntilNextTick();
    ASSERT_LT(state_.now.value, 10'000u);
  }
}

TEST_F(RecoveryTest, EachAttemptHasTwiceTheTimeOfTheOneBefore) {
  // How long the attempt that is under way goes on without an answer.
  const auto life = [this] {
    const uint64_t began = state_.now.value;
    TakeRecords();
    while (recovery_.next_tick() != kNever) {
      UntilNextTick();
      if (!TakeRecords().empty()) break;  // The next one has joined its ballot.
    }
    return state_.now.value - began;
  };
  Start();
  const uint64_t first = life();
  const uint64_t allowance = 8 * state_.options.resend_ticks;
  EXPECT_GE(first, allowance);
  EXPECT_GE(life(), 2 * allowance);
  EXPECT_GE(life(), 4 * allowance);
}

TEST_F(RecoveryTest, WhatHasNotBegunIsReleasedWhenItsCoordinatorIsAtWork) {
  recovery_.Want(id_, 5);
  recovery_.Release(id_);
  state_.now.value += 10;
  recovery_.OnTick();
  EXPECT_EQ(Sends(), "");
  Start();
  Sends();
  recovery_.Release(id_);  // Under way: it comes to its end.
  UntilNextTick();
  EXPECT_NE(Sends(), "");
}

TEST_F(RecoveryTest, ThePlacesAreBoundedAndGoRound) {
  constexpr Slot kPlaces = kRecoveriesMax - 4 * kRecoveriesKept;
  for (Slot slot = 1; slot <= kPlaces + 1; ++slot) recovery_.Want(At(4, slot), 0);
  UntilNextTick();
  EXPECT_EQ(output_.sends.size(), kPlaces);
  EXPECT_EQ(state_.space.Find(At(4, kPlaces + 1)), nullptr);
  Sends();
  // One that comes to nothing leaves its place to the one that is wanted again.
  Nack(7);
  recovery_.Want(At(4, kPlaces + 1), 0);
  recovery_.OnTick();
  EXPECT_NE(state_.space.Find(At(4, kPlaces + 1)), nullptr);
}

// ---- What the answers decide

TEST_F(RecoveryTest, AdoptsWhatWasAcceptedInTheHighestBallot) {
  Start();
  Hear(1, Accepted(2, std::nullopt));
  Hear(2, Accepted(3, {{1, 0, 0, 0, 0}}));
  EXPECT_EQ(Sends(),
            "to {1 2 3 4} after 2: accept { 4.1 ballot: 5 payload: \"K\" deps: 1 deps: 0 deps: 0 "
            "deps: 0 deps: 0 }\n");
}

TEST_F(RecoveryTest, AdoptsWhatWasAcceptedInTheHighestBallotInWhateverOrderTheAnswersCome) {
  Voted(true);
  Start();
  Hear(1, Accepted(3, std::nullopt));
  Hear(2, Accepted(0, {{1, 0, 0, 0, 0}}));
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, AnAnswerThatContradictsAnotherIsNone) {
  Start();
  Hear(1, Accepted(2, std::nullopt));
  const absl::Status status = recovery_.OnRecoverOk(Member(2), Accepted(2, {{1, 0, 0, 0, 0}}));
  EXPECT_EQ(status.message(), "another value for 4.1 in ballot 2 than somebody else has");
  EXPECT_EQ(Sends(), "");
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, AcceptedCountsMoreThanAnIntactCoordinator) {
  Start();
  pb::RecoverOk coordinator = Matching();
  coordinator.set_intact(true);
  Hear(4, coordinator);
  Hear(2, Accepted(0, {{1, 0, 0, 0, 0}}));
  EXPECT_EQ(Sends(),
            "to {1 2 3 4} after 2: accept { 4.1 ballot: 5 payload: \"K\" deps: 1 deps: 0 deps: 0 "
            "deps: 0 deps: 0 }\n");
}

TEST_F(RecoveryTest, AnIntactCoordinatorThatJoinedDecidedNothing) {
  Voted(true);
  Start();
  Hear(1, Matching());
  pb::RecoverOk coordinator = Matching();
  coordinator.set_intact(true);
  Hear(4, coordinator);
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, ACoordinatorWithoutAVoteDecidedNothing) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(4, Nothing());
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, VotesForOtherDepsAreNone) {
  Voted(false);
  Start();
  Hear(1, Other());
  Hear(2, Other());
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, PossibleWhileNobodyOfTheDesignatedQuorumIsOut) {
  Voted(true);
  Start(false);
  Hear(1, Matching());
  Hear(2, Other());
  Hear(3, Nothing());
  Flush();  // Two are out, more than e2.
  EXPECT_EQ(Sends(), "to {1 2 3} after 2: " + kValidate);
}

TEST_F(RecoveryTest, PossibleWhileSoFewAreOutAsMayBeMissing) {
  Voted(false);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  EXPECT_EQ(Sends(), "to {1 2} after 2: " + kValidate);
}

TEST_F(RecoveryTest, ImpossibleWithOneOfTheDesignatedQuorumAndMoreOut) {
  Voted(false);
  Start();
  Hear(1, Matching());
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), kNoop);
}

TEST_F(RecoveryTest, ACoordinatorThatForgotDecidedByTheDesignatedQuorumOrNotAtAll) {
  Voted(false);
  Start();
  Hear(1, Matching());
  Hear(4, Matching());
  EXPECT_EQ(Sends(), kNoop);
}

}  // namespace
}  // namespace althing
