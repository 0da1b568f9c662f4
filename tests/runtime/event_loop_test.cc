#include "replica/runtime/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"
#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::althing::testing::Change;
using ::althing::testing::CommitEnvelope;
using ::althing::testing::FakeClock;
using ::althing::testing::FakeCore;
using ::althing::testing::FakeLog;
using ::althing::testing::FakeTransport;
using ::althing::testing::FromPeer;
using ::althing::testing::HeartbeatEnvelope;
using ::althing::testing::Journal;
using ::althing::testing::OkReply;
using ::althing::testing::Proposal;
using ::althing::testing::RecordOf;
using ::testing::ElementsAre;

// Each Poll notes its deadline and runs the next step of the script; the last one stops the loop.
class ScriptedSource : public EventSource {
 public:
  ScriptedSource(Journal& journal, Channel& channel) : journal_(journal), channel_(channel) {}
  void Poll(int64_t deadline_ns) override {
    journal_.push_back(absl::StrCat("poll until ", deadline_ns));
    if (steps.empty()) {
      ASSERT_TRUE(channel_.Push({PartitionId{}, 0, Control{stop}}).ok());
      return;
    }
    const std::function<void()> step = std::move(steps.front());
    steps.pop_front();
    step();
  }

  std::deque<std::function<void()>> steps;
  std::function<void()> stop;

 private:
  Journal& journal_;
  Channel& channel_;
};

class EventLoopTest : public ::testing::Test {
 protected:
  EventLoopTest() { transport_.journal_end_turn = true; }

  void MakeLoop() {
    loop_ = std::make_unique<EventLoop>(
        options_, EventLoop::Parts{core_, log_, channel_, scheduler_, source_, transport_, clock_,
                                   metrics_, trace_});
  }
  // Runs one turn per step, and one more that stops.
  void Run(std::deque<std::function<void()>> steps) {
    MakeLoop();
    source_.steps = std::move(steps);
    source_.stop = [this] { loop_->Stop(); };
    loop_->Run();
  }
  void Push(MsgContainer message) { ASSERT_TRUE(channel_.Push(std::move(message)).ok()); }
  void At(int64_t now_ns) { clock_.now_ns = now_ns; }

  EventLoopOptions options_{.self = MemberIndex{0}, .members = 2, .slow_size = 1, .tick_ns = 100};
  Journal journal_;
  FakeLog log_{journal_};
  FakeTransport transport_{journal_};
  FakeCore core_{journal_, 2};
  FakeClock clock_;
  Channel channel_{2, 100, 100};
  Scheduler<MsgContainer> scheduler_;
  ScriptedSource source_{journal_, channel_};
  Metrics metrics_{2, 2, "{}"};
  Trace trace_{MemberIndex{0}};
  std::unique_ptr<EventLoop> loop_;
};

TEST_F(EventLoopTest, AProposalIsAnsweredBehindTheFlushOfItsRecord) {
  core_.script = [](PartitionId, const Input& input, Output& output) {
    if (std::holds_alternative<EndTurn>(input) || std::holds_alternative<Flushed>(input)) return;
    output.records.push_back(RecordOf(1));
    output.sends.push_back({MemberSet(0b10), CommitEnvelope(1), LogPosition{0}});
    output.replies.push_back(OkReply(7, 1));
  };
  Run({[this] { Push(Proposal(1, 7)); }});
  EXPECT_THAT(journal_,
              ElementsAre("poll until 1000000000",                                  //
                          "p1 t0 Propose 7", "append 1 p1", "send Commit to 1 p1",  //
                          "p1 t0 EndTurn", "flush 1", "answer 7 OK",                //
                          "p1 t0 Flushed 1", "p1 t0 EndTurn", "end turn",           //
                          "poll until 1000000000", "end turn"));
}

