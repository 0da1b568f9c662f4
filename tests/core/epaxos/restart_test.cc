// One core and those that take over its log: what comes back, what may be used again, and what the
// first steps of a new run are.
#include "replica/core/epaxos/restart.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/kv_store.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr uint32_t kWindow = 4;

CoreOptions Options(int n) {
  CoreOptions options = OptionsFor(n);
  options.window_instances_max = kWindow;
  options.waiting_proposals_max = 100;
  return options;
}

std::string TextOf(const Deps& deps) { return absl::StrJoin(deps.slots, " "); }

// All that a vote or an outcome says.
std::string TextOf(const Instance& i) {
  std::string text = absl::StrCat("phase ", static_cast<int>(i.phase), " value ",
                                  static_cast<int>(i.value), " ballots ", i.accepted_ballot, " ",
                                  i.ballot, " deps ", TextOf(i.deps), " executed ", i.executed);
  if (i.initial_known) {
    absl::StrAppend(&text, " F ", i.fast_quorum.bits(), " initial ", TextOf(i.initial_deps));
  }
  if (i.payload != nullptr) {
    absl::StrAppend(&text, " payload ", i.payload->bytes, " logged ", i.payload_logged);
  }
  return text;
}

// Member 0: one run after the other over the same log. Records are durable when Flush says so; a
// run that is cut short loses the others.
class RestartTest : public testing::Test {
 protected:
  explicit RestartTest(int n = 3) : options_(Options(n)) { Run(); }

