#include "replica/core/epaxos/recovery.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// Member 0 of five recovers 4.1: F(4.1) = {4 0 1}, e2 = 1, quorums of 3. Its ballots are 5, 10, ...
// Put("k") is printed as K.
class RecoveryTest : public StateFixture {
 protected:
  RecoveryTest() : StateFixture(5) {}

  static std::string Text(const google::protobuf::Message& message) {
    return absl::StrReplaceAll(message.ShortDebugString(),
                               {{absl::CEscape(Put("k")), "K"},
                                {"id { coordinator: 4 slot: 1 }", "4.1"},
                                {"deps: 0 deps: 0 deps: 0 deps: 0 deps: 0", "deps: none"}});
  }
  // "to {1 2} after POSITION: TEXT", a line each.
  std::string Sends() {
    std::string text;
    for (const Send& send : output_.sends) {
      std::string to;
      for (const MemberIndex m : send.to) absl::StrAppend(&to, to.empty() ? "" : " ", m.value);
      absl::StrAppend(&text, "to {", to, "} after ", send.after.value, ": ", Text(send.envelope),
                      "\n");
    }
    output_.sends.clear();
    return text;
  }
  std::string TakeRecords() {
    std::string text;
    for (const pb::Record& record : output_.records) text += Text(record) + "\n";
    output_.records.clear();
    return text;
  }
  void Flush() {
    state_.durable = state_.appended;
    recovery_.OnFlushed();
  }
  void UntilNextTick() {
    ASSERT_NE(recovery_.next_tick(), kNever);
    state_.now = std::max(state_.now, recovery_.next_tick());
    recovery_.OnTick();
  }
  // Its Recover is on the way.
  void Start(bool durable = true) {
    recovery_.Want(id_, 0);
    UntilNextTick();
    if (durable) Flush();
    Sends();
    TakeRecords();
  }
  // The own vote: with the initial deps, or with one more.
  void Voted(bool matching) {
    Instance& instance = PreAccepted(id_);
    instance.initial_known = instance.payload_logged = true;
    instance.fast_quorum = MemberSet(19);
    instance.deps = MakeDeps({0, 0, matching ? 0u : 7u, 0, 0});
  }

  pb::RecoverOk Answer(pb::RecoverOk::Phase phase, Ballot ballot = 5) const {
    pb::RecoverOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    message.set_phase(phase);
    return message;
  }
  pb::RecoverOk Vote(std::vector<Slot> deps) const {
    pb::RecoverOk message = Answer(pb::RecoverOk::PHASE_PRE_ACCEPTED);
    message.set_payload(Put("k"));
    message.mutable_deps()->Add(deps.begin(), deps.end());
    for (int r = 0; r < 5; ++r) message.add_initial_deps(0);
    message.set_fast_quorum(19);
    return message;
  }
  pb::RecoverOk Matching() const { return Vote({0, 0, 0, 0, 0}); }
  pb::RecoverOk Other() const { return Vote({0, 0, 7, 0, 0}); }
  pb::RecoverOk Nothing() const { return Answer(pb::RecoverOk::PHASE_NONE); }
  pb::RecoverOk Accepted(Ballot ballot, std::optional<std::vector<Slot>> deps) const {
    pb::RecoverOk message = Answer(pb::RecoverOk::PHASE_ACCEPTED);
    message.set_accepted_ballot(ballot);
    message.set_noop(!deps);
    if (deps) message.set_payload(Put("k"));
    if (!deps) deps.emplace(5);
    message.mutable_deps()->Add(deps->begin(), deps->end());
    return message;
  }
  void Hear(int from, const pb::RecoverOk& message) {
    EXPECT_TRUE(recovery_.OnRecoverOk(Member(from), message).ok());
  }
  void Validated(int from, std::map<InstanceId, bool> invalidators = {}) {
    pb::ValidateOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(5);
    for (const auto& [other, committed] : invalidators) {
      auto& invalidator = *message.add_invalidators();
      ToProto(other, invalidator.mutable_id());
      invalidator.set_committed(committed);
    }
    EXPECT_TRUE(recovery_.OnValidateOk(Member(from), message).ok());
  }
  void AcceptOk(int from, Ballot ballot = 5) {
    pb::AcceptOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    recovery_.OnAcceptOk(Member(from), message);
  }
  void Nack(Ballot ballot) {
    pb::Nack message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    recovery_.OnNack(message);
  }
  void HearWaiting(InstanceId id, uint32_t voters) {
    pb::Waiting message;
    ToProto(id, message.mutable_id());
    message.set_voters(voters);
    recovery_.OnWaiting(message);
  }
  // Waits for 3.1 with the quorum {0 1 2}, or {0 2 3} if 1 is late: all of it pre-accepted it as
  // proposed.
  void Wait(int second = 1, int third = 2) {
    Voted(true);
    Start();
    Hear(second, Matching());
    Hear(third, Matching());
    Validated(second, {{At(3, 1), false}});
    Validated(third);
    Flush();
    Sends();
    TakeRecords();
  }

