#include "replica/core/epaxos/recovery_voter.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "replica/core/epaxos/validate.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// Member 0 of three. Put("k") is printed as K.
class RecoveryVoterTest : public StateFixture {
 protected:
  RecoveryVoterTest() : StateFixture(3) {}

  static std::string Text(const google::protobuf::Message& message) {
    return absl::StrReplaceAll(message.ShortDebugString(), {{absl::CEscape(Put("k")), "K"}});
  }
  std::string Join(InstanceId id, Ballot ballot) { return Text(voter_.Join(id, ballot)); }
  // The records that were appended since the last call.
  std::string TakeRecords() {
    std::string text;
    for (const pb::Record& record : output_.records) text += Text(record) + "\n";
    output_.records.clear();
    return text;
  }
  // Member 0's vote on 1.1, whose coordinator proposed no deps.
  Instance& Voted(std::vector<Slot> deps) {
    Instance& instance = PreAccepted(At(1, 1));
    instance.initial_known = instance.payload_logged = true;
    instance.fast_quorum = MemberSet(6);
    instance.deps = MakeDeps(std::move(deps));
    return instance;
  }
  pb::Validate Validate(const std::string& key = "k", std::vector<Slot> initial_deps = {0, 0, 0}) {
    pb::Validate message;
    ToProto(At(1, 1), message.mutable_id());
    message.set_ballot(3);
    message.set_payload(Put(key));
    message.mutable_initial_deps()->Add(initial_deps.begin(), initial_deps.end());
    message.set_fast_quorum(6);
    return message;
  }
  // What Validate of 1.1 says after member 0 has joined ballot 3.
  std::string Register(const pb::Validate& message) {
    Join(At(1, 1), 3);
    TakeRecords();
    const absl::StatusOr<pb::ValidateOk> answer = voter_.Register(message);
    return answer.ok() ? Text(*answer) : std::string(answer.status().message());
  }
  std::string Register() { return Register(Validate()); }

  static constexpr char kNobody[] = "id { coordinator: 1 slot: 1 } ballot: 3";
  RecoveryVoter voter_{state_};
};

TEST_F(RecoveryVoterTest, WhoKnowsNothingSaysSoAndHasJoined) {
  EXPECT_EQ(Join(At(1, 1), 5), "id { coordinator: 1 slot: 1 } ballot: 5");
  EXPECT_EQ(TakeRecords(), "joined { id { coordinator: 1 slot: 1 } ballot: 5 }\n");
  const Instance& instance = *state_.space.Find(At(1, 1));
  EXPECT_EQ(instance.ballot, 5u);
  EXPECT_EQ(instance.accepted_ballot, 0u);
  EXPECT_EQ(instance.phase, Phase::kNone);
  EXPECT_EQ(instance.vote_position.value, 1u);
}

TEST_F(RecoveryVoterTest, AVoteIsToldWithWhatTheCoordinatorProposed) {
  Voted({0, 0, 4});
  const std::string vote =
      " phase: PHASE_PRE_ACCEPTED payload: \"K\" deps: 0 deps: 0 deps: 4 initial_deps: 0 "
      "initial_deps: 0 initial_deps: 0 fast_quorum: 6";
  EXPECT_EQ(Join(At(1, 1), 5), "id { coordinator: 1 slot: 1 } ballot: 5" + vote);
  TakeRecords();
  // The same ballot again: the same answer, and nothing to log.
  EXPECT_EQ(Join(At(1, 1), 5), "id { coordinator: 1 slot: 1 } ballot: 5" + vote);
  EXPECT_EQ(TakeRecords(), "");
  // A higher one changes the promise only.
  EXPECT_EQ(Join(At(1, 1), 8), "id { coordinator: 1 slot: 1 } ballot: 8" + vote);
  EXPECT_EQ(TakeRecords(), "joined { id { coordinator: 1 slot: 1 } ballot: 8 }\n");
  EXPECT_EQ(state_.space.Find(At(1, 1))->accepted_ballot, 0u);
}