  void Run() {
    store_ = std::make_unique<KvStore>(1 << 20);
    epaxos_ = std::make_unique<Epaxos>(options_, *store_);
    for (const pb::Record& record : log_) {
      const absl::Status status = epaxos_->Restore(record);
      ASSERT_TRUE(status.ok()) << status << "\n" << record.ShortDebugString();
    }
    appended_ = durable_ = 0;
    unflushed_.clear();
    Step(BeginRun{});
    Flush();
    floor_ = log_.back().started().floor();
  }
  void ConnectAll() {
    for (uint8_t m = 1; m < options_.quorums.n(); ++m) Turn(PeerStatus{MemberIndex{m}, true});
  }
  void CutShort() { Run(); }
  void StopInOrder() {
    Step(EndRun{});
    Flush();
    Run();
  }
  void Flush() {
    log_.insert(log_.end(), unflushed_.begin(), unflushed_.end());
    unflushed_.clear();
    if (appended_ == durable_) return;
    durable_ = appended_;
    Turn(Flushed{LogPosition{durable_}});
  }
  void Step(Input input) {
    Output output;
    epaxos_->Step(LogicalTime{now_}, std::move(input), output);
    const absl::Status status = epaxos_->CheckInvariants();
    EXPECT_TRUE(status.ok()) << status;
    appended_ += output.records.size();
    unflushed_.insert(unflushed_.end(), output.records.begin(), output.records.end());
    sends_.insert(sends_.end(), output.sends.begin(), output.sends.end());
    for (const Reply& reply : output.replies) refused_ += std::string(reply.status.message());
    for (const Event& event : output.events) {
      if (event.kind == Event::Kind::kRejected) rejected_ += event.text + "\n";
    }
    next_tick_ = output.next_tick;
  }
  void Turn(Input input) {
    Step(std::move(input));
    Step(EndTurn{});
  }
  void Propose(const std::string& key) { Turn(althing::Propose{RequestId{++requests_}, Put(key)}); }
  void Receive(int from, const std::string& text) {
    pb::Envelope envelope;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &envelope)) << text;
    Receive(from, envelope);
  }
  void Receive(int from, const pb::Envelope& envelope) {
    Turn(althing::Receive{MemberIndex{static_cast<uint8_t>(from)}, envelope});
  }
  // Member 1 starts 1.`slot` with a put on the key.
  void PreAccept(Slot slot, const std::string& key, std::vector<Slot> deps) {
    pb::Envelope envelope;
    auto& message = *envelope.mutable_pre_accept();
    ToProto(At(1, slot), message.mutable_id());
    message.set_payload(Put(key));
    message.mutable_initial_deps()->Add(deps.begin(), deps.end());
    message.set_fast_quorum(options_.quorums.FastQuorum(MemberIndex{1}).bits());
    Receive(1, envelope);
  }
  // "after POSITION: MESSAGE" of those sent since the last call, of this kind.
  std::vector<std::string> Take(pb::Envelope::MessageCase kind) {
    std::vector<std::string> texts;
    for (const Send& send : std::exchange(sends_, {})) {
      if (send.envelope.message_case() != kind) continue;
      std::string text = absl::StrCat("after ", send.after.value, ": ");
      if (kind == pb::Envelope::kPreAccept) {
        absl::StrAppend(&text, ToString(FromProto(send.envelope.pre_accept().id())), " deps ",
                        absl::StrJoin(send.envelope.pre_accept().initial_deps(), " "));
      } else {
        absl::StrAppend(&text, send.envelope.ShortDebugString());
      }
      texts.push_back(text);
    }
    return texts;
  }
  std::string Cells() const {
    std::map<InstanceId, std::string> cells;
    epaxos_->space().ForEach(
        [&](InstanceId id, const Instance& instance) { cells[id] = TextOf(instance); });
    std::string text;
    for (const auto& [id, cell] : cells) absl::StrAppend(&text, ToString(id), ": ", cell, "\n");
    return text;
  }
  // The own instances up to the floor become noops: nobody knows anything of them.
  void ForgetOwn() {
    ConnectAll();
    for (int round = 0; round < 100 && epaxos_->space().column(MemberIndex{0}).executed < floor_;
         ++round) {
      now_ += 10;  // Others may have begun, and are waited for.
      Turn(Tick{});
      Flush();
      for (const Send& send : std::exchange(sends_, {})) Answer(send.envelope);
    }
    Flush();
    sends_.clear();
  }
  void Answer(const pb::Envelope& asked) {
    pb::Envelope envelope;
    if (asked.has_recover()) {
      *envelope.mutable_recover_ok()->mutable_id() = asked.recover().id();
      envelope.mutable_recover_ok()->set_ballot(asked.recover().ballot());
    } else if (asked.has_accept()) {
      *envelope.mutable_accept_ok()->mutable_id() = asked.accept().id();
      envelope.mutable_accept_ok()->set_ballot(asked.accept().ballot());
    } else {
      return;
    }
    Receive(1, envelope);
  }

  const CoreOptions options_;
  std::unique_ptr<KvStore> store_;
  std::unique_ptr<Epaxos> epaxos_;
  std::vector<pb::Record> log_, unflushed_;
  std::vector<Send> sends_;
  std::string rejected_;
  std::string refused_;  // In which words, of clients.
  Slot floor_ = 0;       // As the run began.
  uint64_t requests_ = 0, appended_ = 0, durable_ = 0, now_ = 1;
  LogicalTime next_tick_;
};

TEST_F(RestartTest, EachKindOfRecordComesBack) {
  ConnectAll();
  Propose("own");                // PREACCEPTED
  PreAccept(1, "a", {0, 0, 0});  // PREACCEPTED
  PreAccept(2, "own", {0, 0, 0});
  Receive(2, absl::StrCat("accept { id { coordinator: 2 slot: 1 } ballot: 0 payload: \"",
                          absl::CEscape(Put("b")), "\" deps: [0, 0, 0] }"));
  Receive(1, "accept { id { coordinator: 2 slot: 2 } ballot: 4 noop: true deps: [0, 0, 0] }");
  Receive(1, "recover { id { coordinator: 2 slot: 3 } ballot: 4 }");
  Receive(1, absl::StrCat("validate { id { coordinator: 2 slot: 3 } ballot: 4 payload: \"",
                          absl::CEscape(Put("c")), "\" initial_deps: [0, 0, 0] fast_quorum: 5 }"));
  Receive(2, absl::StrCat("commit { id { coordinator: 2 slot: 4 } payload: \"",
                          absl::CEscape(Put("d")), "\" deps: [0, 1, 0] }"));
  Receive(2, "commit { id { coordinator: 2 slot: 1 } as_pre_accepted: true deps: [0, 0, 0] }");
  Receive(2, "commit { id { coordinator: 2 slot: 5 } noop: true deps: [0, 0, 0] }");
  Receive(1, "recover { id { coordinator: 1 slot: 2 } ballot: 4 }");
  Flush();
  const std::string cells = Cells();
  EXPECT_THAT(rejected_, IsEmpty());
  CutShort();
  Turn(Tick{});
  EXPECT_EQ(Cells(), cells);
  EXPECT_THAT(cells, HasSubstr("2.4: phase 3"));
}