// The transport tells the registry, which tells the channel: here the script does.
TEST_F(EventLoopTest, PulsesGoOutEachIntervalAndSilenceIsSuspected) {
  options_.heartbeat_ns = 200;
  options_.suspect_ns = 600;
  const MemberIndex peer{1};
  Run({[] {}, [this] { At(100); }, [this] { At(200); }, [this] { At(400); },
       [this] {
         At(600);
         EXPECT_FALSE(transport_.health[MemberIndex{1}].suspected);
       },
       [this] {
         EXPECT_TRUE(transport_.health[MemberIndex{1}].suspected);
         EXPECT_EQ(transport_.health[MemberIndex{1}].suspicions, 1u);
         // A sign of life, and it goes on.
         pb::Pulse pulse;
         pulse.set_sent_ns(77);
         pulse.set_echo_ns(transport_.beats.back().second.sent_ns());
         At(650);
         Push({PartitionId{}, 650, PeerPulse{MemberIndex{1}, pulse}});
       },
       [this] {
         EXPECT_FALSE(transport_.health[MemberIndex{1}].suspected);
         EXPECT_EQ(transport_.health[MemberIndex{1}].round_trip_ns, 50);
         At(800);
       }});
  ASSERT_EQ(transport_.beats.size(), 5u);  // At 0, 200, 400, 600 and 800.
  for (const auto& [to, pulse] : transport_.beats) EXPECT_EQ(to, peer);
  EXPECT_EQ(transport_.beats[1].second.sent_ns(), 200u);
  EXPECT_EQ(transport_.beats[1].second.echo_ns(), 0u);
  EXPECT_EQ(transport_.beats[4].second.echo_ns(), 77u);
  EXPECT_EQ(transport_.beats[4].second.held_ns(), 150u);
  EXPECT_THAT(journal_, ElementsAre("poll until 0", "end turn", "poll until 200", "end turn",
                                    "poll until 200", "end turn", "poll until 400", "end turn",
                                    "poll until 600", "end turn", "poll until 800", "end turn",
                                    "poll until 800", "end turn", "poll until 1000", "end turn"));
}

// What follows from a suspicion is handled in the next turn, which does not wait.
TEST_F(EventLoopTest, ASuspicionIsActedOnAtOnce) {
  options_.heartbeat_ns = 200;
  options_.suspect_ns = 600;
  transport_.on_health = [this](MemberIndex peer, const PeerView& view) {
    if (view.suspected) Push(Change(peer.value, false));
  };
  Run({[] {}, [this] { At(200); }, [this] { At(400); }, [this] { At(600); }, [] {}});
  EXPECT_THAT(journal_, ElementsAre("poll until 0", "end turn", "poll until 200", "end turn",
                                    "poll until 400", "end turn", "poll until 600", "end turn",  //
                                    "poll until 600", "p0 t6 Peer 1 down", "p1 t6 Peer 1 down",
                                    "p0 t6 EndTurn", "p1 t6 EndTurn", "end turn", "poll until 800",
                                    "end turn"));
}

TEST_F(EventLoopTest, WhatAFlushAppendsIsFlushedInTheNextTurnAtOnce) {
  core_.script = [](PartitionId, const Input& input, Output& output) {
    const auto* flushed = std::get_if<Flushed>(&input);
    if (flushed != nullptr && flushed->position.value == 2) return;
    if (std::holds_alternative<EndTurn>(input)) return;
    output.records.push_back(RecordOf(0));
    if (flushed != nullptr) output.replies.push_back(OkReply(7, 2));
  };
  Run({[this] { Push(Proposal(0, 7)); }, [] {}});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Propose 7", "append 1 p0",
                                    "p0 t0 EndTurn", "flush 1", "p0 t0 Flushed 1", "append 2 p0",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 0", "flush 2", "answer 7 OK", "p0 t0 Flushed 2",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 1000000000", "end turn"));
}

TEST_F(EventLoopTest, ARunBeginsAndEndsWithADurableRecordOfEachPartition) {
  log_.at_once = false;
  core_.script = [](PartitionId partition, const Input& input, Output& output) {
    if (std::holds_alternative<BeginRun>(input) || std::holds_alternative<EndRun>(input)) {
      output.records.push_back(RecordOf(partition.value));
    }
  };
  MakeLoop();
  loop_->BeginRun();
  EXPECT_THAT(::althing::testing::Take(journal_),
              ElementsAre("p0 t0 BeginRun", "append 1 p0", "p1 t0 BeginRun", "append 2 p1",
                          "flush 2", "flush now 2", "p0 t0 Flushed 1", "p1 t0 Flushed 1",
                          "p0 t0 EndTurn", "p1 t0 EndTurn"));
  loop_->EndRun();
  EXPECT_THAT(journal_, ElementsAre("p0 t0 EndRun", "append 3 p0", "p1 t0 EndRun", "append 4 p1",
                                    "flush 4", "flush now 4"));
  EXPECT_EQ(log_.now_durable, 4);
}

