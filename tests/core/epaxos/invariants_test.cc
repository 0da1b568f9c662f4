// Each invariant, broken by hand: the check must see it.
#include "replica/core/epaxos/invariants.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

using testing::HasSubstr;

class InvariantsTest : public StateFixture {
 protected:
  InvariantsTest() : StateFixture(3), instance_(Committed(At(1, 1))) {}

  std::string Check() { return std::string(CheckEpaxosInvariants(state_).message()); }

  Instance& instance_;
};

TEST_F(InvariantsTest, HoldForWhatIsRight) {
  PreAccepted(At(2, 1));
  EXPECT_EQ(Check(), "");
}

TEST_F(InvariantsTest, NothingIsAcceptedInABallotThatWasNotJoined) {
  instance_.accepted_ballot = 4;
  EXPECT_THAT(Check(), HasSubstr("1.1: accepted in a ballot it has not joined"));
}

TEST_F(InvariantsTest, AValueGoesWithAPhase) {
  instance_.value = Value::kNone;
  EXPECT_THAT(Check(), HasSubstr("a value without a phase, or the reverse"));
}

TEST_F(InvariantsTest, AVoteForAPayloadHoldsIt) {
  instance_.payload = nullptr;
  EXPECT_THAT(Check(), HasSubstr("votes for a payload it lacks"));
}

TEST_F(InvariantsTest, OnlyTheCommittedIsExecuted) {
  Instance& other = PreAccepted(At(2, 1));
  other.executed = true;
  EXPECT_THAT(Check(), HasSubstr("2.1: executed, not committed"));
}

TEST_F(InvariantsTest, NothingDependsOnItself) {
  instance_.deps = MakeDeps({0, 1, 0});
  EXPECT_THAT(Check(), HasSubstr("depends on itself"));
}

TEST_F(InvariantsTest, AnOutcomeHoldsItsInitialDeps) {
  instance_.initial_known = true;
  instance_.initial_deps = MakeDeps({3, 0, 0});
  EXPECT_THAT(Check(), HasSubstr("its deps do not hold its initial deps"));
  instance_.value = Value::kNoop;  // Noop has none to hold.
  EXPECT_EQ(Check(), "");
}

TEST_F(InvariantsTest, WhatIsKnownIsIndexed) {
  instance_.payload = nullptr;
  instance_.payload = std::make_shared<const Payload>(*ParsePayload(Put("other"), At(0, 1), 0));
  EXPECT_THAT(Check(), HasSubstr("the conflict index does not cover it"));
}

TEST_F(InvariantsTest, PrefixesReachTheFirstHole) {
  // Slot 2 is committed, and nobody moved the prefix on.
  Instance& next = PreAccepted(At(1, 2));
  next.phase = Phase::kCommitted;
  EXPECT_THAT(Check(), HasSubstr("1.2: committed, not in the committed prefix"));
  Instance& known = state_.space.GetOrCreate(At(2, 1));
  known.phase = Phase::kCommitted;
  known.value = Value::kNoop;
  EXPECT_THAT(Check(), HasSubstr("not in the"));
}

TEST_F(InvariantsTest, NothingIsDurableThatWasNotAppended) {
  state_.durable = LogPosition{1};
  EXPECT_THAT(Check(), HasSubstr("durable beyond the log's end"));
}

}  // namespace
}  // namespace althing
