#include "client/report/explanation.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace althing {
namespace {

// Members 0 to 2 are the replicas 10, 20 and 30; 20 answers. A tick is 10 ms.
class ExplanationTest : public ::testing::Test {
 protected:
  ExplanationTest() {
    reply_.set_replica(20);
    reply_.set_member(1);
    reply_.set_partition(4);
    for (const uint32_t id : {10, 20, 30}) reply_.add_members(id);
    reply_.set_tick_ns(10'000'000);
  }

  static void Name(v1::InstanceView& view, uint32_t coordinator, uint64_t slot) {
    view.mutable_id()->set_coordinator(coordinator);
    view.mutable_id()->set_slot(slot);
    view.set_mentioned(true);
  }
  static void Fill(v1::InstanceView& view, v1::InstancePhase phase) {
    view.set_phase(phase);
    view.set_payload_known(true);
    view.set_commands(2);
    view.set_keys(1);
    view.set_bytes(34);
    for (const uint64_t slot : {1, 0, 2}) view.add_deps(slot);
  }
  // A committed instance of 20's own behind one of 10 that it does not know and one of 30.
  void MakeTree() {
    v1::InstanceView& top = *reply_.add_instances();
    Name(top, 1, 7);
    Fill(top, v1::INSTANCE_PHASE_COMMITTED);
    for (const uint64_t slot : {0, 0, 2}) top.add_initial_deps(slot);
    top.set_fast_quorum(0b110);
    v1::InstanceView& unknown = *top.add_before();
    Name(unknown, 0, 1);
    unknown.mutable_gap()->set_times_asked(1);
    unknown.mutable_gap()->set_will_ask(true);
    unknown.mutable_gap()->set_ask_in_ticks(12);
    v1::InstanceView& accepted = *top.add_before();
    Name(accepted, 2, 2);
    Fill(accepted, v1::INSTANCE_PHASE_ACCEPTED);
    accepted.set_ballot(5);
    accepted.set_accepted_ballot(2);
    accepted.mutable_gap()->set_will_ask(true);
    accepted.mutable_gap()->set_ask_in_ticks(3);
    v1::InstanceView& cycle = *accepted.add_before();
    Name(cycle, 1, 7);
    Fill(cycle, v1::INSTANCE_PHASE_COMMITTED);
    cycle.set_shown_above(true);
    top.set_before_left_out(2);
  }
  v1::RoundView& MakeRound() {
    v1::InstanceView& view = *reply_.add_instances();
    Name(view, 1, 7);
    v1::RoundView& round = *view.mutable_round();
    round.set_asked(0b111);
    round.set_answered(0b011);
    round.set_matching(0b010);
    round.set_needed(2);
    round.set_own_vote_durable(true);
    round.set_started_ticks_ago(32);
    round.set_asked_ticks_ago(10);
    round.set_times_asked(1);
    round.set_resend_in_ticks(5);
    return round;
  }