TEST_F(RestartTest, WhatWasNotFlushedIsGone) {
  ConnectAll();
  PreAccept(1, "a", {0, 0, 0});
  Flush();
  const std::string cells = Cells();
  PreAccept(2, "a", {0, 0, 0});
  CutShort();
  EXPECT_EQ(Cells(), cells);
}

TEST_F(RestartTest, ADecisionByVotesIsAnOutcomeOnceItsRecordIsThere) {
  pb::Record decided;
  ToProto(At(0, 1), decided.mutable_decided()->mutable_id());
  ConnectAll();
  Propose("k");
  Flush();
  log_.push_back(decided);
  CutShort();
  EXPECT_THAT(Cells(), HasSubstr("0.1: phase 3 value 1"));
}

TEST_F(RestartTest, TheFirstInstanceOfARunIsToldWhenItsRecordIsDurableTheOthersAtOnce) {
  ConnectAll();
  Propose("a");
  Propose("b");
  // Behind BeginRun's record.
  EXPECT_THAT(Take(pb::Envelope::kPreAccept),
              ElementsAre("after 2: 0.1 deps 0 0 0", "after 2: 0.2 deps 0 0 0"));
  Flush();
  Propose("c");
  EXPECT_THAT(Take(pb::Envelope::kPreAccept), ElementsAre("after 2: 0.3 deps 0 0 0"));
}

TEST_F(RestartTest, ARunThatRecordedNoInstanceUsedNoSlot) {
  EXPECT_EQ(floor_, 0);
  ConnectAll();
  Propose("a");
  CutShort();
  EXPECT_EQ(floor_, 0);
  CutShort();
  EXPECT_EQ(floor_, 0);
}

TEST_F(RestartTest, AfterACutAWindowOfSlotsMayHaveBeenUsed) {
  ConnectAll();
  Propose("a");
  Propose("b");
  Flush();
  Propose("c");
  CutShort();
  EXPECT_EQ(floor_, 2 + kWindow);
  CutShort();
  EXPECT_EQ(floor_, 2 + kWindow) << "the run between used none";
  ForgetOwn();
  Propose("d");
  EXPECT_THAT(Take(pb::Envelope::kPreAccept), ElementsAre(HasSubstr("0.7 deps 6 0 0")));
}

TEST_F(RestartTest, AfterAStopInOrderNoSlotIsLost) {
  ConnectAll();
  Propose("a");
  Flush();
  StopInOrder();
  EXPECT_EQ(floor_, 1);
  StopInOrder();
  EXPECT_EQ(floor_, 1);
  CutShort();
  EXPECT_EQ(floor_, 1);
}

TEST_F(RestartTest, NoMoreThanAWindowStartsWhileTheDiskIsSlow) {
  ConnectAll();
  for (int i = 0; i < 6; ++i) {
    Propose(absl::StrCat("key", i));
    // Others found them dead, so that the window of unexecuted ones would have room.
    if (i == 5) break;
    Receive(1, absl::StrCat("commit { id { coordinator: 0 slot: ", i + 1,
                            " } noop: true deps: [0, 0, 0] }"));
  }
  Slot highest = 0;
  for (const Send& send : sends_) {
    if (send.envelope.has_pre_accept()) {
      highest = std::max<Slot>(highest, send.envelope.pre_accept().id().slot());
    }
  }
  EXPECT_EQ(highest, kWindow);
  Flush();
  EXPECT_THAT(Take(pb::Envelope::kPreAccept), Not(IsEmpty()));
}

