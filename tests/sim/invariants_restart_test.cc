// The observer's checks of members that stop and start again, each on a stream that is wrong in one
// way.
#include <gtest/gtest.h>

#include "tests/sim/invariants_fixture.h"

namespace althing::sim {
namespace {

using InvariantsRestartTest = InvariantsFixture;

TEST_F(InvariantsRestartTest, AreContentWithWhatIsRight) {
  Cut(k0, {Started(0)});
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  CommitEverywhere(kA, false, {0, 0, 0});
  invariants_.OnSent(k0, Commit(kA, false, {0, 0, 0}));
  invariants_.OnExecuted(k0, kA);
  EXPECT_TRUE(invariants_.AllDone(MemberSet::Of(k0)));
  // Its COMMITTED is lost.
  Cut(k0, {Started(0), PreAccepted(kA, {0, 0, 0}, {0, 0, 0}), Started(3)});
  EXPECT_FALSE(invariants_.AllDone(MemberSet::Of(k0)));
  EXPECT_NE(invariants_.WhatIsLost(MemberSet::Of(k0)), "");
  invariants_.OnRecord(k0, Committed(kA, false, {0, 0, 0}));
  invariants_.OnExecuted(k0, kA);
  for (Slot slot = 2; slot <= 3; ++slot) {
    for (const MemberIndex m : {k1, k2}) Write(m, Accepted(Id(0, slot), 4, true, {0, 0, 0}));
    CommitEverywhere(Id(0, slot), true, {0, 0, 0});
  }
  EXPECT_EQ(invariants_.violation(), "");
  EXPECT_TRUE(invariants_.AllDone(MemberSet::Of(k0)));
  EXPECT_EQ(invariants_.WhatIsLost(MemberSet::Of(k0)), "");
  EXPECT_EQ(invariants_.WhatIsLost(MemberSet::FirstN(kN)),
            "a member has executed 0.1, and member 1 never does");
  EXPECT_EQ(invariants_.restart_counts().executed_again, 1u);
  EXPECT_EQ(invariants_.restart_counts().floors_raised, 1u);
  EXPECT_EQ(invariants_.restart_counts().own_slots_lost, 0u);
}

TEST_F(InvariantsRestartTest, AStartThatNobodyHeardOfHasNotBeen) {
  invariants_.OnRecord(k0, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  Cut(k0, {Started(0)});
  Write(k0, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}, Bytes("other")));
  EXPECT_EQ(invariants_.violation(), "");
}

TEST_F(InvariantsRestartTest, SlotsKeepTheirPayloadOnceTheyAreTold) {
  invariants_.OnRecord(k0, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  invariants_.OnSent(k0, PreAccept(kA, {0, 0, 0}));
  Cut(k0, {});
  EXPECT_EQ(invariants_.restart_counts().own_slots_lost, 1u);
  Write(k0, PreAccepted(kA, {0, 0, 0}, {0, 0, 0}));
  ExpectBroken("slots");
}

TEST_F(InvariantsRestartTest, SlotsAreToldInDepsToo) {
  Begin(kB, {0, 0, 0}, {});
  Write(k0, PreAccepted(kB, {0, 0, 0}, {4, 0, 0}));
  invariants_.OnSent(k0, PreAcceptOk(kB, {4, 0, 0}));
  Cut(k0, {PreAccepted(kB, {0, 0, 0}, {4, 0, 0})});
  Write(k0, Started(3));
  ExpectBroken("slots");
}

TEST_F(InvariantsRestartTest, SlotsOfTheLogAreCoveredByTheFloor) {
  Begin(Id(0, 2), {0, 0, 0}, {});
  Cut(k0, {PreAccepted(Id(0, 2), {0, 0, 0}, {0, 0, 0})});
  Write(k0, Started(1));
  ExpectBroken("slots");
}

TEST_F(InvariantsRestartTest, FloorIsInVotes) {
  Write(k0, Started(3));
  Begin(kB, {0, 0, 0}, {});
  Write(k0, PreAccepted(kB, {0, 0, 0}, {3, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
  Begin(Id(1, 2), {0, 1, 0}, {});
  Write(k0, PreAccepted(Id(1, 2), {0, 1, 0}, {2, 1, 0}));
  ExpectBroken("floor");
}

TEST_F(InvariantsRestartTest, FloorIsInInitialDeps) {
  Write(k0, Started(3));
  Begin(Id(0, 4), {2, 0, 0}, {});
  ExpectBroken("floor");
}

TEST_F(InvariantsRestartTest, FloorIsWhereIntactBegins) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Cut(k0, {PreAccepted(kA, {0, 0, 0}, {0, 0, 0})});
  Write(k0, Started(1));
  Write(k0, Joined(kA, 4));
  pb::Envelope envelope;
  pb::RecoverOk& answer = *envelope.mutable_recover_ok();
  ToProto(kA, answer.mutable_id());
  answer.set_ballot(4);
  answer.set_phase(pb::RecoverOk::PHASE_PRE_ACCEPTED);
  Fill({0, 0, 0}, answer.mutable_deps());
  invariants_.OnSent(k0, envelope);
  EXPECT_EQ(invariants_.violation(), "");
  EXPECT_EQ(invariants_.restart_counts().restarted_voters, 1u);
  answer.set_intact(true);
  invariants_.OnSent(k0, envelope);
  ExpectBroken("floor");
}

TEST_F(InvariantsRestartTest, ForgottenIsNoVote) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  invariants_.OnSent(k1, PreAcceptOk(kA, {0, 0, 0}));
  Cut(k1, {});
  ExpectBroken("forgotten");
}

TEST_F(InvariantsRestartTest, ForgottenIsNoPromise) {
  Write(k1, Joined(kA, 4));
  Write(k1, Joined(kA, 5));
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_nack()->mutable_id());
  envelope.mutable_nack()->set_ballot(5);
  invariants_.OnSent(k1, envelope);
  Cut(k1, {Joined(kA, 4)});
  ExpectBroken("forgotten");
}

TEST_F(InvariantsRestartTest, ForgottenIsNoAcceptedValue) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  Write(k1, Accepted(kA, 0, false, {0, 0, 0}));
  pb::Envelope envelope;
  ToProto(kA, envelope.mutable_accept_ok()->mutable_id());
  invariants_.OnSent(k1, envelope);
  Cut(k1, {PreAccepted(kA, {0, 0, 0}, {0, 0, 0})});
  ExpectBroken("forgotten");
}

TEST_F(InvariantsRestartTest, ADecisionInTheLogIsAnOutcome) {
  Begin(kA, {0, 0, 0}, MemberSet::Of(k2));
  pb::Record decided;
  ToProto(kA, decided.mutable_decided()->mutable_id());
  Write(k0, decided);
  Cut(k0, {PreAccepted(kA, {0, 0, 0}, {0, 0, 0}), decided});
  EXPECT_EQ(invariants_.violation(), "");
  EXPECT_EQ(invariants_.committed(), 1u);
  for (const MemberIndex m : {k1, k2}) Write(m, Accepted(kA, 4, true, {0, 0, 0}));
  ExpectBroken("chosen");
}

}  // namespace
}  // namespace althing::sim
