// Bugs that published implementations of EPaxos have or had: docs/peer-bugs.md says whose. Each
// test plants the bug here and sees that it is noticed, and that nothing is wrong without it. In an
// address sanitizer's or a release build alike.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/mutation/notice.h"
#include "tests/mutation/schedules.h"

namespace althing::sim {
namespace {

void ExpectNoticed(Bug bug) {
  const Mutation& mutation = MutationOf(bug);
  const PlantedResult planted = RunRow(mutation);
  EXPECT_NE(planted.failure, "") << mutation.name;
  Mutation without = mutation;
  without.bug = Bug::kNone;
  (mutation.seeds > 0 ? without.seeds : without.worlds) = planted.tries;
  EXPECT_EQ(RunRow(without).failure, "") << mutation.name;
}

TEST(PeerBugs, B01OneVariableForTwoBallots) { ExpectNoticed(Bug::kOneBallot); }
TEST(PeerBugs, B02OneBallotOnDiskForTwo) { ExpectNoticed(Bug::kPromiseTakenForVote); }
TEST(PeerBugs, B03AnsweredBeforeItIsDurable) {
  ExpectNoticed(Bug::kVoteUnflushed);
  ExpectNoticed(Bug::kAcceptOkUnflushed);
}
TEST(PeerBugs, B04DecisionToldBeforeItIsDurable) { ExpectNoticed(Bug::kDecidedUnflushed); }
TEST(PeerBugs, B05WhatSpeaksAgainstItIsNotAsked) {
  ExpectNoticed(Bug::kNoValidate);
  ExpectNoticed(Bug::kValidateIgnoresPending);
  ExpectNoticed(Bug::kValidateIgnoresCommitted);
}
TEST(PeerBugs, B06RecoveryTakesItsOwnVote) { ExpectNoticed(Bug::kOwnVoteAdopted); }
TEST(PeerBugs, B07AnyMajorityIsAFastQuorum) { ExpectNoticed(Bug::kMajorityIsFast); }
TEST(PeerBugs, B08TheFirstKeyOfABatchEndsTheSearch) { ExpectNoticed(Bug::kFirstKeyOnly); }
TEST(PeerBugs, B09MembersOfACycleInNoOrder) { ExpectNoticed(Bug::kComponentUnsorted); }
TEST(PeerBugs, B10NobodyRecoversWhatExecutionWaitsFor) { ExpectNoticed(Bug::kNoRecovery); }
TEST(PeerBugs, B11CommittedIsNotFinal) { ExpectNoticed(Bug::kCommittedNotFinal); }
TEST(PeerBugs, B12UnknownDependenciesAreSkipped) { ExpectNoticed(Bug::kExecuteOverUnknown); }
TEST(PeerBugs, B13AnswersAreCounted) { ExpectNoticed(Bug::kAnswersCounted); }
TEST(PeerBugs, B14AVoteIsMadeAnew) { ExpectNoticed(Bug::kVoteRecomputed); }
TEST(PeerBugs, B15EqualAnswersAreFast) { ExpectNoticed(Bug::kEqualVotesSuffice); }
TEST(PeerBugs, B16ANoopLeavesTheIndex) {
  ExpectNoticed(Bug::kNoopLeavesIndex);
  ExpectNoticed(Bug::kCommittedNoopLeavesIndex);
}
TEST(PeerBugs, B17OneLatestInstancePerKey) { ExpectNoticed(Bug::kOneLatestPerKey); }
TEST(PeerBugs, B18ValidatedAfterTheAccept) { ExpectNoticed(Bug::kValidateAfterAccept); }
TEST(PeerBugs, B19BallotZeroGoesOn) {
  ExpectNoticed(Bug::kBallotZeroGoesOn);
  ExpectNoticed(Bug::kBallotZeroResumed);
}
TEST(PeerBugs, B20NobodyHearsOfAHigherBallot) { ExpectNoticed(Bug::kNoNack); }
TEST(PeerBugs, B21TheIndexForgetsAtOnce) {
  ExpectNoticed(Bug::kIndexForgetsAtOnce);
  ExpectNoticed(Bug::kForgottenNotInVotes);
}
TEST(PeerBugs, B22ASlotIsUsedAgain) {
  ExpectNoticed(Bug::kSlotUsedAgain);
  ExpectNoticed(Bug::kFloorWithoutWindow);
  ExpectNoticed(Bug::kFirstPreAcceptNotHeld);
  ExpectNoticed(Bug::kUnflushedUnbounded);
}
TEST(PeerBugs, B23ANoopLosesItsCommands) { ExpectNoticed(Bug::kNoopLosesCommands); }
TEST(PeerBugs, B24TheOwnVoteCountsBeforeItIsDurable) {
  ExpectNoticed(Bug::kOwnVoteUnflushed);
  ExpectNoticed(Bug::kFloorNotInVotes);
  ExpectNoticed(Bug::kFloorNotInInitialDeps);
}

// The page names each of them.
TEST(PeerBugs, AreDescribed) {
  std::ifstream in(ALTHING_SOURCE_DIR "/docs/peer-bugs.md");
  std::stringstream page;
  page << in.rdbuf();
  const testing::TestSuite* suite = testing::UnitTest::GetInstance()->current_test_suite();
  for (int i = 0; i < suite->total_test_count(); ++i) {
    const std::string name = suite->GetTestInfo(i)->name();
    if (name == "AreDescribed") continue;
    EXPECT_TRUE(absl::StrContains(page.str(), absl::StrCat("`PeerBugs.", name, "`"))) << name;
  }
  for (int bug = 1; bug <= 24; ++bug) {
    EXPECT_TRUE(absl::StrContains(page.str(), absl::StrCat("\n| B", bug, " |"))) << bug;
  }
}

}  // namespace
}  // namespace althing::sim
