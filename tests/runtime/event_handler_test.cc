#include "replica/runtime/event_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::althing::testing::Change;
using ::althing::testing::FakeCore;
using ::althing::testing::FakeLog;
using ::althing::testing::FakeTransport;
using ::althing::testing::FromPeer;
using ::althing::testing::HeartbeatEnvelope;
using ::althing::testing::Journal;
using ::althing::testing::OkReply;
using ::althing::testing::Proposal;
using ::althing::testing::Take;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class EventHandlerTest : public ::testing::Test {
 protected:
  void Handle(MsgContainer message) { handler_.Handle(message); }
  void HandleFromTwoPeers() {
    Handle(Change(1, true));
    Handle(Change(3, true));
    handler_.EndTurn();
    Take(journal_);
  }

  Journal journal_;
  FakeLog log_{journal_};
  FakeTransport transport_{journal_};
  FakeCore core_{journal_, 3};
  Metrics metrics_{5, 3, "{}"};
  Trace trace_{MemberIndex{0}};
  OutputRouter router_{{.partitions = 3}, log_, transport_, metrics_, trace_};
  std::string refusal_;
  int64_t refused_until_ns_ = 0;
  EventHandler handler_{
      {.self = MemberIndex{0},
       .members = 5,
       .slow_size = 3,
       .refusal = [this](int64_t now_ns) { return now_ns < refused_until_ns_ ? refusal_ : ""; }},
      core_,
      router_,
      transport_,
      metrics_,
      trace_};
};

TEST_F(EventHandlerTest, EndsTheTurnOfEachTouchedPartitionOnceAscending) {
  HandleFromTwoPeers();
  handler_.SetNow({0, LogicalTime{4}});
  Handle(FromPeer(2, 1, HeartbeatEnvelope(2)));
  Handle(Proposal(0, 11));
  Handle(FromPeer(2, 3, HeartbeatEnvelope(2)));
  handler_.EndTurn();
  EXPECT_THAT(Take(journal_),
              ElementsAre("p2 t4 Receive Heartbeat from 1", "p0 t4 Propose 11",
                          "p2 t4 Receive Heartbeat from 3", "p0 t4 EndTurn", "p2 t4 EndTurn"));
  handler_.EndTurn();
  EXPECT_THAT(journal_, ElementsAre());
}

TEST_F(EventHandlerTest, TellsEveryPartitionOfAChangeAndKeepsTheSet) {
  EXPECT_EQ(handler_.reachable(), MemberSet(0b00001));
  EXPECT_FALSE(handler_.ready());
  Handle(Change(4, true));
  Handle(Change(2, true));
  EXPECT_EQ(handler_.reachable(), MemberSet(0b10101));
  EXPECT_TRUE(handler_.ready());
  Take(journal_);
  Handle(Change(4, false));
  EXPECT_EQ(handler_.reachable(), MemberSet(0b00101));
  EXPECT_FALSE(handler_.ready());
  EXPECT_THAT(journal_, ElementsAre("p0 t0 Peer 4 down", "p1 t0 Peer 4 down", "p2 t0 Peer 4 down"));
}

TEST_F(EventHandlerTest, RefusesProposalsWithoutAQuorum) {
  Handle(Change(1, true));
  handler_.EndTurn();
  Take(journal_);
  Handle(Proposal(0, 11));
  handler_.EndTurn();
  EXPECT_THAT(journal_, ElementsAre("answer 11 UNAVAILABLE"));
  EXPECT_EQ(std::string(transport_.statuses[0].message()),
            "only 2 of 5 replicas can be reached from here, this one included, and 3 are needed; "
            "the write did not happen: try another replica, or later");
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"UNAVAILABLE\": 1"));
}

TEST_F(EventHandlerTest, RefusesProposalsWhereThereIsNoRoomButHandlesPeers) {
  HandleFromTwoPeers();
  refusal_ = "the disk is nearly full";
  refused_until_ns_ = 1000;
  handler_.SetNow({999, LogicalTime{}});
  Handle(Proposal(0, 11));
  Handle(FromPeer(0, 1, HeartbeatEnvelope(0)));
  EXPECT_THAT(journal_,
              ElementsAre("answer 11 RESOURCE_EXHAUSTED", "p0 t0 Receive Heartbeat from 1"));
  EXPECT_EQ(std::string(transport_.statuses[0].message()), refusal_);
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"NoRoom\": 1"));
  handler_.SetNow({1000, LogicalTime{}});
  Take(journal_);
  Handle(Proposal(0, 12));
  EXPECT_THAT(journal_, ElementsAre("p0 t0 Propose 12"));
}