TEST_F(EventLoopTest, AFlushThatCompletesLaterReleasesInALaterTurn) {
  log_.at_once = false;
  core_.script = [](PartitionId, const Input& input, Output& output) {
    if (!std::holds_alternative<Propose>(input)) return;
    output.records.push_back(RecordOf(0));
    output.replies.push_back(OkReply(7, 1));
  };
  Run({[this] { Push(Proposal(0, 7)); }, [this] { log_.now_durable = 1; }});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Propose 7", "append 1 p0",
                                    "p0 t0 EndTurn", "flush 1", "end turn",  //
                                    "poll until 1000000000", "answer 7 OK", "p0 t0 Flushed 1",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 1000000000", "end turn"));
}

TEST_F(EventLoopTest, ATurnHandlesNoMoreThanItsShareAndThenLooksForNewArrivals) {
  options_.turn_messages_max = 2;
  Run({[this] {
         Push(Proposal(0, 1));
         Push(Proposal(0, 2));
         Push(Proposal(0, 3));
       },
       [this] { Push(Proposal(1, 4)); }});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Propose 1", "p0 t0 Propose 2",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 0", "p0 t0 Propose 3", "p1 t0 Propose 4",
                                    "p0 t0 EndTurn", "p1 t0 EndTurn", "end turn",  //
                                    "poll until 1000000000", "end turn"));
}

TEST_F(EventLoopTest, ATurnEndsWhenItsTimeIsUpAndReadsTheClockRarely) {
  options_.turn_ns_max = 100;
  clock_.step_ns = 60;
  std::deque<std::function<void()>> steps{[this] {
    for (uint64_t r = 0; r < 50; ++r) Push(Proposal(0, r));
    clock_.readings = 0;
  }};
  for (int i = 0; i < 3; ++i) steps.push_back([] {});
  Run(std::move(steps));
  // Readings at 0 (the turn began), after 16 messages (60 ns later), after 32 (120 ns: over).
  std::vector<int> per_turn;
  int handled = 0;
  for (const std::string& line : journal_) {
    if (line.find("Propose") != std::string::npos) ++handled;
    if (line == "end turn") per_turn.push_back(std::exchange(handled, 0));
  }
  EXPECT_THAT(per_turn, ElementsAre(32, 18, 0, 0, 0));
  EXPECT_EQ(clock_.readings, 3 + 2 + 1 + 1 + 1);
}

TEST_F(EventLoopTest, WaitsForTheNextTickAndTicksOnlyThen) {
  bool ticked = false;
  core_.script = [&ticked](PartitionId, const Input& input, Output& output) {
    if (std::holds_alternative<Tick>(input)) ticked = true;
    if (!ticked) output.next_tick = LogicalTime{5};
  };
  At(1000);
  Run({[this] {
         At(1150);
         Push(FromPeer(1, 1, HeartbeatEnvelope(1)));
       },
       [this] { At(1499); }, [this] { At(1500); }});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000001000", "p1 t1 Receive Heartbeat from 1",
                                    "p1 t1 EndTurn", "end turn",    //
                                    "poll until 1500", "end turn",  //
                                    "poll until 1500", "p1 t5 Tick", "p1 t5 EndTurn", "end turn",
                                    "poll until 1000001500", "end turn"));
}