  const std::string kNoop =
      "to {1 2 3 4} after 2: accept { 4.1 ballot: 5 noop: true deps: none }\n";
  // The own Validate and the Accept are records 2 and 3.
  const std::string kLateNoop =
      "to {1 2 3 4} after 3: accept { 4.1 ballot: 5 noop: true deps: none }\n";
  const std::string kPayload =
      "to {1 2 3 4} after 3: accept { 4.1 ballot: 5 payload: \"K\" deps: none }\n";
  const std::string kValidate =
      "validate { 4.1 ballot: 5 payload: \"K\" initial_deps: 0 initial_deps: 0 initial_deps: 0 "
      "initial_deps: 0 initial_deps: 0 fast_quorum: 19 }\n";

  const InstanceId id_ = At(4, 1);
  bool coordinated_ = false;
  std::string decided_;
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [this](InstanceId) { return coordinated_; },
                     [this](InstanceId id, Instance& instance) {
                       decided_ += ToString(id) +
                                   (instance.value == Value::kNoop ? " noop\n" : " payload\n");
                       instance.phase = Phase::kCommitted;
                       recovery_.OnCommitted(id);
                     }};
};

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
  EXPECT_EQ(TakeRecords(), "accepted { 4.1 noop: true deps: none ballot: 5 }\n");
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

TEST_F(RecoveryTest, ThePlacesAreBoundedAndGoRound) {
  for (Slot slot = 1; slot <= kRecoveriesMax + 1; ++slot) recovery_.Want(At(4, slot), 0);
  UntilNextTick();
  EXPECT_EQ(output_.sends.size(), kRecoveriesMax);
  EXPECT_EQ(state_.space.Find(At(4, kRecoveriesMax + 1)), nullptr);
  Sends();
  // One that comes to nothing leaves its place to the one that is wanted again.
  Nack(7);
  recovery_.Want(At(4, kRecoveriesMax + 1), 0);
  recovery_.OnTick();
  EXPECT_NE(state_.space.Find(At(4, kRecoveriesMax + 1)), nullptr);
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

// ---- Validation

TEST_F(RecoveryTest, WithoutInvalidatorsThePayloadIsProposedWithItsInitialDeps) {
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
  UntilNextTick();
  EXPECT_EQ(Sends(), "to {2} after 2: " + kValidate);
  Validated(2);
  EXPECT_EQ(Sends(), kPayload);
  Flush();
  AcceptOk(1);
  AcceptOk(2);
  EXPECT_EQ(decided_, "4.1 payload\n");
}

TEST_F(RecoveryTest, AnInvalidatorThatIsCommittedEndsItAsNoop) {
  Voted(true);
  Start();
  Hear(1, Matching());
  Hear(2, Matching());
  Validated(1, {{At(3, 1), true}});
  Sends();
  Validated(2, {{At(3, 1), false}});  // Who has not heard of it yet.
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, ItsOwnInvalidatorsCountToo) {
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

TEST_F(RecoveryTest, ThePendingOnesCoordinatorIsOut) {
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

TEST_F(RecoveryTest, WaitsForAPendingInvalidatorAndHasItRecovered) {
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

TEST_F(RecoveryTest, EndsAsNoopWhenTheInvalidatorCommitsWithoutIt) {
  Wait();
  Committed(At(3, 1));
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, EndsAsPayloadWhenTheInvalidatorCommitsWithItOrAsNoop) {
  Wait();
  Committed(At(3, 1)).deps = MakeDeps({0, 0, 0, 0, 1});
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryTest, EndsAsPayloadWhenTheInvalidatorIsANoop) {
  Wait();
  Committed(At(3, 1)).value = Value::kNoop;
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), kPayload);
}

TEST_F(RecoveryTest, EndsAsNoopWhenTheInvalidatorsVotersMakeItImpossible) {
  Wait();
  HearWaiting(At(3, 1), 1 << 3);
  HearWaiting(At(3, 1), 1 << 3 | 1 << 2);  // Two are out, nobody of F.
  HearWaiting(At(2, 1), 1 << 1);           // Not what it waits for.
  EXPECT_EQ(Sends(), "");
  HearWaiting(At(3, 1), 1 << 3 | 1 << 1);
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, ALateAnswerThatAcceptedIsAdopted) {
  Wait();
  Hear(3, Accepted(3, std::nullopt));
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, ALateCoordinatorThatIsIntactEndsItAsNoop) {
  Wait();
  pb::RecoverOk coordinator = Matching();
  coordinator.set_intact(true);
  Hear(4, coordinator);
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, ALateAnswerThatDoesNotMatchIsOut) {
  Wait(2, 3);
  Hear(1, Other());
  EXPECT_EQ(Sends(), kLateNoop);
}

TEST_F(RecoveryTest, ALateAnswerThatMatchesIsAVoter) {
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

TEST_F(RecoveryTest, AWaitThatIsTooLongBeginsAnewWithAHigherBallot) {
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