TEST_F(RestartTest, EveryVoteDependsOnTheOwnFloor) {
  ConnectAll();
  Propose("a");
  Flush();
  CutShort();
  ConnectAll();
  PreAccept(1, "unrelated", {0, 0, 0});
  EXPECT_THAT(Take(pb::Envelope::kPreAcceptOk), ElementsAre(HasSubstr("deps: 5 deps: 0 deps: 0")));
}

TEST_F(RestartTest, WhatItProposesDependsOnTheFloorsOfTheOthers) {
  ConnectAll();
  Receive(1, "heartbeat { highest_own: 9 committed_prefix_own: 9 floor: 9 }");
  Receive(2, "heartbeat { highest_own: 99999999 committed_prefix_own: 7 floor: 99999999 }");
  Receive(2, "heartbeat { highest_own: 8 committed_prefix_own: 7 floor: 9 }");
  EXPECT_THAT(rejected_, HasSubstr("a floor above the highest slot"));
  sends_.clear();
  Propose("a");
  EXPECT_THAT(Take(pb::Envelope::kPreAccept), ElementsAre(HasSubstr("0.1 deps 0 9 0")));
}

TEST_F(RestartTest, AnOvertakenHeartbeatIsEchoedAsItCame) {
  ConnectAll();
  Receive(1, "heartbeat { highest_own: 9 committed_prefix_own: 9 floor: 9 }");
  sends_.clear();
  Receive(1, "heartbeat { highest_own: 2 committed_prefix_own: 2 floor: 1 }");
  EXPECT_THAT(Take(pb::Envelope::kHeartbeatEcho),
              ElementsAre(HasSubstr("highest_own: 2 committed_prefix_own: 2 floor: 1")));
}

TEST_F(RestartTest, TheOthersAreToldTheFloor) {
  ConnectAll();
  Propose("a");
  Flush();
  CutShort();
  ConnectAll();
  sends_.clear();
  now_ = 100;
  Turn(Tick{});
  EXPECT_THAT(Take(pb::Envelope::kHeartbeat), ElementsAre(HasSubstr("highest_own: 5 floor: 5")));
}

TEST_F(RestartTest, OwnInstancesOfEarlierRunsAreRecoveredAtOnceAndBeforeNewOnesStart) {
  ConnectAll();
  Propose("a");
  Flush();
  CutShort();
  sends_.clear();
  ConnectAll();
  Propose("b");
  Turn(Tick{});
  Flush();
  std::vector<Slot> recovered;
  for (const Send& send : sends_) {
    EXPECT_FALSE(send.envelope.has_pre_accept());
    if (send.envelope.has_recover()) recovered.push_back(send.envelope.recover().id().slot());
  }
  EXPECT_THAT(recovered, ElementsAre(1, 2, 3, 4, 5));
  for (const Send& send : std::exchange(sends_, {})) Answer(send.envelope);
  Flush();
  for (const Send& send : std::exchange(sends_, {})) Answer(send.envelope);
  Flush();
  EXPECT_THAT(Take(pb::Envelope::kPreAccept), ElementsAre(HasSubstr("0.6 deps 5 0 0")));
}

TEST_F(RestartTest, WhoWaitsForWhatEarlierRunsBeganIsToldSo) {
  ConnectAll();
  Propose("a");
  Flush();
  CutShort();
  Propose("b");
  Step(Cancel{RequestId{requests_}});
  EXPECT_THAT(std::exchange(refused_, ""), HasSubstr("while it waited for 2 replicas that reach"));
  ConnectAll();
  Propose("b");
  Step(Cancel{RequestId{requests_}});
  EXPECT_THAT(std::exchange(refused_, ""),
              HasSubstr("while it waited until what this replica began before its last start is "
                        "decided; the write did not happen"));
  for (uint32_t i = 0; i <= options_.waiting_proposals_max; ++i) {
    Step(althing::Propose{RequestId{1000 + i}, Put("c")});
  }
  EXPECT_THAT(refused_, HasSubstr("wait in this partition until what this replica began before its "
                                  "last start is decided, the most that"));
}

