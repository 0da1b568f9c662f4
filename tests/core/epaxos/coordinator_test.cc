#include "replica/core/epaxos/coordinator.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

CoreOptions FiveWhoAreAllAsked() {
  CoreOptions options = OptionsFor(5);
  options.thrifty = false;
  return options;
}

// Five members: F(0.1) = {0 1 2}, n - e2 = 4, slow quorums of 3.
class CoordinatorTest : public StateFixture {
 protected:
  CoordinatorTest()
      : StateFixture(FiveWhoAreAllAsked()),
        coordinator_(state_, [this](InstanceId id, Instance&, Event::Kind kind) {
          decisions_[id.slot] = kind;
        }) {}

  void SetUp() override {
    id_ = coordinator_.Start(Put("k"));
    TakeSends();
  }
  void Flush() {
    state_.durable = state_.appended;
    coordinator_.OnFlushed();
  }
  void PreAcceptOk(int from, std::vector<Slot> deps = {0, 0, 0, 0, 0}) {
    pb::PreAcceptOk message;
    ToProto(id_, message.mutable_id());
    message.mutable_deps()->Add(deps.begin(), deps.end());
    EXPECT_TRUE(coordinator_.OnPreAcceptOk(Member(from), message).ok());
  }
  void AcceptOk(int from) {
    pb::AcceptOk message;
    ToProto(id_, message.mutable_id());
    EXPECT_TRUE(coordinator_.OnAcceptOk(Member(from), message).ok());
  }
  std::string Decision() const {
    if (decisions_.empty()) return "none";
    switch (decisions_.at(1)) {
      case Event::Kind::kFastDecision:
        return "fast";
      case Event::Kind::kTwoFlushDecision:
        return "two flushes";
      default:
        return "slow";
    }
  }
  void WaitForFastDeadline() {
    state_.now.value += state_.options.fast_path_ticks;
    coordinator_.OnTick();
  }
  Phase phase() const { return state_.space.Find(id_)->phase; }

  std::map<Slot, Event::Kind> decisions_;
  Coordinator coordinator_;
  InstanceId id_;
};

TEST_F(CoordinatorTest, DecidesFastWithItsFastQuorumAndItsOwnFlush) {
  PreAcceptOk(1);
  PreAcceptOk(2);
  EXPECT_EQ(Decision(), "none");  // Its own vote is not durable.
  Flush();
  EXPECT_EQ(Decision(), "fast");
  EXPECT_FALSE(coordinator_.Coordinates(id_));
}

// Whoever has forgotten instances votes as if it remembered them all: its vote matches.
TEST_F(CoordinatorTest, InitialDepsHoldAllThatMayBeForgottenAnywhere) {
  state_.everywhere = MakeDeps({1, 4, 0, 0, 2});
  state_.forgotten = MakeDeps({1, 3, 0, 0, 2});
  id_ = coordinator_.Start(Put("other"));
  EXPECT_EQ(state_.space.Find(id_)->initial_deps, MakeDeps({1, 4, 0, 0, 2}));
}

TEST_F(CoordinatorTest, TheSameAnswerTwiceIsOneAnswer) {
  Flush();
  PreAcceptOk(1);
  PreAcceptOk(1);
  WaitForFastDeadline();
  EXPECT_EQ(Decision(), "none");
  EXPECT_EQ(phase(), Phase::kPreAccepted);
}

TEST_F(CoordinatorTest, FourOthersThanTheFastQuorumDecideAfterASecondFlush) {
  Flush();
  for (const int m : {1, 3, 4}) PreAcceptOk(m);
  EXPECT_EQ(Decision(), "none");
  EXPECT_EQ(coordinator_.decided(id_), LogPosition{2});
  WaitForFastDeadline();  // Looks at the round again: what is not durable is not decided.
  EXPECT_EQ(Decision(), "none");
  Flush();
  EXPECT_EQ(Decision(), "two flushes");
}

TEST_F(CoordinatorTest, AnAnswerWithMoreDepsMakesItSlowWithTheUnion) {
  Flush();
  PreAcceptOk(1, {0, 0, 7, 0, 0});
  PreAcceptOk(2, {0, 4, 0, 0, 0});
  EXPECT_EQ(phase(), Phase::kAccepted);
  EXPECT_EQ(state_.space.Find(id_)->deps, MakeDeps({0, 4, 7, 0, 0}));
  AcceptOk(1);
  AcceptOk(1);
  Flush();
  EXPECT_EQ(Decision(), "none");
  AcceptOk(2);
  EXPECT_EQ(Decision(), "slow");
}

TEST_F(CoordinatorTest, OthersThatAgreeAmongThemselvesAreNotTheFastPath) {
  Flush();
  for (const int m : {1, 2, 3, 4}) PreAcceptOk(m, {0, 0, 7, 0, 0});
  EXPECT_EQ(phase(), Phase::kAccepted);
  EXPECT_EQ(Decision(), "none");
}

