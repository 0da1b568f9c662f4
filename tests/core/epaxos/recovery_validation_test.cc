// Once an instance may have been decided on the fast path: what the others know of it, and the wait
// for those in its way.
#include "gtest/gtest.h"
#include "tests/core/epaxos/recovery_fixture.h"

namespace althing {
namespace {

using RecoveryValidationTest = RecoveryFixture;

// ---- Validation

TEST_F(RecoveryValidationTest, WithoutInvalidatorsThePayloadIsProposedWithItsInitialDeps) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Sends();
  EXPECT_EQ(TakeRecords(),
            "validated { 4.1 initial_deps: 0 initial_deps: 0 initial_deps: 0 initial_deps: 0 "
            "initial_deps: 0 fast_quorum: 19 }\n");
  Validated(1);
  Validated(1);
  Validated(3);  // Not of the quorum.
  EXPECT_EQ(Sends(), "");
  Flush();
  UntilNextTick();
  EXPECT_EQ(Sends(), "to {2} after 2: " + kValidate);
  Validated(2);
  EXPECT_EQ(Sends(), kPayload);
  Flush();
  AcceptOk(1);
  AcceptOk(2);
  EXPECT_EQ(decided_, "4.1 payload\n");
}

TEST_F(RecoveryValidationTest, AnInvalidatorThatIsCommittedEndsItAsNoop) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Validated(1, {{At(3, 1), true}});
  Sends();
  Validated(2, {{At(3, 1), false}});  // Who has not heard of it yet.
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, WhatAllHaveExecutedSpeaksAgainstNothing) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  // Member 1 did not know that yet, nor, as it seems, its outcome.
  state_.everywhere = MakeDeps({0, 0, 0, 1, 0});
  Validated(1, {{At(3, 1), false}});
  Sends();
  Validated(2);
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryValidationTest, WhatWasSettledStaysSoWhenItIsCollected) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Validated(1, {{At(3, 1), false}, {At(3, 2), false}});
  Validated(2);
  Committed(At(3, 1)).deps = MakeDeps({0, 0, 0, 0, 1});
  recovery_.OnCommitted(At(3, 1));
  Sends();
  state_.space.Find(At(3, 1))->executed = true;
  state_.space.Advance(Member(3));
  state_.space.FreeNext(Member(3));
  state_.everywhere = MakeDeps({0, 0, 0, 1, 0});
  Committed(At(3, 2)).deps = MakeDeps({0, 0, 0, 0, 1});
  recovery_.OnCommitted(At(3, 2));
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryValidationTest, ItsOwnInvalidatorsCountToo) {
  Committed(At(3, 1));
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Sends();
  Validated(1);
  Validated(2);
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, ThePendingOnesCoordinatorIsOut) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Other());
  Validated(1, {{At(1, 1), false}});
  Sends();
  Validated(2);  // 2 and 1, who is of F, are out.
  EXPECT_EQ(Sends(), kLateNoop);
}

// ---- Waiting

TEST_F(RecoveryValidationTest, WaitsForAPendingInvalidatorAndHasItRecovered) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Validated(1, {{At(3, 1), false}});
  Sends();
  Validated(2);
  EXPECT_EQ(Sends(),
            "to {1 2 3 4} after 2: waiting { 4.1 voters: 23 }\n"
            "to {3 4} after 2: recover { 4.1 ballot: 5 }\n");
  EXPECT_LE(recovery_.next_tick().value, 100 + state_.options.recover_ticks);
  std::string sent;
  for (int i = 0; i < 3 && sent.find("recover { id { coordinator: 3") == std::string::npos; ++i) {
    UntilNextTick();
    sent += Sends();
  }
  EXPECT_NE(sent.find("recover { id { coordinator: 3 slot: 1 } ballot: 5 }"), std::string::npos);
}

TEST_F(RecoveryValidationTest, EndsAsNoopWhenTheInvalidatorCommitsWithoutIt) {
  Wait();
  Committed(At(3, 1));
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, EndsAsPayloadWhenTheInvalidatorCommitsWithItOrAsNoop) {
  Wait();
  Committed(At(3, 1)).deps = MakeDeps({0, 0, 0, 0, 1});
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryValidationTest, EndsAsPayloadWhenTheInvalidatorIsANoop) {
  Wait();
  Committed(At(3, 1)).value = Value::kNoop;
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryValidationTest, EndsAsNoopWhenTheInvalidatorsVotersMakeItImpossible) {
  Wait();
  HearWaiting(At(3, 1), 1 << 3);
  HearWaiting(At(3, 1), 1 << 3 | 1 << 2);  // Two are out, nobody of F.
  HearWaiting(At(2, 1), 1 << 1);           // Not what it waits for.
  EXPECT_EQ(Sends(), "");
  HearWaiting(At(3, 1), 1 << 3 | 1 << 1);
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, ALateAnswerThatAcceptedIsAdopted) {
  Wait();
  Hear(3, Accepted(3, std::nullopt));
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, ALateCoordinatorThatIsIntactEndsItAsNoop) {
  Wait();
  pb::RecoverOk coordinator = Matching();
  coordinator.set_intact(true);
  Hear(4, coordinator);
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, ALateAnswerThatDoesNotMatchIsOut) {
  Wait(2, 3);
  Hear(1, Other());
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryValidationTest, ALateAnswerThatMatchesIsAVoter) {
  Wait(2, 3);
  Hear(1, Matching());
  EXPECT_EQ(Sends(), "");
  std::string sent;
  for (int i = 0; i < 3 && sent.find("waiting") == std::string::npos; ++i) {
    UntilNextTick();
    sent += Sends();
  }
  EXPECT_NE(sent.find("to {1 2 3 4} after 2: waiting { 4.1 voters: 31 }"), std::string::npos)
      << sent;
}

TEST_F(RecoveryValidationTest, AWaitThatIsTooLongBeginsAnewWithAHigherBallot) {
  Wait();
  std::string sent;
  while (sent.find("recover { 4.1 ballot: 10 }") == std::string::npos) {
    UntilNextTick();
    sent = Sends();
    ASSERT_LT(state_.now.value, 10'000u);
  }
  EXPECT_GE(state_.now.value, 100 + 8 * state_.options.resend_ticks);
}

}  // namespace
}  // namespace althing