TEST_F(RecoveryVoterTest, WhatWasAcceptedIsToldWithItsOwnBallotAfterJoiningAHigherOne) {
  Instance& instance = Voted({0, 0, 4});
  instance.phase = Phase::kAccepted;
  instance.ballot = instance.accepted_ballot = 2;
  const std::string accepted =
      " phase: PHASE_ACCEPTED accepted_ballot: 2 payload: \"K\" deps: 0 deps: 0 deps: 4 "
      "initial_deps: 0 initial_deps: 0 initial_deps: 0 fast_quorum: 6";
  EXPECT_EQ(Join(At(1, 1), 5), "id { coordinator: 1 slot: 1 } ballot: 5" + accepted);
  EXPECT_EQ(Join(At(1, 1), 8), "id { coordinator: 1 slot: 1 } ballot: 8" + accepted);
  instance.value = Value::kNoop;
  instance.deps = {};
  EXPECT_EQ(Join(At(1, 1), 11),
            "id { coordinator: 1 slot: 1 } ballot: 11 phase: PHASE_ACCEPTED accepted_ballot: 2 "
            "noop: true deps: 0 deps: 0 deps: 0 initial_deps: 0 initial_deps: 0 initial_deps: 0 "
            "fast_quorum: 6");
}

TEST_F(RecoveryVoterTest, ACoordinatorIsIntact) {
  EXPECT_EQ(Join(At(0, 1), 5), "id { slot: 1 } ballot: 5 intact: true");
}

TEST_F(RecoveryVoterTest, APayloadWithoutAVoteIsNoVote) {
  state_.SetPayload(At(1, 1), state_.space.GetOrCreate(At(1, 1)),
                    *ParsePayload(Put("k"), At(1, 1), 0));
  EXPECT_EQ(Join(At(1, 1), 5), "id { coordinator: 1 slot: 1 } ballot: 5");
}

TEST_F(RecoveryVoterTest, JoiningALowerBallotIsAMistakeOfTheCaller) {
  Join(At(1, 1), 5);
  EXPECT_DEATH(voter_.Join(At(1, 1), 4), "");
}

TEST_F(RecoveryVoterTest, RegisteringMakesLaterVotesHoldTheInstanceAndIsNoVote) {
  EXPECT_EQ(Register(), kNobody);
  EXPECT_EQ(TakeRecords(),
            "validated { id { coordinator: 1 slot: 1 } payload: \"K\" initial_deps: 0 "
            "initial_deps: 0 initial_deps: 0 fast_quorum: 6 }\n");
  const Instance& instance = *state_.space.Find(At(1, 1));
  EXPECT_EQ(instance.phase, Phase::kNone);
  EXPECT_TRUE(instance.initial_known);
  EXPECT_EQ(instance.vote_position.value, 2u);
  Deps deps;
  state_.index.RaiseDeps(instance.payload->keys, deps);
  EXPECT_EQ(deps, MakeDeps({0, 1, 0}));
  EXPECT_EQ(Join(At(1, 1), 5),
            "id { coordinator: 1 slot: 1 } ballot: 5 initial_deps: 0 initial_deps: 0 "
            "initial_deps: 0 fast_quorum: 6");
}

TEST_F(RecoveryVoterTest, WhatAllHaveExecutedSpeaksAgainstNothing) {
  Committed(At(2, 1)).executed = true;
  Committed(At(2, 2));
  state_.space.Advance(Member(2));
  state_.space.FreeNext(Member(2));  // The index still has it.
  state_.everywhere = MakeDeps({0, 0, 1});
  EXPECT_EQ(Register(), std::string(kNobody) +
                            " invalidators { id { coordinator: 2 slot: 2 } committed: true }");
}

