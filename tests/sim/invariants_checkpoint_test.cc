// The observer's checks of what stands in for the log, each on a stream that is wrong in one way.
#include <gtest/gtest.h>

#include "tests/sim/invariants_fixture.h"

namespace althing::sim {
namespace {

class InvariantsCheckpointTest : public InvariantsFixture {
 protected:
  static pb::Envelope Tells(const Slots& applied, const Slots& everywhere) {
    pb::Envelope envelope;
    Fill(applied, envelope.mutable_heartbeat()->mutable_applied());
    Fill(everywhere, envelope.mutable_heartbeat()->mutable_everywhere());
    return envelope;
  }
  void StartAll() {
    for (const MemberIndex m : MemberSet::FirstN(kN)) Write(m, Started(0));
  }
  // All can start again; A, then B which depends on it, are executed everywhere.
  void ExecuteBoth() {
    StartAll();
    TwoInARow();
    for (const MemberIndex m : MemberSet::FirstN(kN)) {
      invariants_.OnExecuted(m, kA);
      invariants_.OnExecuted(m, kB);
    }
  }
  // All have told that they have applied A, and the others that they have heard so.
  void TellOfA() {
    for (const MemberIndex m : MemberSet::FirstN(kN)) {
      SetCheckpoint(m, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
      invariants_.OnSent(m, Tells({1, 0, 0}, {0, 0, 0}));
    }
    for (const MemberIndex m : MemberSet::FirstN(kN) - MemberSet::Of(k1)) {
      SetCheckpoint(m, {1, 0, 0}, {1, 0, 0}, {0, 0, 0});
      invariants_.OnSent(m, Tells({1, 0, 0}, {1, 0, 0}));
    }
    EXPECT_EQ(invariants_.violation(), "");
  }
  // What the log of member 1 has of B.
  static std::vector<pb::Record> OfB() {
    return {PreAccepted(kB, {1, 0, 0}, {1, 0, 0}), Committed(kB, false, {1, 0, 0})};
  }
};

TEST_F(InvariantsCheckpointTest, AreContentWithWhatIsRight) {
  ExecuteBoth();
  TellOfA();
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {1, 0, 0});
  invariants_.OnSent(k1, Tells({1, 1, 0}, {0, 0, 0}));
  std::vector<pb::Record> log = OfB();
  log.push_back(Started(1));
  Cut(k1, log);
  EXPECT_EQ(invariants_.violation(), "");
  EXPECT_TRUE(invariants_.AllDone(MemberSet::FirstN(kN))) << "no record says that A is executed";
}

TEST_F(InvariantsCheckpointTest, ItHasWhatWasExecutedAndNothingElse) {
  StartAll();
  TwoInARow();
  invariants_.OnExecuted(k1, kA);
  SetCheckpoint(k1, {1, 1, 0}, {0, 0, 0}, {0, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, TheOutcomesItRestsOnAreDurable) {
  StartAll();
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  invariants_.OnRecord(k1, Committed(kA, false, {0, 0, 0}));
  invariants_.OnExecuted(k1, kA);
  SetCheckpoint(k1, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, ItNeverGoesBack) {
  ExecuteBoth();
  SetCheckpoint(k1, {1, 1, 0}, {0, 0, 0}, {0, 0, 0});
  SetCheckpoint(k1, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, ItCallsOverWhatAllHaveToldAndNothingElse) {
  ExecuteBoth();
  for (const MemberIndex m : {k0, k1}) {
    SetCheckpoint(m, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
    invariants_.OnSent(m, Tells({1, 0, 0}, {0, 0, 0}));
  }
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {0, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, ItForgetsWhatAllHaveHeardOfAndNothingElse) {
  ExecuteBoth();
  for (const MemberIndex m : MemberSet::FirstN(kN)) {
    SetCheckpoint(m, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
    invariants_.OnSent(m, Tells({1, 0, 0}, {0, 0, 0}));
  }
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {0, 0, 0});
  EXPECT_EQ(invariants_.violation(), "");
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {1, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, WhatWasOverStaysOver) {
  ExecuteBoth();
  TellOfA();
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {1, 0, 0});
  EXPECT_EQ(invariants_.violation(), "");
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {0, 0, 0});
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, NobodyTellsWhatItsCheckpointDoesNotHave) {
  ExecuteBoth();
  SetCheckpoint(k1, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
  invariants_.OnSent(k1, Tells({1, 0, 0}, {0, 0, 0}));
  EXPECT_EQ(invariants_.violation(), "");
  invariants_.OnSent(k1, Tells({1, 1, 0}, {0, 0, 0}));
  ExpectBroken("collected");
}

TEST_F(InvariantsCheckpointTest, NorThatAllHaveAppliedWhatItDoesNotCallSo) {
  ExecuteBoth();
  for (const MemberIndex m : MemberSet::FirstN(kN)) {
    SetCheckpoint(m, {1, 0, 0}, {0, 0, 0}, {0, 0, 0});
    invariants_.OnSent(m, Tells({1, 0, 0}, {0, 0, 0}));
  }
  EXPECT_EQ(invariants_.violation(), "");
  invariants_.OnSent(k1, Tells({1, 0, 0}, {1, 0, 0}));
  ExpectBroken("collected");
}

TEST_F(InvariantsCheckpointTest, WhatIsNotForgottenIsInTheLogThatIsKept) {
  ExecuteBoth();
  TellOfA();
  SetCheckpoint(k1, {1, 1, 0}, {1, 0, 0}, {0, 0, 0});
  Cut(k1, OfB());
  ExpectBroken("checkpoint");
}

TEST_F(InvariantsCheckpointTest, APromiseOfWhatIsNotForgottenIsKept) {
  ExecuteBoth();
  TellOfA();
  const InstanceId open = Id(2, 1);
  Write(k1, Joined(open, 4));
  pb::Envelope promise;
  ToProto(open, promise.mutable_recover_ok()->mutable_id());
  promise.mutable_recover_ok()->set_ballot(4);
  invariants_.OnSent(k1, promise);
  EXPECT_EQ(invariants_.violation(), "");
  SetCheckpoint(k1, {1, 0, 0}, {1, 0, 0}, {1, 0, 0});
  Cut(k1, OfB());
  ExpectBroken("forgotten");
}

TEST_F(InvariantsCheckpointTest, WhatItHasIsNotExecutedAgain) {
  ExecuteBoth();
  TellOfA();
  SetCheckpoint(k1, {1, 0, 0}, {1, 0, 0}, {1, 0, 0});
  Cut(k1, OfB());
  invariants_.OnExecuted(k1, kB);
  EXPECT_EQ(invariants_.violation(), "");
  invariants_.OnExecuted(k1, kA);
  ExpectBroken("order");
}

TEST_F(InvariantsCheckpointTest, AConflictWithWhatNoCheckpointHasIsSeen) {
  StartAll();
  Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
  CommitEverywhere(kA, false, {0, 0, 0});
  for (const MemberIndex m : MemberSet::FirstN(kN)) invariants_.OnExecuted(m, kA);
  Begin(kB, {0, 0, 0}, MemberSet::Of(k2));
  CommitEverywhere(kB, false, {0, 0, 0});
  ExpectBroken("visibility");
}

}  // namespace
}  // namespace althing::sim
