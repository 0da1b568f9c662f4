// What Recovery tells of itself, in each of its steps.
#include <vector>

#include "gtest/gtest.h"
#include "replica/core/epaxos/recovery.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// Member 0 of five recovers 4.1 in ballot 5: F(4.1) = {4 0 1}, quorums of 3.
class RecoveryViewTest : public StateFixture {
 protected:
  RecoveryViewTest() : StateFixture(5) {
    Instance& instance = PreAccepted(id_);
    instance.initial_known = instance.payload_logged = true;
    instance.fast_quorum = MemberSet(0b10011);
  }

  // As it is `later` ticks from now.
  std::string View(uint64_t later = 0) const {
    pb::RecoveryView view;
    if (!recovery_.Describe(id_, LogicalTime{state_.now.value + later}, view)) return "none";
    return view.ShortDebugString();
  }
  void Tick() {
    state_.now = std::max(state_.now, recovery_.next_tick());
    recovery_.OnTick();
  }
  void Flush() {
    state_.durable = state_.appended;
    recovery_.OnFlushed();
  }
  void Start() {
    recovery_.Want(id_, 0);
    Tick();
    Flush();
  }
  void Hear(int from) {
    pb::RecoverOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(5);
    message.set_phase(pb::RecoverOk::PHASE_PRE_ACCEPTED);
    message.set_payload(Put("k"));
    for (int r = 0; r < 5; ++r) {
      message.add_deps(0);
      message.add_initial_deps(0);
    }
    message.set_fast_quorum(0b10011);
    EXPECT_TRUE(recovery_.OnRecoverOk(Member(from), message).ok());
  }
  void Validated(int from, std::vector<InstanceId> invalidators = {}) {
    pb::ValidateOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(5);
    for (const InstanceId other : invalidators) {
      ToProto(other, message.add_invalidators()->mutable_id());
    }
    EXPECT_TRUE(recovery_.OnValidateOk(Member(from), message).ok());
  }

  const InstanceId id_ = At(4, 1);
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [](InstanceId) { return false; },
                     [](InstanceId, Instance&) {}};
};

TEST_F(RecoveryViewTest, BeforeItStartsThereIsATime) {
  EXPECT_EQ(View(), "none");
  recovery_.Want(id_, 30);
  EXPECT_EQ(View(/*later=*/10), "start_in_ticks: 20");
  EXPECT_EQ(View(/*later=*/40), "");
}

TEST_F(RecoveryViewTest, TellsWhoHasPromisedAndWhoIsSilent) {
  recovery_.Want(id_, 0);
  Tick();
  EXPECT_EQ(View(/*later=*/4),
            "step: STEP_PREPARING tries: 1 ballot: 5 answered: 1 silent: 30 resend_in_ticks: 6 "
            "give_up_in_ticks: 76");
  Flush();
  Hear(3);
  EXPECT_EQ(View(),
            "step: STEP_PREPARING tries: 1 ballot: 5 answered: 9 silent: 22 "
            "own_record_durable: true resend_in_ticks: 10 give_up_in_ticks: 80");
}

TEST_F(RecoveryViewTest, TellsWhoHasValidated) {
  Start();
  Hear(1);
  Hear(2);
  Flush();
  Validated(2);
  EXPECT_EQ(View(),
            "step: STEP_VALIDATING tries: 1 ballot: 5 answered: 5 silent: 2 "
            "own_record_durable: true resend_in_ticks: 10 give_up_in_ticks: 80");
}

TEST_F(RecoveryViewTest, TellsForWhatItWaitsAndForgetsWhatIsCommitted) {
  Start();
  Hear(1);
  Hear(2);
  Flush();
  Validated(1, {At(3, 1)});
  Validated(2, {At(3, 2)});
  EXPECT_EQ(View(),
            "step: STEP_WAITING tries: 1 ballot: 5 answered: 7 waits_for { coordinator: 3 slot: 1 "
            "} waits_for { coordinator: 3 slot: 2 } own_record_durable: true resend_in_ticks: 10 "
            "give_up_in_ticks: 80");
  Instance& other = Committed(At(3, 1));
  other.deps = MakeDeps({0, 0, 0, 0, 1});
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(View(),
            "step: STEP_WAITING tries: 1 ballot: 5 answered: 7 waits_for { coordinator: 3 slot: 2 "
            "} own_record_durable: true resend_in_ticks: 10 give_up_in_ticks: 80");
}

TEST_F(RecoveryViewTest, TellsWhoHasAccepted) {
  Start();
  Hear(1);
  Hear(2);
  Validated(1);
  Validated(2);
  EXPECT_EQ(View(),
            "step: STEP_ACCEPTING tries: 1 ballot: 5 answered: 1 silent: 30 resend_in_ticks: 10 "
            "give_up_in_ticks: 80");
  pb::AcceptOk ok;
  ToProto(id_, ok.mutable_id());
  ok.set_ballot(5);
  recovery_.OnAcceptOk(Member(3), ok);
  EXPECT_EQ(View(),
            "step: STEP_ACCEPTING tries: 1 ballot: 5 answered: 9 silent: 22 resend_in_ticks: 10 "
            "give_up_in_ticks: 80");
}

TEST_F(RecoveryViewTest, AfterARefusalItPausesAndCountsItsTries) {
  Start();
  pb::Nack nack;
  ToProto(id_, nack.mutable_id());
  nack.set_ballot(7);
  recovery_.OnNack(nack);
  const uint64_t pause = recovery_.next_tick().value - state_.now.value;
  EXPECT_EQ(View(), "tries: 1 start_in_ticks: " + std::to_string(pause));
  Tick();
  pb::RecoveryView view;
  EXPECT_TRUE(recovery_.Describe(id_, state_.now, view));
  EXPECT_EQ(view.tries(), 2u);
  EXPECT_EQ(view.ballot(), 10u);
}

}  // namespace
}  // namespace althing