TEST_F(CoordinatorTest, WaitsForTheFastPathUntilItsDeadline) {
  Flush();
  PreAcceptOk(1);
  PreAcceptOk(3);
  EXPECT_EQ(phase(), Phase::kPreAccepted);
  WaitForFastDeadline();
  EXPECT_EQ(phase(), Phase::kAccepted);
}

TEST_F(CoordinatorTest, DoesNotWaitForAMemberThatIsAway) {
  Flush();
  PreAcceptOk(1);
  state_.now.value += state_.options.resend_ticks;
  coordinator_.OnTick();  // Asks those again who are silent.
  EXPECT_EQ(output_.sends.back().to.Size(), 3);
  for (const int m : {2, 3, 4}) {
    state_.reachable = state_.reachable - MemberSet::Of(Member(m));
    coordinator_.OnReachable(Member(m), false);
  }
  EXPECT_EQ(phase(), Phase::kPreAccepted);  // Two answers are no quorum.
  PreAcceptOk(3);
  EXPECT_EQ(phase(), Phase::kAccepted);
}

// Member 2, of F, has a slow disk.
TEST_F(CoordinatorTest, DoesNotWaitForAMemberThatIsLateUntilItVotesInTime) {
  // Any four are not possible either.
  const auto votes_of_two_others = [&] {
    Flush();
    PreAcceptOk(1);
    PreAcceptOk(3, {0, 0, 0, 7, 0});
  };
  for (int i = 0; i < Promptness::kLateMoments; ++i) {
    votes_of_two_others();
    EXPECT_EQ(phase(), Phase::kPreAccepted) << "it did not wait";
    state_.now.value += state_.options.fast_path_ticks + 1;
    PreAcceptOk(2);
    EXPECT_EQ(decisions_.at(id_.slot), Event::Kind::kFastDecision);
    id_ = coordinator_.Start(Put(absl::StrCat("other", i)));
  }
  votes_of_two_others();
  EXPECT_EQ(phase(), Phase::kAccepted) << "it waited";

  id_ = coordinator_.Start(Put("third"));
  PreAcceptOk(2);  // In time.
  id_ = coordinator_.Start(Put("fourth"));
  votes_of_two_others();
  EXPECT_EQ(phase(), Phase::kPreAccepted) << "it did not wait";
}

TEST_F(CoordinatorTest, AnswersAfterTheRoundAreNothing) {
  coordinator_.GiveUp(id_);
  Flush();
  for (const int m : {1, 2, 3, 4}) PreAcceptOk(m);
  AcceptOk(1);
  EXPECT_EQ(Decision(), "none");
}

// Asks its fast quorum, {0 1 2}, and nobody else if it can help it.
class ThriftyCoordinatorTest : public StateFixture {
 protected:
  ThriftyCoordinatorTest()
      : StateFixture(5), coordinator_(state_, [](InstanceId, Instance&, Event::Kind) {}) {}

  // Starts an instance; whom it asks.
  MemberSet Start() {
    output_.sends.clear();
    id_ = coordinator_.Start(Put(absl::StrCat("key", ++started_)));
    return output_.sends.back().to;
  }
  void Vote(int from) {
    pb::PreAcceptOk message;
    ToProto(id_, message.mutable_id());
    for (int m = 0; m < 5; ++m) message.add_deps(0);
    EXPECT_TRUE(coordinator_.OnPreAcceptOk(Member(from), message).ok());
  }
  void VoteLate(int from) {
    state_.now.value += state_.options.fast_path_ticks + 1;
    Vote(from);
  }

  const MemberSet quorum_ = MemberSet::Of(Member(1)) | MemberSet::Of(Member(2));
  const MemberSet others_ = MemberSet::FirstN(5) - MemberSet::Of(Member(0));
  Coordinator coordinator_;
  InstanceId id_;
  int started_ = 0;
};

TEST_F(ThriftyCoordinatorTest, AsksAllWhileOneOfItsQuorumIsLateAndOthersAreNot) {
  for (Slot slot = 1; slot < Promptness::kTrialEvery; ++slot) {
    EXPECT_EQ(Start(), quorum_) << slot;
    Vote(1);
    VoteLate(2);
  }
  EXPECT_EQ(Start(), others_) << "no trial";
  Vote(1);
  VoteLate(2);
  EXPECT_EQ(Start(), quorum_) << "nobody is faster";
  while (Start() == quorum_) {
  }
  for (const int m : {1, 3, 4}) Vote(m);
  EXPECT_EQ(Start(), others_);
  VoteLate(2);
  EXPECT_EQ(Start(), others_);
  Vote(2);
  EXPECT_EQ(Start(), quorum_) << "it is in time again";
}

}  // namespace
}  // namespace althing