TEST_F(RecoveryVoterTest, RegisteringLeavesTheVoteAndLogsThePayloadOnce) {
  Voted({0, 0, 4});
  EXPECT_EQ(Register(), kNobody);
  EXPECT_EQ(TakeRecords(),
            "validated { id { coordinator: 1 slot: 1 } initial_deps: 0 initial_deps: 0 "
            "initial_deps: 0 fast_quorum: 6 }\n");
  EXPECT_EQ(state_.space.Find(At(1, 1))->phase, Phase::kPreAccepted);
  EXPECT_EQ(state_.space.Find(At(1, 1))->deps, MakeDeps({0, 0, 4}));
}

TEST_F(RecoveryVoterTest, APendingInstanceWithoutItInvalidates) {
  PreAccepted(At(2, 1)).initial_known = true;
  EXPECT_EQ(Register(), std::string(kNobody) + " invalidators { id { coordinator: 2 slot: 1 } }");
}

TEST_F(RecoveryVoterTest, APendingInstanceIsJudgedByWhatWasProposedNotByWhatWasAccepted) {
  Instance& with = PreAccepted(At(2, 1));
  with.initial_known = true;
  with.initial_deps = MakeDeps({0, 1, 0});
  with.phase = Phase::kAccepted;
  with.value = Value::kNoop;
  Instance& without = PreAccepted(At(2, 2));
  without.initial_known = true;
  without.phase = Phase::kAccepted;
  without.deps = MakeDeps({0, 1, 0});
  EXPECT_EQ(Register(), std::string(kNobody) + " invalidators { id { coordinator: 2 slot: 2 } }");
}

TEST_F(RecoveryVoterTest, ACommittedInstanceWithoutItInvalidates) {
  Committed(At(2, 1));
  EXPECT_EQ(Register(), std::string(kNobody) +
                            " invalidators { id { coordinator: 2 slot: 1 } committed: true }");
}

TEST_F(RecoveryVoterTest, ACommittedInstanceIsJudgedByItsOutcome) {
  Instance& instance = Committed(At(2, 1));
  instance.initial_known = true;
  instance.deps = MakeDeps({0, 1, 0});
  EXPECT_EQ(Register(), kNobody);
}

TEST_F(RecoveryVoterTest, WhatEndedAsNoopOrIsUnproposedOrUnrelatedOrKnownToTheCoordinatorDoesNot) {
  Committed(At(2, 2)).value = Value::kNoop;
  PreAccepted(At(2, 3));  // Of which only the payload is known.
  PreAccepted(At(2, 4), "other").initial_known = true;
  PreAccepted(At(2, 1)).initial_known = true;  // Among the initial deps.
  EXPECT_EQ(Register(Validate("k", {0, 0, 1})), kNobody);
}

TEST_F(RecoveryVoterTest, AnotherProposalThanIsKnownIsRefused) {
  Voted({0, 0, 4});
  EXPECT_EQ(Register(Validate("other")), "another payload for 1.1");
  const char kInitial[] = "other initial deps or another fast quorum for 1.1";
  EXPECT_EQ(Register(Validate("k", {0, 0, 1})), kInitial);
  pb::Validate message = Validate();
  message.set_fast_quorum(7);
  EXPECT_EQ(Register(message), kInitial);
  EXPECT_EQ(TakeRecords(), "");
  EXPECT_EQ(state_.space.Find(At(1, 1))->initial_deps, Deps());
  EXPECT_EQ(state_.space.Find(At(1, 1))->payload->bytes, Put("k"));
}

TEST_F(RecoveryVoterTest, APayloadThatCannotBeReadRegistersNothing) {
  pb::Validate message = Validate();
  message.set_payload("\xFF");
  EXPECT_EQ(Register(message), "the payload is no encoded RequestBatch");
  EXPECT_EQ(TakeRecords(), "");
  EXPECT_FALSE(state_.space.Find(At(1, 1))->initial_known);
}

}  // namespace
}  // namespace althing