TEST_F(EventLoopTest, ATickInThePastRunsInEachTurnWithoutWaiting) {
  int ticks = 0;
  core_.script = [&ticks](PartitionId, const Input& input, Output& output) {
    if (std::holds_alternative<Tick>(input)) ++ticks;
    if (ticks < 2) output.next_tick = LogicalTime{};
  };
  Run({[this] { Push(FromPeer(0, 1, HeartbeatEnvelope(0))); }, [] {}, [] {}});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Receive Heartbeat from 1",
                                    "p0 t0 Tick", "p0 t0 EndTurn", "end turn",                  //
                                    "poll until 0", "p0 t0 Tick", "p0 t0 EndTurn", "end turn",  //
                                    "poll until 1000000000", "end turn",                        //
                                    "poll until 1000000000", "end turn"));
}

TEST_F(EventLoopTest, WakesForADelayedCommit) {
  options_.commit_delay_ns = 300;
  core_.script = [](PartitionId, const Input& input, Output& output) {
    if (!std::holds_alternative<Propose>(input)) return;
    output.sends.push_back({MemberSet(0b10), CommitEnvelope(0), LogPosition{}, true});
  };
  Run({[this] { Push(Proposal(0, 1)); }, [this] { At(300); }});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Propose 1", "p0 t0 EndTurn",
                                    "end turn",                                           //
                                    "poll until 300", "send Commit to 1 p0", "end turn",  //
                                    "poll until 1000000300", "end turn"));
}

TEST_F(EventLoopTest, HandledMessagesFreeTheirPlaceInTheChannel) {
  Run({[this] {
         for (uint64_t r = 0; r < 100; ++r) Push(Proposal(0, r));
         EXPECT_FALSE(channel_.Push(Proposal(0, 100)).ok());
       },
       [this] { Push(Proposal(0, 100)); }});
  EXPECT_EQ(journal_.back(), "end turn");
}

TEST_F(EventLoopTest, ControlsReachTheLoopAndRefusalStays) {
  Run({[this] {
    Push({PartitionId{}, 0, Control{[this] { loop_->RefuseProposals("draining"); }}});
    Push(Proposal(0, 1));
    Push(Change(1, true));
  }});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Peer 1 up", "p1 t0 Peer 1 up",
                                    "answer 1 UNAVAILABLE", "p0 t0 EndTurn", "p1 t0 EndTurn",
                                    "end turn", "poll until 1000000000", "end turn"));
  EXPECT_TRUE(loop_->ready());
}

TEST_F(EventLoopTest, IsReadyWithEnoughMembersOnly) {
  options_.slow_size = 2;
  Run({});
  EXPECT_FALSE(loop_->ready());
}

TEST_F(EventLoopTest, TheSchedulerOrdersMessagesAndAChangeKeepsWhatWaits) {
  options_.turn_messages_max = 2;
  ASSERT_TRUE(scheduler_.Use("lifo").ok());
  Run({[this] {
         for (uint64_t r = 1; r <= 5; ++r) Push(Proposal(0, r));
       },
       [this] {
         Push({PartitionId{}, 0, Control{[this] { EXPECT_TRUE(scheduler_.Use("fifo").ok()); }}});
       },
       [] {}});
  EXPECT_THAT(journal_, ElementsAre("poll until 1000000000", "p0 t0 Propose 5", "p0 t0 Propose 4",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 0", "p0 t0 Propose 1", "p0 t0 EndTurn",
                                    "end turn",  //
                                    "poll until 0", "p0 t0 Propose 2", "p0 t0 Propose 3",
                                    "p0 t0 EndTurn", "end turn",  //
                                    "poll until 1000000000", "end turn"));
}

TEST_F(EventLoopTest, NoSchedulerReordersOrDelaysWhatConcernsTheReplicaItself) {
  options_.turn_messages_max = 3;
  options_.slow_size = 2;
  ASSERT_TRUE(scheduler_.Use("lifo").ok());
  Run({[this] {
    Push(Proposal(0, 1));
    Push(Change(1, true));
    Push(FromPeer(0, 1, HeartbeatEnvelope(0)));
    Push(Change(1, false));
  }});
  EXPECT_THAT(journal_,
              ElementsAre("poll until 1000000000", "p0 t0 Peer 1 up", "p1 t0 Peer 1 up",
                          "p0 t0 Peer 1 down", "p1 t0 Peer 1 down",
                          "p0 t0 Receive Heartbeat from 1", "p0 t0 EndTurn", "p1 t0 EndTurn",
                          "end turn",  //
                          "poll until 0", "answer 1 UNAVAILABLE", "end turn"));
  EXPECT_FALSE(loop_->ready());
}