TEST_F(RestartTest, OnlyInstancesOfThisRunAreIntact) {
  ConnectAll();
  Propose("a");
  Flush();
  CutShort();
  Receive(1, "recover { id { coordinator: 0 slot: 1 } ballot: 4 }");
  EXPECT_THAT(
      Take(pb::Envelope::kRecoverOk),
      ElementsAre(testing::AllOf(HasSubstr("PHASE_PRE_ACCEPTED"), Not(HasSubstr("intact")))));
  Receive(1, "recover { id { coordinator: 0 slot: 4 } ballot: 4 }");
  EXPECT_THAT(Take(pb::Envelope::kRecoverOk), ElementsAre(Not(HasSubstr("intact"))));
  Receive(1, "commit { id { coordinator: 0 slot: 1 } noop: true deps: [0, 0, 0] }");
  ForgetOwn();
  Propose("b");
  Receive(1, "recover { id { coordinator: 0 slot: 6 } ballot: 4 }");
  EXPECT_THAT(Take(pb::Envelope::kRecoverOk), ElementsAre(HasSubstr("intact: true")));
}

TEST_F(RestartTest, ARecordThatDoesNotFitIsRefusedInWords) {
  const std::string id = "id { coordinator: 1 slot: 1 }";
  const std::string k = absl::CEscape(Put("k"));
  const std::string vote = absl::StrCat("pre_accepted { ", id, " payload: \"", k,
                                        "\" initial_deps: [0,0,0] deps: [0,0,0] fast_quorum: 3 }");
  const struct {
    std::vector<std::string> records;
    std::string why;
  } kRows[] = {
      {{vote, vote}, "it was voted for before"},
      {{absl::StrCat("accepted { ", id, " deps: [0,0,0] }")}, "its payload is not known"},
      {{absl::StrCat("joined { ", id, " ballot: 7 }"),
        absl::StrCat("accepted { ", id, " ballot: 4 noop: true deps: [0,0,0] }")},
       "a ballot that was left"},
      {{absl::StrCat("joined { ", id, " ballot: 7 }"),
        absl::StrCat("joined { ", id, " ballot: 7 }")},
       "joined a ballot that was left"},
      {{absl::StrCat("committed { ", id, " noop: true deps: [0,0,0] }"),
        absl::StrCat("committed { ", id, " noop: true deps: [0,0,1] }")},
       "two outcomes"},
      {{absl::StrCat("committed { ", id, " noop: true deps: [0,0,0] }"),
        absl::StrCat("accepted { ", id, " ballot: 4 noop: true deps: [0,0,0] }")},
       "accepted after it was decided"},
      {{vote, absl::StrCat("committed { ", id, " payload: \"", absl::CEscape(Put("other")),
                           "\" deps: [0,0,0] }")},
       "another payload"},
      {{vote, absl::StrCat("validated { ", id, " initial_deps: [0,0,1] fast_quorum: 3 }")},
       "other initial deps"},
      {{absl::StrCat("validated { ", id, " initial_deps: [0,0,1] fast_quorum: 3 }")},
       "registered without a payload"},
      {{absl::StrCat("decided { ", id, " }")}, "without the own one"},
      {{absl::StrCat("pre_accepted { ", id, " payload: \"x\" fast_quorum: 3 }")}, "instance 1.1"},
      {{"started { floor: 9 }", "started { floor: 8 }"}, "though slot 9 was used before"},
      {{""}, "a kind that this release does not know"},
  };
  for (const auto& row : kRows) {
    KvStore store(1 << 20);
    Epaxos epaxos(options_, store);
    pb::Record started;
    started.mutable_started();
    absl::Status status = epaxos.Restore(started);
    for (const std::string& text : row.records) {
      ASSERT_TRUE(status.ok()) << status << " before " << text;
      pb::Record record;
      ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record)) << text;
      status = epaxos.Restore(record);
    }
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.why));
  }
  KvStore store(1 << 20);
  Epaxos epaxos(options_, store);
  pb::Record record;
  record.mutable_stopped();
  EXPECT_THAT(std::string(epaxos.Restore(record).message()), HasSubstr("not the start of a run"));
}

}  // namespace
}  // namespace althing