TEST_F(EventHandlerTest, RefusesProposalsWhoseDeadlineHasPassed) {
  HandleFromTwoPeers();
  handler_.SetNow({1000, LogicalTime{}});
  Handle(Proposal(0, 11, /*deadline_ns=*/1000));
  Handle(Proposal(0, 12, /*deadline_ns=*/1001));
  EXPECT_THAT(journal_, ElementsAre("answer 11 DEADLINE_EXCEEDED", "p0 t0 Propose 12"));
  EXPECT_EQ(std::string(transport_.statuses[0].message()),
            "not proposed: the deadline passed while it waited; the write did not happen");
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Expired\": 1"));
}

TEST_F(EventHandlerTest, RefusesProposalsWithTooLittleTimeLeftForAnAnswer) {
  HandleFromTwoPeers();
  Handle(Proposal(0, 11));
  core_.script = [](PartitionId, const Input& input, Output& output) {
    if (std::holds_alternative<Tick>(input)) output.replies.push_back(OkReply(11));
    if (std::holds_alternative<Propose>(input)) output.next_tick = LogicalTime{1};
  };
  Handle(Proposal(0, 12));
  handler_.SetNow({300, LogicalTime{1}});
  handler_.TickDue(10);  // 11 is answered, after 300 ns.
  journal_.clear();
  transport_.statuses.clear();
  Handle(Proposal(0, 13, /*deadline_ns=*/900, /*arrival_ns=*/-2100));
  Handle(Proposal(0, 14, /*deadline_ns=*/901, /*arrival_ns=*/-2100));
  Handle(Proposal(0, 15, /*deadline_ns=*/400, /*arrival_ns=*/300));
  EXPECT_THAT(journal_,
              ElementsAre("answer 13 DEADLINE_EXCEEDED", "p0 t1 Propose 14", "p0 t1 Propose 15"));
  EXPECT_EQ(std::string(transport_.statuses[0].message()),
            "not proposed: it waited until too little of its time was left for an answer; the "
            "write did not happen");
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Expired\": 1"));
}

TEST_F(EventHandlerTest, ATakenBackOrExpiredProposalIsAnsweredOnce) {
  HandleFromTwoPeers();
  MsgContainer expired{PartitionId{0}, 0, ProposalExpired{RequestId{11}}};
  Handle(std::move(expired));
  EXPECT_THAT(journal_, ElementsAre("p0 t0 Cancel 11", "expire 11"));
}

TEST_F(EventHandlerTest, AnAnswerThatNobodyWaitsForIsNotCounted) {
  transport_.gone = {RequestId{11}};
  Handle(Proposal(0, 11));
  EXPECT_THAT(journal_, ElementsAre("answer 11 UNAVAILABLE"));
  EXPECT_THAT(metrics_.ToJson(), Not(HasSubstr("\"UNAVAILABLE\"")));
}

TEST_F(EventHandlerTest, RefusesProposalsInTheWordsGivenButHandlesPeers) {
  HandleFromTwoPeers();
  handler_.RefuseProposals("the replica is shutting down");
  Handle(Proposal(0, 11));
  Handle(FromPeer(0, 1, HeartbeatEnvelope(0)));
  EXPECT_THAT(journal_, ElementsAre("answer 11 UNAVAILABLE", "p0 t0 Receive Heartbeat from 1"));
  EXPECT_EQ(std::string(transport_.statuses[0].message()),
            "the replica is shutting down; the write did not happen");
}

TEST_F(EventHandlerTest, RunsControls) {
  MsgContainer control{PartitionId{}, 0, Control{[this] { journal_.push_back("control"); }}};
  handler_.Handle(control);
  EXPECT_THAT(journal_, ElementsAre("control"));
}