TEST_F(EventLoopTest, ExplainsAtTheTimeOfTheTurn) {
  std::vector<std::string> replies;
  const auto explain = [&] {
    pb::ExplainRequest request;
    request.set_partition(1);
    replies.push_back(loop_->Explain(request)->ShortDebugString());
    request.set_partition(2);
    EXPECT_EQ(loop_->Explain(request).status().code(), absl::StatusCode::kInvalidArgument);
  };
  Run({[&] {
    At(705);
    Push({PartitionId{}, 0, Control{explain}});
  }});
  EXPECT_THAT(replies, ElementsAre("partition: 1 tick_ns: 100 proposals_waiting: 7"));
}

TEST_F(EventLoopTest, WhatHappensToAnInstanceIsRememberedWhileTheTraceIsOn) {
  ASSERT_TRUE(trace_.SetLevel(1).ok());
  core_.script = [](PartitionId, const Input& input, Output& output) {
    const auto instance = [](pb::InstanceId* id) { id->set_slot(1); };
    if (std::holds_alternative<Propose>(input)) {
      output.events.push_back({Event::Kind::kBatch, {1, MemberIndex{0}}, 1, ""});
      pb::Record& record = output.records.emplace_back(RecordOf(1));
      instance(record.mutable_pre_accepted()->mutable_id());
      output.sends.push_back({MemberSet(0b10), CommitEnvelope(1), LogPosition{1}});
    } else if (std::holds_alternative<Receive>(input)) {
      output.replies.push_back(OkReply(7));
      instance(output.replies.back().result.mutable_instance());
    }
  };
  Run({[this] {
         At(20);
         Push(Proposal(1, 7, INT64_MAX, /*arrival_ns=*/10));
       },
       [this] {
         At(40);
         Push(FromPeer(1, 1, CommitEnvelope(1), /*arrival_ns=*/30));
       }});
  pb::TraceEventsReply reply;
  trace_.ring().Find(PartitionId{1}, {1, MemberIndex{0}}, reply);
  std::vector<std::string> events;
  for (const pb::TraceEvent& event : reply.events()) events.push_back(event.ShortDebugString());
  EXPECT_THAT(
      events,
      ElementsAre("kind: KIND_PROPOSED time_ns: 20 count: 1",
                  "kind: KIND_APPENDED time_ns: 20 type: \"PreAccepted\"",
                  "kind: KIND_DURABLE time_ns: 20 type: \"PreAccepted\"",
                  "kind: KIND_SENT time_ns: 20 peer: 1 type: \"Commit\"",
                  "kind: KIND_RECEIVED time_ns: 30 peer: 1 type: \"Commit\" handled_ns: 40",
                  "kind: KIND_ANSWERED time_ns: 40 count: 1 arrival_ns: 10 handled_ns: 20"));
}

TEST_F(EventLoopTest, SlowCommandsAreLoggedHoweverTheyEnd) {
  options_.slow_ns = 50;
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log)));
  spdlog::set_pattern("%v");
  const int64_t second = 1'000'000'000;
  Run({[&] {
         At(second);
         Push(Proposal(1, 7, INT64_MAX, /*arrival_ns=*/second - 20));
         Push(Proposal(1, 8, /*deadline_ns=*/5, /*arrival_ns=*/0));
       },
       [&] {
         At(3 * second);
         Push({PartitionId{1}, 3 * second, ProposalExpired{RequestId{7}}});
       }});
  spdlog::set_default_logger(before);
  EXPECT_EQ(
      log.str(),
      "event=slow_command partition=1 status=DEADLINE_EXCEEDED took_ms=1000.0 queue_ms=1000.0 "
      "left_out=0\n"
      "event=slow_command partition=1 status=DEADLINE_EXCEEDED took_ms=2000.0 queue_ms=0.0 "
      "unfinished_ms=2000.0 left_out=0\n");
}

}  // namespace
}  // namespace althing
