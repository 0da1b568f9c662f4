// Each check of the observer, on a stream of records and messages that is wrong in one way.
#include "tests/sim/invariants.h"

#include <gtest/gtest.h>

#include "tests/sim/invariants_fixture.h"

namespace althing::sim {
namespace {

using InvariantsTest = InvariantsFixture;

TEST_F(InvariantsTest, AreContentWithWhatIsRight) {
  TwoInARow();
  for (const MemberIndex m : MemberSet::FirstN(kN)) {
    EXPECT_FALSE(invariants_.AllDone(MemberSet::Of(m)));
    invariants_.OnExecuted(m, kA);
    invariants_.OnExecuted(m, kB);
  }
  invariants_.OnSent(k1, Commit(kA, false, {0, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
  EXPECT_TRUE(invariants_.AllDone(MemberSet::FirstN(kN)));
  EXPECT_EQ(invariants_.WhatIsLeft(MemberSet::FirstN(kN)), "");
}

TEST_F(InvariantsTest, AgreementOfRecords) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  Write(k1, Committed(kA, true, {0, 0, 0}));
  ExpectBroken("agreement");
}

TEST_F(InvariantsTest, AgreementOfCommitsThatAreOnTheirWay) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  invariants_.OnSent(k1, Commit(kA, false, {0, 7, 0}));
  ExpectBroken("agreement");
}

TEST_F(InvariantsTest, ValidityOnePayload) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}, Bytes("another")));
  ExpectBroken("validity");
}

TEST_F(InvariantsTest, ValidityAPayloadComesFromItsCoordinator) {
  Write(k1, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  ExpectBroken("validity");
}

TEST_F(InvariantsTest, ValidityOneSetOfInitialDeps) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, PreAccepted(kA, {0, 2, 0}, {0, 2, 0}));
  ExpectBroken("validity");
}

TEST_F(InvariantsTest, ChosenACommitNeedsAQuorum) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k2));  // F is {0 1}, and DECIDED was not written.
  Write(k0, Committed(kA, false, {0, 0, 0}));
  ExpectBroken("chosen");
}

TEST_F(InvariantsTest, ChosenAVoteThatIsNotDurableCountsNothing) {
  Begin(kA, {0, 0, 0}, {});
  invariants_.OnRecord(k1, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  ExpectBroken("chosen");
}

TEST_F(InvariantsTest, ChosenTwoFlushesAreEnoughWithDecided) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k2));
  pb::Record decided;
  ToProto(kA, decided.mutable_decided()->mutable_id());
  Write(k0, decided);
  Write(k0, Committed(kA, false, {0, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
}

TEST_F(InvariantsTest, ChosenACoordinatorThatHasJoinedDecidesNothing) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k0, Joined(kA, 4));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  ExpectBroken("chosen");
}

TEST_F(InvariantsTest, ChosenStaysChosenOnTheFastPath) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  Write(k2, Joined(kA, 5));
  Write(k2, Accepted(kA, 5, true, {0, 0, 0}));
  ExpectBroken("chosen");
}

TEST_F(InvariantsTest, ChosenStaysChosenOnTheSlowPath) {
  Begin(kA, {0, 0, 0}, {});
  Write(k0, Accepted(kA, 0, false, {0, 3, 0}));
  Write(k1, Accepted(kA, 0, false, {0, 3, 0}));
  invariants_.OnRecord(k2, Accepted(kA, 5, true, {0, 0, 0}));
  ExpectBroken("chosen");
}

TEST_F(InvariantsTest, Visibility) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Begin(kB, {0, 0, 0}, MemberSet::Of(k2));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
  Write(k1, Committed(kB, false, {0, 0, 0}));
  ExpectBroken("visibility");
}