TEST_F(EventHandlerTest, HandsTheMessageOverWhole) {
  pb::Envelope received;
  std::string batch;
  core_.script = [&](PartitionId, const Input& input, Output&) {
    if (const auto* receive = std::get_if<Receive>(&input)) received = receive->envelope;
    if (const auto* propose = std::get_if<Propose>(&input)) batch = propose->batch;
  };
  HandleFromTwoPeers();
  Handle(FromPeer(1, 3, HeartbeatEnvelope(1)));
  Handle(Proposal(1, 5));
  EXPECT_EQ(received.SerializeAsString(), HeartbeatEnvelope(1).SerializeAsString());
  EXPECT_EQ(batch, "batch");
}

TEST_F(EventHandlerTest, TicksWhoAskedWhenTheTimeHasComeAndNobodyElse) {
  core_.script = [](PartitionId partition, const Input& input, Output& output) {
    if (std::holds_alternative<Tick>(input)) return;
    output.next_tick = partition.value == 1 ? kNever : LogicalTime{7 - partition.value};
  };
  handler_.SetNow({0, LogicalTime{2}});
  for (uint32_t p = 0; p < 3; ++p) Handle(FromPeer(p, 1, HeartbeatEnvelope(p)));
  Take(journal_);
  EXPECT_EQ(handler_.next_tick(), LogicalTime{5});
  handler_.TickDue(10);
  EXPECT_THAT(Take(journal_), ElementsAre());
  handler_.SetNow({0, LogicalTime{9}});
  handler_.TickDue(10);
  EXPECT_THAT(Take(journal_), ElementsAre("p2 t9 Tick", "p0 t9 Tick"));
  EXPECT_EQ(handler_.next_tick(), kNever);
  handler_.TickDue(10);
  EXPECT_THAT(journal_, ElementsAre());
}

TEST_F(EventHandlerTest, ATimeInThePastStandsBehindThoseWhoWaitLonger) {
  core_.script = [](PartitionId partition, const Input&, Output& output) {
    output.next_tick = LogicalTime{partition.value == 0 ? 0u : 3u};
  };
  handler_.SetNow({0, LogicalTime{3}});
  Handle(FromPeer(1, 1, HeartbeatEnvelope(1)));
  handler_.SetNow({0, LogicalTime{4}});
  Handle(FromPeer(0, 1, HeartbeatEnvelope(0)));
  Take(journal_);
  EXPECT_EQ(handler_.next_tick(), LogicalTime{3});
  handler_.TickDue(1);
  handler_.TickDue(1);
  EXPECT_THAT(journal_, ElementsAre("p1 t4 Tick", "p0 t4 Tick"));
}

TEST_F(EventHandlerTest, StepsWhatAFlushCompletedAndEndsItsTurn) {
  handler_.OnDurable({PartitionId{2}, LogPosition{6}});
  handler_.EndTurn();
  EXPECT_THAT(journal_, ElementsAre("p2 t0 Flushed 6", "p2 t0 EndTurn"));
}

TEST_F(EventHandlerTest, CountsWhatPeersSendAndHowLongItWaited) {
  handler_.SetNow({500, LogicalTime{}});
  Handle(FromPeer(1, 3, HeartbeatEnvelope(1), /*arrival_ns=*/100));
  const std::string json = metrics_.ToJson();
  EXPECT_THAT(json, HasSubstr("\"Receives\": 1,"));
  EXPECT_THAT(json, HasSubstr("\"QueueDelayNs\": {\n    \"Count\": 1,\n    \"Sum\": 400,"));
}

TEST_F(EventHandlerTest, TellsTheMetricsWhatWaitsAtTheEndOfATurn) {
  HandleFromTwoPeers();
  core_.waits = {5, 0, 7};
  Handle(Proposal(0, 11));
  Handle(Proposal(2, 12));
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\n  \"ProposalsWaiting\": 0"));
  handler_.EndTurn();
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\n  \"ProposalsWaiting\": 12"));
  core_.waits = {5, 0, 6};
  Handle(Proposal(2, 13));
  handler_.EndTurn();
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\n  \"ProposalsWaiting\": 11"));
}

}  // namespace
}  // namespace althing