  v1::ExplainReply reply_;
};

TEST_F(ExplanationTest, WhatMustComeBeforeIsIndented) {
  MakeTree();
  EXPECT_EQ(
      ExplanationText(reply_),
      "  1.7 committed, not executed: waits for 4 instances\n"
      "    2 commands on 1 key in 34 bytes; ballot 0, accepted in 0; deps [1 0 2]; "
      "initial deps [0 0 2]; fast quorum {20 30}\n"
      "    0.1 payload unknown, not committed: waits for word from its coordinator, replica 10; "
      "asked for it 1 time; asks again in 120 ms\n"
      "    2.2 accepted, not committed: waits for word from its coordinator, replica 30; "
      "asks in 30 ms\n"
      "      2 commands on 1 key in 34 bytes; ballot 5, accepted in 2; deps [1 0 2]\n"
      "      1.7 committed, not executed: waits for others\n"
      "        (what it waits for stands above)\n"
      "    and 2 more before it\n");
}

TEST_F(ExplanationTest, ProgramsGetTheSameTree) {
  MakeTree();
  EXPECT_EQ(ExplanationJson(reply_).dump(),
            R"({"replica":20,"partition":4,"quarantined":false,"proposals_waiting":0,"instances":[)"
            R"({"instance":"1.7","phase":"committed","executed":false,"payload_known":true,)"
            R"("commands":2,"keys":1,"bytes":34,"ballot":0,"accepted_ballot":0,"deps":[1,0,2],)"
            R"("initial_deps":[0,0,2],"fast_quorum":[20,30],"before":[)"
            R"({"instance":"0.1","phase":"none","executed":false,"payload_known":false,)"
            R"("catch_up":{"times_asked":1,"asks_in_ms":120.0}},)"
            R"({"instance":"2.2","phase":"accepted","executed":false,"payload_known":true,)"
            R"("commands":2,"keys":1,"bytes":34,"ballot":5,"accepted_ballot":2,"deps":[1,0,2],)"
            R"("catch_up":{"times_asked":0,"asks_in_ms":30.0},"before":[)"
            R"({"instance":"1.7","phase":"committed","executed":false,"payload_known":true,)"
            R"("commands":2,"keys":1,"bytes":34,"ballot":0,"accepted_ballot":0,"deps":[1,0,2],)"
            R"("shown_above":true}]}],"before_left_out":2}]})");
}

TEST_F(ExplanationTest, ItsCoordinatorTellsWhoWasAskedWhen) {
  v1::RoundView& round = MakeRound();
  EXPECT_EQ(ExplanationText(reply_),
            "  1.7 pre-accepted: coordinated here since 320 ms; asked {10 30} 100 ms ago; "
            "answered {10}, of them with the same deps {}; silent {30}; asks again in 50 ms\n");
  EXPECT_EQ(ExplanationJson(reply_)["instances"][0]["round"].dump(),
            R"({"slow_path":false,"asked":[10,20,30],"answered":[10,20],"matching":[20],)"
            R"("accepted":[],"needed":2,"own_vote_durable":true,"since_ms":320.0,)"
            R"("times_asked":1,"asked_ms_ago":100.0,"asks_in_ms":50.0})");
  round.set_accepting(true);
  round.set_accepting_ticks_ago(20);
  round.set_accepted(0b110);
  round.set_times_asked(3);
  round.set_own_vote_durable(false);
  EXPECT_EQ(ExplanationText(reply_),
            "  1.7 accepted, slow path: coordinated here since 320 ms, on the slow path since "
            "200 ms; asked {10 30} 3 times, last 100 ms ago; answered {30}; silent {10}; its own "
            "record is not durable; asks again in 50 ms\n");
  EXPECT_EQ(ExplanationJson(reply_)["instances"][0]["round"]["slow_path_since_ms"], 200.0);
}

TEST_F(ExplanationTest, ARecoveryTellsItsStepAndWhomItWaitsFor) {
  v1::InstanceView& view = *reply_.add_instances();
  Name(view, 0, 7);
  v1::RecoveryView& recovery = *view.mutable_recovery();
  const std::string start =
      "  0.7 payload unknown, not committed: waits for word from its coordinator, replica 10; ";
  const auto text = [&] { return ExplanationText(reply_); };
  const auto json = [this] { return ExplanationJson(reply_)["instances"][0]["recovery"].dump(); };
  recovery.set_start_in_ticks(7);
  EXPECT_EQ(text(), start + "recovers it in 70 ms\n");
  EXPECT_EQ(json(), R"({"step":"paused","tries":0,"starts_in_ms":70.0})");
  recovery.set_tries(2);
  EXPECT_EQ(text(), start + "tried to recover it 2 times, tries again in 70 ms\n");

  recovery.set_step(v1::RecoveryView::STEP_PREPARING);
  recovery.set_ballot(4);
  recovery.set_answered(0b110);
  recovery.set_silent(0b001);
  recovery.set_own_record_durable(true);
  recovery.set_resend_in_ticks(3);
  recovery.set_give_up_in_ticks(61);
  const std::string attempt = start + "recovers it, try 2, ballot 4: ";
  const std::string answers = "; answered {30}, silent {10}";
  const std::string end = "; asks again in 30 ms, gives up in 610 ms\n";
  EXPECT_EQ(text(), attempt + "asks who voted how" + answers + end);
  EXPECT_EQ(json(), R"({"step":"preparing","tries":2,"ballot":4,"answered":[20,30],"silent":[10],)"
                    R"("own_record_durable":true,"asks_in_ms":30.0,"gives_up_in_ms":610.0})");
  recovery.set_step(v1::RecoveryView::STEP_VALIDATING);
  recovery.set_own_record_durable(false);
  EXPECT_EQ(text(), attempt + "asks what speaks against its having been decided" + answers +
                        "; its own record is not durable" + end);
  recovery.set_own_record_durable(true);
  recovery.set_step(v1::RecoveryView::STEP_ACCEPTING);
  EXPECT_EQ(text(), attempt + "proposes its commands" + answers + end);
  view.set_noop(true);
  EXPECT_EQ(text(), attempt + "proposes noop" + answers + end + "    noop\n");
  view.set_noop(false);

  recovery.set_step(v1::RecoveryView::STEP_WAITING);
  for (const uint32_t coordinator : {1, 2}) {
    recovery.add_waits_for()->set_coordinator(coordinator);
    recovery.mutable_waits_for(static_cast<int>(coordinator) - 1)->set_slot(5);
  }
  EXPECT_EQ(text(), attempt + "waits for the outcome of 1.5 2.5" + end);
  EXPECT_EQ(json(), R"({"step":"waiting","tries":2,"ballot":4,"answered":[20,30],)"
                    R"("waits_for":["1.5","2.5"],"own_record_durable":true,"asks_in_ms":30.0,)"
                    R"("gives_up_in_ms":610.0})");

  view.mutable_id()->set_coordinator(1);
  EXPECT_EQ(text(),
            "  1.7 given up by its coordinator, this replica: a higher ballot has it; recovers it, "
            "try 2, ballot 4: waits for the outcome of 1.5 2.5" +
                end);
}

TEST_F(ExplanationTest, EachStateHasItsWords) {
  const auto text = [this](uint32_t coordinator, const auto& change) {
    reply_.clear_instances();
    Name(*reply_.add_instances(), coordinator, 7);
    change(*reply_.mutable_instances(0));
    const std::string all = ExplanationText(reply_);
    return all.substr(0, all.find('\n'));
  };
  EXPECT_EQ(text(0, [](v1::InstanceView& v) { v.set_mentioned(false); }),
            "  0.7 unknown here: no message named it");
  EXPECT_EQ(text(1, [](v1::InstanceView& v) { v.set_mentioned(false); }),
            "  1.7 has not been proposed by its coordinator, this replica");
  EXPECT_EQ(text(1, [](v1::InstanceView& v) { Fill(v, v1::INSTANCE_PHASE_ACCEPTED); }),
            "  1.7 given up by its coordinator, this replica: a higher ballot has it");
  EXPECT_EQ(text(0, [](v1::InstanceView& v) { v.set_payload_known(true); }),
            "  0.7 payload known, not committed: waits for word from its coordinator, replica 10");
  EXPECT_EQ(text(0, [](v1::InstanceView& v) { Fill(v, v1::INSTANCE_PHASE_PRE_ACCEPTED); }),
            "  0.7 pre-accepted, not committed: waits for word from its coordinator, replica 10");
  EXPECT_EQ(text(0, [](v1::InstanceView& v) { Fill(v, v1::INSTANCE_PHASE_COMMITTED); }),
            "  0.7 committed, not executed: its turn comes");
  EXPECT_EQ(text(0,
                 [](v1::InstanceView& v) {
                   Fill(v, v1::INSTANCE_PHASE_COMMITTED);
                   v.set_cut(true);
                 }),
            "  0.7 committed, not executed: waits for others");
  EXPECT_EQ(ExplanationJson(reply_)["instances"][0]["cut"], true);
  EXPECT_TRUE(absl::EndsWith(ExplanationText(reply_), "    (older ones were not looked for)\n"));
  const auto executed = [](v1::InstanceView& v) { v.set_executed(true); };
  EXPECT_EQ(text(0, executed), "  0.7 executed");
  const auto collected = [](v1::InstanceView& v) {
    v.set_phase(v1::INSTANCE_PHASE_COMMITTED);
    v.set_executed(true);
    v.set_collected(true);
  };
  EXPECT_EQ(text(0, collected), "  0.7 executed by all replicas, and its details are gone");
  EXPECT_EQ(ExplanationJson(reply_)["instances"][0].dump(),
            R"({"instance":"0.7","phase":"committed","executed":true,"payload_known":false,)"
            R"("collected":true})");
  EXPECT_EQ(text(0,
                 [&](v1::InstanceView& v) {
                   executed(v);
                   v.set_noop(true);
                 }),
            "  0.7 executed, as noop");
}

TEST_F(ExplanationTest, TheReplicaHasALineForWhatConcernsIt) {
  EXPECT_EQ(ExplanationText(reply_), "  no instance that touches it is known\n");
  reply_.set_quarantined(true);
  reply_.set_proposals_waiting(1);
  reply_.set_instances_left_out(3);
  Name(*reply_.add_instances(), 0, 7);
  Fill(*reply_.mutable_instances(0), v1::INSTANCE_PHASE_COMMITTED);
  EXPECT_EQ(ExplanationText(reply_),
            "  partition 4 is quarantined: two outcomes were seen for one instance; see the log\n"
            "  1 proposal waits here to be put into an instance\n"
            "  0.7 committed, never executed: the partition is quarantined\n"
            "    2 commands on 1 key in 34 bytes; ballot 0, accepted in 0; deps [1 0 2]\n"
            "  and at least 3 older ones that touch the key\n");
  EXPECT_EQ(ExplanationJson(reply_)["instances_left_out"], 3);
  EXPECT_EQ(ExplanationJson(reply_)["quarantined"], true);
}

}  // namespace
}  // namespace althing