TEST_F(InvariantsTest, VisibilityIsNotAskedOfReads) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1), Bytes("k", pb::OPERATION_GET, ""));
  Begin(kB, {0, 0, 0}, MemberSet::Of(k2), Bytes("k", pb::OPERATION_GET, ""));
  Write(k0, Committed(kA, false, {0, 0, 0}));
  Write(k1, Committed(kB, false, {0, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
}

TEST_F(InvariantsTest, DepsHoldTheInitialOnes) {
  Begin(kA, {0, 5, 0}, {});
  Write(k1, PreAccepted(kA, {0, 5, 0}, {0, 4, 0}));
  ExpectBroken("deps");
}

TEST_F(InvariantsTest, DepsOfAnAcceptHoldTheInitialOnes) {
  Begin(kA, {0, 5, 0}, {});
  invariants_.OnSent(k0, Accept(kA, 0, false, {0, 4, 0}));
  ExpectBroken("deps");
}

TEST_F(InvariantsTest, DepsStayBelowTheOwnSlot) {
  Begin(kA, {1, 0, 0}, {});
  ExpectBroken("deps");
}

TEST_F(InvariantsTest, BallotsNeverGoBack) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, Joined(kA, 5));
  Write(k1, Joined(kA, 4));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsNoAcceptBelowThePromise) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, Joined(kA, 5));
  Write(k1, Accepted(kA, 4, true, {0, 0, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsNoVoteBelowThePromise) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, Joined(kA, 5));
  Write(k1, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsOneVote) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k1, PreAccepted(kA, {0, 0, 0}, {0, 1, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsTheVoteIsTold) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  invariants_.OnSent(k1, PreAcceptOk(kA, {0, 1, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsOneValueEach) {
  Begin(kA, {0, 0, 0}, {});
  invariants_.OnSent(k0, Accept(kA, 0, false, {0, 1, 0}));
  invariants_.OnSent(k0, Accept(kA, 0, false, {0, 2, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsBelongToOneMember) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, Accepted(kA, 5, true, {0, 0, 0}));
  invariants_.OnSent(k1, Accept(kA, 5, true, {0, 0, 0}));
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, BallotsAnAnswerTellsWhatWasHeld) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k1, Joined(kA, 5));
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_recover_ok()->mutable_id());
  envelope.mutable_recover_ok()->set_ballot(5);  // And nothing of its vote.
  invariants_.OnSent(k1, envelope);
  ExpectBroken("ballots");
}

TEST_F(InvariantsTest, DurableBeforePreAcceptOk) {
  Begin(kA, {0, 0, 0}, {});
  invariants_.OnRecord(k1, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  invariants_.OnSent(k1, PreAcceptOk(kA, {0, 0, 0}));
  ExpectBroken("durable");
}

TEST_F(InvariantsTest, DurableBeforeAcceptOk) {
  Begin(kA, {0, 0, 0}, {});
  invariants_.OnRecord(k1, Accepted(kA, 0, false, {0, 0, 0}));
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_accept_ok()->mutable_id());
  invariants_.OnSent(k1, envelope);
  ExpectBroken("durable");
}

TEST_F(InvariantsTest, DurableBeforeRecoverAndItsAnswer) {
  Begin(kA, {0, 0, 0}, {});
  invariants_.OnRecord(k1, Joined(kA, 4));
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_recover()->mutable_id());
  envelope.mutable_recover()->set_ballot(4);
  invariants_.OnSent(k1, envelope);
  ExpectBroken("durable");
}

TEST_F(InvariantsTest, DurableBeforeARecoverersAccept) {
  Begin(kA, {0, 0, 0}, {});
  Write(k1, Joined(kA, 4));
  invariants_.OnRecord(k1, Accepted(kA, 4, true, {0, 0, 0}));
  invariants_.OnSent(k1, Accept(kA, 4, true, {0, 0, 0}));
  ExpectBroken("durable");
}

TEST_F(InvariantsTest, DurableBeforeValidateAndItsAnswer) {
  Begin(kA, {0, 0, 0}, {});
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_validate_ok()->mutable_id());
  invariants_.OnSent(k1, envelope);
  ExpectBroken("durable");
}

TEST_F(InvariantsTest, OrderIsTheSameEverywhere) {
  // Each depends on the other: a cycle, which must run in one order.
  Begin(kA, {0, 0, 0}, {});
  Begin(kB, {0, 0, 0}, {});
  for (const MemberIndex m : {k0, k1}) Write(m, Accepted(kA, 0, false, {0, 1, 0}));
  for (const MemberIndex m : {k1, k2}) Write(m, Accepted(kB, 0, false, {1, 0, 0}));
  CommitEverywhere(kA, false, {0, 1, 0});
  CommitEverywhere(kB, false, {1, 0, 0});
  invariants_.OnExecuted(k0, kA);
  invariants_.OnExecuted(k0, kB);
  EXPECT_EQ(invariants_.violation(), "");
  invariants_.OnExecuted(k1, kB);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, OrderOfAReadAmongWrites) {
  Begin(kA, {0, 0, 0}, {});
  Begin(kB, {0, 0, 0}, {}, Bytes("k", pb::OPERATION_GET, ""));
  for (const MemberIndex m : {k0, k1}) Write(m, Accepted(kA, 0, false, {0, 1, 0}));
  for (const MemberIndex m : {k1, k2}) Write(m, Accepted(kB, 0, false, {1, 0, 0}));
  CommitEverywhere(kA, false, {0, 1, 0});
  CommitEverywhere(kB, false, {1, 0, 0});
  invariants_.OnExecuted(k0, kA);
  invariants_.OnExecuted(k0, kB);
  invariants_.OnExecuted(k1, kB);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, OrderNothingRunsTwice) {
  TwoInARow();
  invariants_.OnExecuted(k0, kA);
  invariants_.OnExecuted(k0, kA);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, OrderNothingRunsBeforeItIsCommitted) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  invariants_.OnExecuted(k1, kA);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, OrderNothingRunsBeforeWhatItDependsOn) {
  TwoInARow();
  invariants_.OnExecuted(k0, kB);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, OrderNothingRunsBeforeWhatItDependsOnIsCommitted) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Begin(kB, {1, 0, 0}, MemberSet::Of(k2));
  CommitEverywhere(kB, false, {1, 0, 0});
  invariants_.OnExecuted(k0, kB);
  ExpectBroken("order");
}

TEST_F(InvariantsTest, RealTime) {
  Begin(kA, {0, 0, 0}, {});
  for (const MemberIndex m : {k0, k1}) Write(m, Accepted(kA, 0, false, {0, 1, 0}));
  CommitEverywhere(kA, false, {0, 1, 0});
  // The observer is not told of what A depends on: as if it were skipped.
  invariants_.OnExecuted(k0, kA);
  // B begins when A has run at member 0. In a cycle with it, member 2 runs it first.
  Begin(kB, {0, 0, 0}, {}, Bytes("k", pb::OPERATION_GET, ""));
  for (const MemberIndex m : {k1, k2}) Write(m, Accepted(kB, 0, false, {1, 0, 0}));
  CommitEverywhere(kB, false, {1, 0, 0});
  invariants_.OnExecuted(k2, kB);
  ExpectBroken("real time");
}

}  // namespace
}  // namespace althing::sim
