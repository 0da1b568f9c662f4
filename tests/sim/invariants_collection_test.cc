// The observer's checks of what members forget, each on a stream that is wrong in one way.
#include <gtest/gtest.h>

#include "tests/sim/invariants_fixture.h"

namespace althing::sim {
namespace {

class InvariantsCollectionTest : public InvariantsFixture {
 protected:
  static pb::Envelope Marks(const Slots& applied, const Slots& everywhere) {
    pb::Envelope envelope;
    Fill(applied, envelope.mutable_heartbeat()->mutable_applied());
    Fill(everywhere, envelope.mutable_heartbeat()->mutable_everywhere());
    return envelope;
  }
  // A is executed by these.
  void ExecuteA(MemberSet members) {
    Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
    CommitEverywhere(kA, false, {0, 0, 0});
    for (const MemberIndex m : members) invariants_.OnExecuted(m, kA);
  }
  // Those have told to have applied A.
  void Tell(MemberSet members) {
    for (const MemberIndex m : members) invariants_.OnSent(m, Marks({1, 0, 0}, {0, 0, 0}));
  }
  // B, which conflicts with A, is committed without it.
  void CommitBWithoutA() {
    Begin(kB, {0, 0, 0}, MemberSet::Of(k2));
    CommitEverywhere(kB, false, {0, 0, 0});
  }
  static constexpr MemberSet kAll = MemberSet::FirstN(3);
};

TEST_F(InvariantsCollectionTest, AreContentWithWhatIsRight) {
  ExecuteA(kAll);
  Tell(kAll);
  invariants_.OnSent(k0, Marks({1, 0, 0}, {1, 0, 0}));
  CommitBWithoutA();
  EXPECT_EQ(invariants_.violation(), "");
}

TEST_F(InvariantsCollectionTest, NobodyTellsToHaveAppliedWhatItHasNotExecuted) {
  ExecuteA(MemberSet::Of(k1));
  Tell(MemberSet::Of(k0));
  ExpectBroken("collected");
}

TEST_F(InvariantsCollectionTest, WhatAllHaveAppliedAllHaveTold) {
  ExecuteA(kAll);
  Tell(MemberSet::Of(k1));
  invariants_.OnSent(k0, Marks({1, 0, 0}, {1, 0, 0}));
  ExpectBroken("collected");
}

TEST_F(InvariantsCollectionTest, TruncatedIsSaidOfNothingElse) {
  ExecuteA(kAll);
  Tell(MemberSet::Of(k1));
  pb::Envelope truncated;
  Fill(Slots{1, 0, 0}, truncated.mutable_truncated()->mutable_everywhere());
  invariants_.OnSent(k0, truncated);
  ExpectBroken("collected");
}

TEST_F(InvariantsCollectionTest, NothingIsRecordedOfItAfterwards) {
  ExecuteA(kAll);
  Tell(kAll);
  invariants_.OnSent(k0, Marks({1, 0, 0}, {1, 0, 0}));
  Write(k1, Joined(kA, 4));
  EXPECT_EQ(invariants_.violation(), "") << "member 1 does not know it yet";
  Write(k0, Joined(kA, 4));
  ExpectBroken("collected");
}

TEST_F(InvariantsCollectionTest, WhoExecutesAgainHasNotApplied) {
  ExecuteA(kAll);
  Tell(MemberSet::Of(k1));
  Cut(k1, {PreAccepted(kA, {0, 0, 0}, {0, 0, 0}), Committed(kA, false, {0, 0, 0}), Started(0)});
  ExpectBroken("collected");
}

// Its log has the outcome, but it executes nothing any more.
TEST_F(InvariantsCollectionTest, WhoHasEndedForEverHadApplied) {
  ExecuteA(kAll);
  Tell(kAll);
  invariants_.OnSent(k0, Marks({1, 0, 0}, {1, 0, 0}));
  Cut(k1, {PreAccepted(kA, {0, 0, 0}, {0, 0, 0}), Committed(kA, false, {0, 0, 0})});
  CommitBWithoutA();
  EXPECT_EQ(invariants_.violation(), "");
}

TEST_F(InvariantsCollectionTest, AConflictIsSeenUnlessItWasOverBefore) {
  ExecuteA(kAll);
  Tell(MemberSet::Of(k1));
  CommitBWithoutA();
  ExpectBroken("visibility");
}

TEST_F(InvariantsCollectionTest, AConflictIsSeenIfSomebodyHadNotExecutedIt) {
  ExecuteA(kAll - MemberSet::Of(k2));
  Tell(kAll - MemberSet::Of(k2));
  CommitBWithoutA();
  ExpectBroken("visibility");
}

}  // namespace
}  // namespace althing::sim
