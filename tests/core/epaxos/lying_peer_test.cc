// A peer that lies: what it says is rejected before it touches anything, or believed without harm
// to more than its own instances. Nothing costs more than what was sent for it.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/kv_store.h"
#include "tests/core/epaxos/message_mutator.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Member 0, who is lied to. Every record is durable at once.
class Listener {
 public:
  explicit Listener(int n) : epaxos_(OptionsFor(n), store_) {
    for (int m = 1; m < n; ++m) Step(PeerStatus{Member(m), true});
  }

  static MemberIndex Member(int m) { return MemberIndex{static_cast<uint8_t>(m)}; }
  // Ends the turn, and makes durable what was appended.
  void Step(Input input) {
    StepOnce(std::move(input));
    StepOnce(EndTurn{});
    StepOnce(Flushed{LogPosition{appended_}});
    StepOnce(EndTurn{});
  }
  void Propose(const std::string& key) { Step(althing::Propose{RequestId{++requests_}, Put(key)}); }
  void Hear(int from, pb::Envelope envelope) { Step(Receive{Member(from), std::move(envelope)}); }
  // What is said of the message, less who sent it; empty if it is believed.
  std::string Verdict(int from, const pb::Envelope& envelope) {
    const size_t before = rejected.size();
    const size_t cells = epaxos_.space().size();
    const uint64_t appended = appended_;
    sends_.clear();
    Hear(from, envelope);
    if (rejected.size() == before) return "";
    EXPECT_EQ(epaxos_.space().size(), cells) << "a lie made a cell";
    EXPECT_EQ(appended_, appended) << "a lie was written to the log";
    EXPECT_THAT(sends_, IsEmpty()) << "a lie was answered";
    return rejected.back().substr(absl::StrCat("from member ", from, ": ").size());
  }
  void Advance(uint64_t ticks) {
    const uint64_t end = now_ + ticks;
    while (next_tick_.value <= end) {
      ASSERT_LT(now_, end + 10'000) << "a timer is due for ever";
      now_ = std::max(now_, next_tick_.value);
      Step(Tick{});
      now_ += 1;  // A time that has passed is asked for at once.
    }
    now_ = std::max(now_, end);
  }
  std::vector<Send> TakeSends() { return std::exchange(sends_, {}); }
  const Epaxos& epaxos() const { return epaxos_; }

  std::vector<std::string> rejected, divergences;
  uint64_t executed = 0;  // Commands.
  std::vector<Reply> replies;

 private:
  void StepOnce(Input input) {
    Output output;
    epaxos_.Step(LogicalTime{now_}, std::move(input), output);
    appended_ += output.records.size();
    next_tick_ = output.next_tick;
    std::move(output.sends.begin(), output.sends.end(), std::back_inserter(sends_));
    std::move(output.replies.begin(), output.replies.end(), std::back_inserter(replies));
    for (Event& event : output.events) {
      if (event.kind == Event::Kind::kExecutedCommands) executed += event.value;
      if (event.kind == Event::Kind::kRejected) rejected.push_back(std::move(event.text));
      if (event.kind == Event::Kind::kDivergence) divergences.push_back(std::move(event.text));
    }
  }

  KvStore store_{100};
  Epaxos epaxos_;
  uint64_t appended_ = 0, requests_ = 0, now_ = 1;
  LogicalTime next_tick_ = kNever;
  std::vector<Send> sends_;
};

// Right in form; wrong only by what member 0 knows. In braces: PAYLOAD is what 1.1 has, OTHER is
// not.
pb::Envelope About(std::string text) {
  const auto put = [&text](const std::string& word, const std::string& bytes) {
    const size_t at = text.find(word);
    if (at == std::string::npos) return;
    text.replace(at, word.size(), absl::StrCat("payload: \"", absl::CEscape(bytes), "\""));
  };
  put("PAYLOAD", Put("k"));
  put("OTHER", Put("other"));
  pb::Envelope envelope;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &envelope)) << text;
  return envelope;
}

class LyingPeerTest : public testing::Test {
 protected:
  // 2.1, own 0.1 with deps [0 0 1] of which 0 and 1 are asked, then 1.1 with deps [1 0 1].
  LyingPeerTest() {
    const char* const first =
        "pre_accept { id { coordinator: 2 slot: 1 } PAYLOAD initial_deps: [0, 0, 0] fast_quorum: 5 "
        "}";
    EXPECT_EQ(Verdict(2, first), "");
    listener_.Propose("k");
    EXPECT_EQ(Verdict(1, kPreAccept), "");
  }
  std::string Verdict(int from, const std::string& text) {
    return listener_.Verdict(from, About(text));
  }

  static constexpr char kPreAccept[] =
      "pre_accept { id { coordinator: 1 slot: 1 } PAYLOAD initial_deps: [1, 0, 1] fast_quorum: 6 }";
  Listener listener_{3};
};

TEST_F(LyingPeerTest, AnInstanceHasOnePayloadAndOneFirstProposal) {
  EXPECT_EQ(Verdict(1, kPreAccept), "") << "the same again is no lie";
  const std::string one = "{ id { coordinator: 1 slot: 1 } ";
  EXPECT_EQ(Verdict(1, "pre_accept " + one + "OTHER initial_deps: [1, 0, 1] fast_quorum: 6 }"),
            "another payload for 1.1");
  EXPECT_EQ(Verdict(1, "pre_accept " + one + "PAYLOAD initial_deps: [1, 0, 0] fast_quorum: 6 }"),
            "deps of 1.1 without all of its initial deps");
  EXPECT_EQ(Verdict(1, "pre_accept " + one + "PAYLOAD initial_deps: [1, 0, 2] fast_quorum: 6 }"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(Verdict(1, "pre_accept " + one + "PAYLOAD initial_deps: [1, 0, 1] fast_quorum: 3 }"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(Verdict(1, "accept " + one + "OTHER deps: [1, 0, 1] }"), "another payload for 1.1");
  EXPECT_EQ(Verdict(2, "payload " + one + "OTHER }"), "another payload for 1.1");
  EXPECT_EQ(Verdict(2, "payload " + one + "PAYLOAD }"), "");
}

TEST_F(LyingPeerTest, ABallotHasOneValueThatHoldsTheInitialDeps) {
  const std::string accept = "accept { id { coordinator: 1 slot: 1 } as_pre_accepted: true deps: ";
  EXPECT_EQ(Verdict(1, accept + "[0, 0, 1] }"), "deps of 1.1 without all of its initial deps");
  EXPECT_EQ(Verdict(1, accept + "[1, 0, 1] }"), "");
  EXPECT_EQ(Verdict(1, accept + "[1, 0, 1] }"), "") << "the same again is no lie";
  EXPECT_EQ(Verdict(1, accept + "[1, 0, 2] }"), "another value for 1.1 in ballot 0");
  EXPECT_EQ(Verdict(2,
                    "accept { id { coordinator: 1 slot: 1 } ballot: 5 noop: true deps: [0, 0, "
                    "0] }"),
            "");
  EXPECT_EQ(
      Verdict(2, "accept { id { coordinator: 1 slot: 1 } ballot: 5 PAYLOAD deps: [1, 0, 1] }"),
      "another value for 1.1 in ballot 5");
  EXPECT_EQ(Verdict(2,
                    "commit { id { coordinator: 1 slot: 1 } as_pre_accepted: true deps: [0, 0, "
                    "0] }"),
            "deps of 1.1 without all of its initial deps");
}

TEST_F(LyingPeerTest, OnlyWhoWasAskedVotesAndForWhatWasAsked) {
  const std::string vote = "pre_accept_ok { id { slot: 1 } deps: ";
  EXPECT_EQ(Verdict(2, vote + "[0, 0, 1] }"), "a vote on 0.1 that was not asked for");
  EXPECT_EQ(Verdict(1, vote + "[0, 0, 0] }"), "a vote on 0.1 that does not hold its initial deps");
  EXPECT_EQ(Verdict(1, "accept_ok { id { slot: 1 } }"),
            "an AcceptOk of 0.1 that was not asked for");
  EXPECT_EQ(Verdict(1, vote + "[0, 7, 1] }"), "");
  // Not what was proposed: the slow path.
  EXPECT_EQ(Verdict(2, "accept_ok { id { slot: 1 } }"),
            "an AcceptOk of 0.1 that was not asked for");
  EXPECT_EQ(Verdict(1, "accept_ok { id { slot: 1 } }"), "");
}

TEST_F(LyingPeerTest, APayloadThatCannotBeReadIsNone) {
  for (const char* message :
       {"pre_accept { id { coordinator: 1 slot: 9 } initial_deps: [0, 0, 0] fast_quorum: 6 ",
        "accept { id { coordinator: 1 slot: 9 } deps: [0, 0, 0] ",
        "commit { id { coordinator: 1 slot: 9 } deps: [0, 0, 0] ",
        "payload { id { coordinator: 1 slot: 9 } "}) {
    for (const char* payload : {"", "\\377", "\\n\\177", "\\n\\000"}) {
      EXPECT_NE(Verdict(1, absl::StrCat(message, "payload: '", payload, "' }")), "")
          << message << payload;
    }
  }
}

TEST_F(LyingPeerTest, AnotherOutcomeStopsThePartitionAndNotTheReplica) {
  EXPECT_EQ(Verdict(1, "commit { id { coordinator: 1 slot: 1 } OTHER deps: [1, 0, 1] }"), "");
  EXPECT_THAT(listener_.divergences,
              testing::ElementsAre(HasSubstr("two outcomes for instance 1.1")));
  listener_.Propose("k");
  EXPECT_EQ(listener_.replies.back().status.code(), absl::StatusCode::kDataLoss);
  // Nor does it recover anything: its timer is not due for ever.
  listener_.TakeSends();
  listener_.Advance(1000);
  for (const Send& send : listener_.TakeSends()) EXPECT_FALSE(send.envelope.has_recover());
}

TEST_F(LyingPeerTest, ARecovererIsToldWhatFitsTogether) {
  // 1.1 is recovered by 0 in ballot 3, since nothing is heard of it.
  bool asked = false;
  for (int ticks = 0; ticks < 200 && !asked; ++ticks) {
    listener_.Advance(1);
    for (const Send& send : listener_.TakeSends()) {
      const pb::Recover& recover = send.envelope.recover();
      asked = asked || (FromProto(recover.id()) == At(1, 1) && recover.ballot() == 3);
    }
  }
  ASSERT_TRUE(asked);
  const std::string one = "recover_ok { id { coordinator: 1 slot: 1 } ballot: 3 ";
  const std::string vote = one + "phase: PHASE_PRE_ACCEPTED deps: [1, 0, 1] ";
  EXPECT_EQ(Verdict(2, vote + "OTHER initial_deps: [1, 0, 1] fast_quorum: 6 }"),
            "another payload for 1.1");
  EXPECT_EQ(Verdict(2, vote + "PAYLOAD initial_deps: [0, 0, 1] fast_quorum: 6 }"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(Verdict(2, one + "phase: PHASE_ACCEPTED PAYLOAD deps: [0, 0, 1] }"),
            "deps of 1.1 without all of its initial deps");
  EXPECT_EQ(Verdict(2, vote + "PAYLOAD initial_deps: [1, 0, 1] fast_quorum: 6 }"), "");
  const std::string answer = "validate_ok { id { coordinator: 1 slot: 1 } ballot: 3 invalidators ";
  EXPECT_EQ(Verdict(2, answer + "{ id { coordinator: 1 slot: 1 } } }"),
            "1.1 does not invalidate 1.1: it is the same");
  EXPECT_EQ(Verdict(2, answer + "{ id { coordinator: 2 slot: 1 } committed: true } }"),
            "2.1 does not invalidate 1.1: it is among its initial deps");
  EXPECT_TRUE(listener_.epaxos().CheckInvariants().ok());
}

TEST_F(LyingPeerTest, AnInstanceIsRegisteredAsItWasProposed) {
  EXPECT_EQ(Verdict(2, "recover { id { coordinator: 1 slot: 1 } ballot: 5 }"), "");
  const std::string one = "validate { id { coordinator: 1 slot: 1 } ballot: 5 ";
  EXPECT_EQ(Verdict(2, one + "OTHER initial_deps: [1, 0, 1] fast_quorum: 6 }"),
            "another payload for 1.1");
  EXPECT_EQ(Verdict(2, one + "PAYLOAD initial_deps: [0, 0, 1] fast_quorum: 6 }"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(Verdict(2, one + "PAYLOAD initial_deps: [1, 0, 1] fast_quorum: 7 }"),
            "other initial deps or another fast quorum for 1.1");
  EXPECT_EQ(Verdict(2, one + "PAYLOAD initial_deps: [1, 0, 1] fast_quorum: 6 }"), "");
  EXPECT_TRUE(listener_.epaxos().CheckInvariants().ok());
}

// What costs memory is what was sent, never a number in it; what costs messages is time.
TEST_F(LyingPeerTest, SlotsFarAheadAreRememberedAsNumbers) {
  const size_t cells = listener_.epaxos().space().size();
  const std::string far = "36028797018963967";
  for (const std::string& lie : {
           "heartbeat { highest_own: " + far + " committed_prefix_own: " + far + " }",
           "commit { id { coordinator: 1 slot: 7 } noop: true deps: [1, 6, " + far + "] }",
           "payload { id { coordinator: 1 slot: " + far + " } PAYLOAD }",
           "recover { id { coordinator: 1 slot: " + far + " } ballot: 4 }",
           "commit { id { coordinator: 2 slot: " + far +
               " } as_pre_accepted: true deps: [1, 0, 0] }",
       }) {
    EXPECT_EQ(Verdict(1, lie), "") << lie;
  }
  EXPECT_EQ(Verdict(2, "recover { id { coordinator: 1 slot: " + far + " } ballot: 5 }"), "");
  EXPECT_EQ(Verdict(2, "accept { id { coordinator: 1 slot: " + far +
                           " } ballot: 5 noop: true deps: [0, 0, 0] }"),
            "");
  EXPECT_EQ(
      Verdict(2, "commit { id { coordinator: 1 slot: " + far + " } noop: true deps: [0, 0, 0] }"),
      "");
  EXPECT_EQ(listener_.epaxos().space().size(), cells + 1) << "the Commit of 1.7 by 1";
  listener_.TakeSends();
  constexpr uint64_t kMinutes = 30'000;  // Five, in ticks of 10 ms.
  listener_.Advance(kMinutes);
  uint64_t messages = 0, ids = 0;
  for (const Send& send : listener_.TakeSends()) {
    if (!send.envelope.has_fetch() && !send.envelope.has_probe()) continue;
    ++messages;
    ids = std::max<uint64_t>(ids, static_cast<uint64_t>(send.envelope.fetch().ids_size()));
  }
  EXPECT_GT(messages, 0);
  // Two columns, three messages each, at most every two seconds once the pauses have grown.
  EXPECT_LE(messages, 2 * 3 * (kMinutes / 200 + 10));
  EXPECT_LE(ids, 256);
  // What it takes for lost it tries to recover, so much of each column at a time.
  EXPECT_LE(listener_.epaxos().space().size(), cells + 2 + 2 * kRecoveriesMax);
  EXPECT_TRUE(listener_.epaxos().CheckInvariants().ok());
}

// A member that is dead has said nothing of these slots: anyone may speak of them, within reach.
TEST_F(LyingPeerTest, OthersMakeCellsOnlyWithinReachOfWhatIsKnown) {
  const size_t cells = listener_.epaxos().space().size();
  const auto id = [](Slot slot) { return absl::StrCat("id { coordinator: 1 slot: ", slot, " } "); };
  // 1.1 is known.
  const Slot last = 1 + kReachSlots;
  EXPECT_EQ(Verdict(2, "recover { " + id(last) + "ballot: 5 }"), "");
  EXPECT_EQ(listener_.epaxos().space().size(), cells + 1);
  for (const char* lie :
       {"recover { @ ballot: 5 }", "payload { @ PAYLOAD }",
        "accept { @ ballot: 5 PAYLOAD deps: [0, 0, 0] }", "commit { @ PAYLOAD deps: [0, 0, 0] }"}) {
    std::string text = lie;
    text.replace(text.find('@'), 1, id(last + 1));
    EXPECT_EQ(Verdict(2, text), "");
    EXPECT_EQ(listener_.epaxos().space().size(), cells + 1) << lie;
  }
  EXPECT_EQ(listener_.epaxos().space().column(MemberIndex{1}).highest_seen, last + 1);
  // What the column's own coordinator proposes has no such bound.
  EXPECT_EQ(Verdict(1, "pre_accept { " + id(last + 9) +
                           "PAYLOAD initial_deps: [0, 0, 0] fast_quorum: 6 }"),
            "");
  EXPECT_EQ(listener_.epaxos().space().size(), cells + 2);
  EXPECT_EQ(Verdict(2, "recover { " + id(last + 9) + "ballot: 5 }"), "");
  EXPECT_TRUE(listener_.epaxos().space().Find(At(1, last + 9))->ballot == 5);
  // The reach moves on with what is known.
  EXPECT_EQ(Verdict(2, "commit { " + id(2) + "PAYLOAD deps: [0, 0, 0] }"), "");
  EXPECT_EQ(Verdict(2, "recover { " + id(last + 1) + "ballot: 5 }"), "");
  EXPECT_EQ(listener_.epaxos().space().size(), cells + 4);
  EXPECT_TRUE(listener_.epaxos().CheckInvariants().ok());
}

// A member that is lost cannot contradict what another says of it, and everybody passes it on.
TEST_F(LyingPeerTest, WhatIsSaidOfTheLostSpreadsNoFurtherThanWhatIsKnownReaches) {
  const auto told_by = [](const std::vector<Send>& sends) {
    Slot most = 0;
    for (const Send& send : sends) {
      for (const auto* slots : {&send.envelope.heartbeat().seen_of_lost(),
                                &send.envelope.heartbeat_echo().seen_of_lost()}) {
        if (!slots->empty()) most = std::max<Slot>(most, slots->at(1));
      }
    }
    return most;
  };
  listener_.Step(PeerStatus{MemberIndex{1}, false});
  const auto column = [this] { return listener_.epaxos().space().column(MemberIndex{1}); };
  const Slot known = column().known;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Verdict(2, "heartbeat { seen_of_lost: [0, 1000000000000, 0] }"), "");
    EXPECT_EQ(told_by(listener_.TakeSends()), known + kReachSlots) << "the echo";
    listener_.Advance(10);
    EXPECT_LE(told_by(listener_.TakeSends()), known + kReachSlots) << "what it says itself";
  }
  EXPECT_EQ(column().highest_seen, known + kReachSlots);
  // The lost one itself says more when it is back; that is not passed on either when it goes again.
  listener_.Step(PeerStatus{MemberIndex{1}, true});
  EXPECT_EQ(Verdict(1, "heartbeat { highest_own: 1000000000000 }"), "");
  listener_.Step(PeerStatus{MemberIndex{1}, false});
  listener_.TakeSends();
  listener_.Advance(100);
  EXPECT_EQ(told_by(listener_.TakeSends()), column().known + kReachSlots);
}

// No lie: a peer's settings allow what this replica's would not.
TEST_F(LyingPeerTest, ABatchOfAHundredThousandCommandsIsABatch) {
  constexpr int kCommands = 100'000;
  pb::Envelope envelope;
  auto& commit = *envelope.mutable_commit();
  ToProto(At(2, 2), commit.mutable_id());
  for (int i = 0; i < kCommands; ++i) {
    commit.mutable_payload()->append(Put(absl::StrCat("key", i)));
  }
  for (int r = 0; r < 3; ++r) commit.add_deps(0);
  EXPECT_EQ(listener_.Verdict(2, envelope), "");
  EXPECT_EQ(listener_.executed, kCommands);
  // One byte less, and there is no such batch.
  ToProto(At(2, 3), commit.mutable_id());
  commit.mutable_payload()->pop_back();
  EXPECT_EQ(listener_.Verdict(2, envelope), "the payload is no encoded RequestBatch");
}

// A hundred thousand messages of peers that mix truth and lies, in many short lives, since in most
// of them two outcomes stop the execution sooner or later.
TEST(LyingPeersTest, AMutatedMessageBreaksNothingAndCostsNoMoreThanItself) {
  constexpr uint64_t kLives = 500, kMessages = 200;
  uint64_t rejected = 0, answered = 0, diverged = 0;
  for (uint64_t seed = 1; seed <= kLives; ++seed) {
    const int n = seed % 2 == 0 ? 3 : 5;
    Listener listener(n);
    MessageMutator mutator(seed, n);
    uint64_t proposals = 0;
    for (uint64_t i = 0; i < kMessages; ++i) {
      if (i % 16 == 0) listener.Propose(absl::StrCat("key", ++proposals % 4));
      if (i % 64 == 63) {
        listener.Advance(1 + mutator.Below(100));
        // Each recovery asks once in a resending interval, and so does each gap.
        ASSERT_LE(listener.TakeSends().size(), 10 * kRecoveriesMax);
      }
      const auto from = 1 + static_cast<uint32_t>(mutator.Below(static_cast<uint64_t>(n - 1)));
      pb::Envelope envelope = mutator.Plausible(from);
      if (mutator.Below(3) > 0) envelope = mutator.Mutated(std::move(envelope));
      listener.Hear(static_cast<int>(from), std::move(envelope));
      if (i % 8 == 0) {
        const absl::Status status = listener.epaxos().CheckInvariants();
        ASSERT_TRUE(status.ok()) << "seed " << seed << ", message " << i << ": " << status;
      }
      // As many Commits as ids may answer a question, and one message anything else.
      ASSERT_LE(listener.TakeSends().size(), kIdsPerMessageMax + 3u * 64);
      ASSERT_LE(listener.epaxos().space().size(), i + 1 + proposals + kRecoveriesMax);
    }
    rejected += listener.rejected.size();
    answered += listener.replies.size();
    diverged += listener.divergences.empty() ? 0 : 1;
  }
  // It tries both sides of each check.
  EXPECT_GT(rejected, kLives * kMessages / 10);
  EXPECT_LT(rejected, kLives * kMessages * 9 / 10);
  EXPECT_GT(answered, kLives / 2);
  EXPECT_GT(diverged, kLives / 20);
}

}  // namespace
}  // namespace althing
