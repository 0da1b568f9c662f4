// One core, fed by hand: whole outputs compared as text.
#include "replica/core/epaxos/epaxos.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/core/kv_store.h"

namespace althing {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Batch(const std::string& key, const std::string& value,
                  pb::Operation operation = pb::OPERATION_PUT) {
  pb::RequestBatch batch;
  pb::Command& command = *batch.add_requests()->add_commands();
  command.set_operation(operation);
  command.set_key(key);
  command.set_value(value);
  return batch.SerializeAsString();
}

// Member 0 of n; records are durable when Flush says so.
class Member {
 public:
  explicit Member(int n, uint32_t waiting_max = 100, uint64_t collect_ticks = kNeverCollect)
      : epaxos_(Options(n, waiting_max, collect_ticks), store_) {
    for (uint8_t i = 1; i < n; ++i) Step(PeerStatus{MemberIndex{i}, true});
  }

  std::string Step(Input input) {
    Output output;
    epaxos_.Step(LogicalTime{1}, std::move(input), output);
    const absl::Status status = epaxos_.CheckInvariants();
    EXPECT_TRUE(status.ok()) << status;
    appended_ += output.records.size();
    return Text(output);
  }
  std::string Propose(uint64_t request, const std::string& key, const std::string& value) {
    return Turn(althing::Propose{RequestId{request}, Batch(key, value)});
  }
  std::string Receive(int from, const std::string& text) {
    pb::Envelope envelope;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &envelope)) << text;
    return Receive(from, envelope);
  }
  std::string Receive(int from, const pb::Envelope& envelope) {
    return Turn(althing::Receive{MemberIndex{static_cast<uint8_t>(from)}, envelope});
  }
  const std::string& quarantine() const { return epaxos_.quarantine(); }
  std::string Flush() { return Turn(Flushed{LogPosition{appended_}}); }

 private:
  std::string Turn(Input input) {
    std::string text = Step(std::move(input));
    return text += Step(EndTurn{});
  }
  static CoreOptions Options(int n, uint32_t waiting_max, uint64_t collect_ticks) {
    CoreOptions options{
        .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(n, {}, {})};
    options.waiting_proposals_max = waiting_max;
    options.collect_ticks = collect_ticks;
    return options;
  }
  // One line per record, send and reply; of events only what nothing else shows.
  static std::string Text(const Output& output) {
    std::string text;
    for (const pb::Record& record : output.records) {
      absl::StrAppend(&text, "record ", record.ShortDebugString(), "\n");
    }
    for (const Send& send : output.sends) {
      absl::StrAppend(&text, "to ", send.to.bits(), " after ", send.after.value, ": ",
                      send.envelope.ShortDebugString(), "\n");
    }
    for (const Reply& reply : output.replies) {
      absl::StrAppend(&text, "reply ", reply.request.value, " after ", reply.after.value, ": ",
                      reply.status.ok() ? reply.result.ShortDebugString() : reply.status.ToString(),
                      "\n");
    }
    for (const Event& event : output.events) {
      if (event.kind == Event::Kind::kRejected)
        absl::StrAppend(&text, "rejected ", event.text, "\n");
      if (event.kind == Event::Kind::kDivergence)
        absl::StrAppend(&text, "divergence ", event.text, "\n");
    }
    return text;
  }

  KvStore store_{100};
  Epaxos epaxos_;
  uint64_t appended_ = 0;
};

const std::string kPayload = R"("\n\n\n\010\010\002\022\001k\032\001v")";

TEST(EpaxosTest, ProposesAtOnceAndRecordsWhatItProposed) {
  Member member(3);
  EXPECT_EQ(member.Propose(7, "k", "v"),
            "record pre_accepted { id { slot: 1 } payload: " + kPayload +
                " initial_deps: 0 initial_deps: 0 initial_deps: 0 deps: 0 deps: 0 deps: 0 "
                "fast_quorum: 3 }\n"
                "to 2 after 0: pre_accept { id { slot: 1 } payload: " +
                kPayload + " initial_deps: 0 initial_deps: 0 initial_deps: 0 fast_quorum: 3 }\n");
}

TEST(EpaxosTest, DecidesWhenTheAnswerAndTheOwnFlushAreIn) {
  for (const bool flush_first : {false, true}) {
    Member member(3);
    member.Propose(7, "k", "v");
    const std::string ok = "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }";
    EXPECT_EQ(flush_first ? member.Flush() : member.Receive(1, ok), "");
    EXPECT_EQ(
        flush_first ? member.Receive(1, ok) : member.Flush(),
        "record committed { id { slot: 1 } deps: 0 deps: 0 deps: 0 }\n"
        "to 2 after 0: commit { id { slot: 1 } as_pre_accepted: true deps: 0 deps: 0 deps: 0 }\n"
        "to 4 after 0: commit { id { slot: 1 } payload: " +
            kPayload +
            " deps: 0 deps: 0 deps: 0 }\n"
            "reply 7 after 0: results { version: 1 } instance { slot: 1 }\n");
  }
}

TEST(EpaxosTest, VotesOnceAndTheVoteWaitsForItsRecord) {
  Member member(3);
  const std::string pre_accept = "pre_accept { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                                 " initial_deps: [0, 0, 0] fast_quorum: 5 }";
  member.Propose(7, "k", "mine");
  EXPECT_EQ(member.Receive(2, pre_accept),
            "record pre_accepted { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                " initial_deps: 0 initial_deps: 0 initial_deps: 0 deps: 1 deps: 0 deps: 0 "
                "fast_quorum: 5 }\n"
                "to 4 after 2: pre_accept_ok { id { coordinator: 2 slot: 1 } deps: 1 deps: 0 deps: "
                "0 }\n");
  // Another conflicting command becomes known; the vote stays.
  member.Receive(1, "pre_accept { id { coordinator: 1 slot: 1 } payload: " + kPayload +
                        " initial_deps: [0, 0, 0] fast_quorum: 6 }");
  EXPECT_EQ(
      member.Receive(2, pre_accept),
      "to 4 after 2: pre_accept_ok { id { coordinator: 2 slot: 1 } deps: 1 deps: 0 deps: 0 }\n");
}

TEST(EpaxosTest, TakesAPeersOwnColumnAsItIs) {
  Member member(3);
  member.Receive(2, "payload { id { coordinator: 2 slot: 1 } payload: " + kPayload + " }");
  // Slot 1 of coordinator 2 conflicts and is known here, yet only 2 computes its own column.
  EXPECT_THAT(member.Receive(2, "pre_accept { id { coordinator: 2 slot: 2 } payload: " + kPayload +
                                    " initial_deps: [0, 0, 0] fast_quorum: 5 }"),
              HasSubstr("pre_accept_ok { id { coordinator: 2 slot: 2 } deps: 0 deps: 0 deps: 0 }"));
}

TEST(EpaxosTest, AVoteHoldsWhatIsForgottenAndMessagesAboutItMakeNothing) {
  Member member(3, 100, 5);
  const std::string commit =
      "commit { id { coordinator: 1 slot: 1 } payload: " + kPayload + " deps: [0, 0, 0] }";
  member.Receive(1, commit);
  const std::string marks = "applied: [0, 1, 0] everywhere: [0, 1, 0] }";
  for (const int m : {1, 2}) member.Receive(m, "heartbeat { highest_own: 1 " + marks);
  EXPECT_THAT(member.Receive(2, "pre_accept { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                                    " initial_deps: [0, 0, 0] fast_quorum: 5 }"),
              HasSubstr("pre_accept_ok { id { coordinator: 2 slot: 1 } deps: 0 deps: 1 deps: 0 }"));
  EXPECT_EQ(member.Receive(2, commit), "");
  EXPECT_THAT(member.Receive(2, "recover { id { coordinator: 1 slot: 1 } ballot: 5 }"),
              HasSubstr("truncated { everywhere: 0 everywhere: 1 everywhere: 0 }"));
  EXPECT_THAT(member.Receive(1, "heartbeat { applied: [0, 2, 0] everywhere: [0, 2, 0] }"),
              HasSubstr("rejected from member 1: it says that all members have executed"));
}

TEST(EpaxosTest, APayloadIsNoVote) {
  Member member(3);
  EXPECT_EQ(
      member.Receive(1, "payload { id { coordinator: 2 slot: 1 } payload: " + kPayload + " }"), "");
  member.Propose(7, "k", "mine");
  // The PreAccept is still the first thing this member votes on.
  EXPECT_THAT(member.Receive(2, "pre_accept { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                                    " initial_deps: [0, 0, 0] fast_quorum: 5 }"),
              HasSubstr("pre_accept_ok { id { coordinator: 2 slot: 1 } deps: 1 deps: 0 deps: 0 }"));
}

TEST(EpaxosTest, AHigherBallotIsJoinedAndLowerOnesAreRefused) {
  Member member(3);
  const std::string accept =
      "accept { id { coordinator: 2 slot: 1 } ballot: 4 payload: " + kPayload +
      " deps: [0, 0, 0] }";
  EXPECT_EQ(member.Receive(1, accept),
            "record accepted { id { coordinator: 2 slot: 1 } ballot: 4 payload: " + kPayload +
                " deps: 0 deps: 0 deps: 0 }\n"
                "to 2 after 1: accept_ok { id { coordinator: 2 slot: 1 } ballot: 4 }\n");
  EXPECT_EQ(member.Receive(1, accept),
            "to 2 after 1: accept_ok { id { coordinator: 2 slot: 1 } ballot: 4 }\n");
  const std::string nack = "to 4 after 1: nack { id { coordinator: 2 slot: 1 } ballot: 4 }\n";
  EXPECT_EQ(member.Receive(2, "pre_accept { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                                  " initial_deps: [0, 0, 0] fast_quorum: 5 }"),
            nack);
  EXPECT_EQ(member.Receive(2, "accept { id { coordinator: 2 slot: 1 } payload: " + kPayload +
                                  " deps: [0, 0, 0] }"),
            nack);
  EXPECT_THAT(
      member.Receive(
          2, "accept { id { coordinator: 2 slot: 1 } ballot: 5 noop: true deps: [0, 0, 0] }"),
      HasSubstr("to 4 after 2: accept_ok { id { coordinator: 2 slot: 1 } ballot: 5 }"));
}

// What each of Recover's and Validate's receivers says, by what it holds.
const std::string kRecoverOf = "recover { id { coordinator: 1 slot: 1 } ballot: ";
const std::string kValidateIn =
    "validate { id { coordinator: 1 slot: 1 } payload: " + kPayload +
    " initial_deps: 0 initial_deps: 0 initial_deps: 0 fast_quorum: 6 ballot: ";

TEST(EpaxosTest, JoinsARecoverersBallotAndTheAnswerWaitsForThePromise) {
  Member member(3);
  const std::string answer =
      "to 4 after 1: recover_ok { id { coordinator: 1 slot: 1 } ballot: 5 }\n";
  EXPECT_EQ(member.Receive(2, kRecoverOf + "5 }"),
            "record joined { id { coordinator: 1 slot: 1 } ballot: 5 }\n" + answer);
  EXPECT_EQ(member.Receive(2, kRecoverOf + "5 }"), answer) << "the same again";
  EXPECT_EQ(member.Receive(1, kRecoverOf + "4 }"),
            "to 2 after 1: nack { id { coordinator: 1 slot: 1 } ballot: 5 }\n");
  EXPECT_EQ(member.Receive(1, kRecoverOf + "7 }"),
            "record joined { id { coordinator: 1 slot: 1 } ballot: 7 }\n"
            "to 2 after 2: recover_ok { id { coordinator: 1 slot: 1 } ballot: 7 }\n");
}

TEST(EpaxosTest, AnswersARecoverWithTheOutcomeAndNotAfterItsAccept) {
  Member member(3);
  member.Receive(2, kRecoverOf + "5 }");
  const std::string accept =
      "accept { id { coordinator: 1 slot: 1 } ballot: 5 noop: true deps: 0 deps: 0 deps: 0 }";
  EXPECT_THAT(member.Receive(2, accept), HasSubstr("accept_ok"));
  EXPECT_EQ(member.Receive(2, kRecoverOf + "5 }"), "");
  member.Receive(2, "commit { id { coordinator: 1 slot: 1 } noop: true deps: [0, 0, 0] }");
  const std::string outcome =
      "after 0: commit { id { coordinator: 1 slot: 1 } noop: true deps: 0 deps: 0 deps: 0 }\n";
  EXPECT_EQ(member.Receive(2, kRecoverOf + "8 }"), "to 4 " + outcome);
  EXPECT_EQ(member.Receive(2, kValidateIn + "8 }"), "to 4 " + outcome);
}

TEST(EpaxosTest, AnOwnInstanceThatSomebodyRecoversIsGivenUp) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Flush();
  EXPECT_THAT(member.Receive(2, "recover { id { slot: 1 } ballot: 5 }"),
              HasSubstr("fast_quorum: 3 intact: true }"));
  member.Flush();
  EXPECT_EQ(member.Receive(1, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }"), "");
}

TEST(EpaxosTest, RegistersInTheBallotThatItHasJoinedAndOnlyUntilAnAccept) {
  Member member(3);
  EXPECT_EQ(member.Receive(2, kValidateIn + "5 }"), "") << "it has joined nothing";
  member.Receive(2, kRecoverOf + "5 }");
  EXPECT_EQ(member.Receive(2, kValidateIn + "8 }"), "");
  EXPECT_EQ(member.Receive(1, kValidateIn + "4 }"),
            "to 2 after 1: nack { id { coordinator: 1 slot: 1 } ballot: 5 }\n");
  EXPECT_EQ(member.Receive(2, kValidateIn + "5 }"),
            "record validated { id { coordinator: 1 slot: 1 } payload: " + kPayload +
                " initial_deps: 0 initial_deps: 0 initial_deps: 0 fast_quorum: 6 }\n"
                "to 4 after 2: validate_ok { id { coordinator: 1 slot: 1 } ballot: 5 }\n");
  member.Receive(2,
                 "accept { id { coordinator: 1 slot: 1 } ballot: 5 noop: true deps: [0, 0, 0] }");
  EXPECT_EQ(member.Receive(2, kValidateIn + "5 }"), "");
}

TEST(EpaxosTest, GivesAnInstanceUpWhenAnotherBallotTookIt) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Flush();
  member.Receive(1, "nack { id { slot: 1 } ballot: 4 }");
  EXPECT_EQ(member.Receive(1, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }"), "");
  EXPECT_EQ(member.Receive(1, "probe { ids { slot: 1 } }"),
            "to 2 after 0: probe_reply { not_mine { slot: 1 } }\n");
}

TEST(EpaxosTest, ACommandWhoseInstanceEndedAsNoopIsProposedAnew) {
  Member member(3);
  member.Propose(7, "k", "v");
  const std::string output =
      member.Receive(1, "commit { id { slot: 1 } noop: true deps: [0, 0, 0] }");
  EXPECT_THAT(output, HasSubstr("record committed { id { slot: 1 } noop: true"));
  EXPECT_THAT(output, HasSubstr("pre_accept { id { slot: 2 } payload: " + kPayload));
  member.Flush();
  EXPECT_THAT(member.Receive(1, "pre_accept_ok { id { slot: 2 } deps: [1, 0, 0] }"),
              HasSubstr("reply 7 after 0: results { version: 1 } instance { slot: 2 }"));
}

TEST(EpaxosTest, ACommitIsFinalAndComingAgainChangesNothing) {
  Member member(3);
  const std::string commit =
      "commit { id { coordinator: 1 slot: 1 } payload: " + kPayload + " deps: [0, 0, 0] }";
  EXPECT_EQ(member.Receive(1, commit),
            "record committed { id { coordinator: 1 slot: 1 } payload: " + kPayload +
                " deps: 0 deps: 0 deps: 0 }\n");
  EXPECT_EQ(member.Receive(1, commit), "");
  EXPECT_EQ(
      member.Receive(
          1, "commit { id { coordinator: 1 slot: 1 } as_pre_accepted: true deps: [0, 0, 0] }"),
      "");
  // Later rounds are told the outcome.
  EXPECT_THAT(
      member.Receive(
          2, "accept { id { coordinator: 1 slot: 1 } ballot: 5 noop: true deps: [0, 0, 0] }"),
      HasSubstr("to 4 after 0: commit { id { coordinator: 1 slot: 1 } payload"));
}

TEST(EpaxosTest, TwoOutcomesQuarantineThePartitionAndKillNobody) {
  Member member(3);
  member.Receive(
      1, "commit { id { coordinator: 1 slot: 1 } payload: " + kPayload + " deps: [0, 0, 0] }");
  EXPECT_THAT(
      member.Receive(2, "commit { id { coordinator: 1 slot: 1 } noop: true deps: [0, 0, 0] }"),
      HasSubstr("divergence two outcomes for instance 1.1: here"));
  EXPECT_THAT(member.Propose(7, "k", "v"), HasSubstr("reply 7 after 0: DATA_LOSS"));
}

TEST(EpaxosTest, DecidedByOthersThanTheFastQuorumNobodyHearsOfItBeforeItIsDurable) {
  Member member(5);
  member.Step(PeerStatus{MemberIndex{2}, false});
  member.Propose(7, "k", "v");
  member.Flush();
  for (const int from : {1, 3}) {
    EXPECT_EQ(member.Receive(from, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0, 0, 0] }"), "");
  }
  EXPECT_EQ(member.Receive(4, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0, 0, 0] }"),
            "record decided { id { slot: 1 } }\n");
  // From here on it counts as committed; a recoverer's question is answered after the record is
  // durable.
  EXPECT_EQ(member.Receive(3, "nack { id { slot: 1 } ballot: 8 }"), "");
  EXPECT_EQ(
      member.Receive(3, "accept { id { slot: 1 } ballot: 8 noop: true deps: [0, 0, 0, 0, 0] }"),
      "to 8 after 2: commit { id { slot: 1 } payload: " + kPayload +
          " deps: 0 deps: 0 deps: 0 deps: 0 deps: 0 }\n");
  EXPECT_THAT(member.Flush(), HasSubstr("reply 7 after 0: results { version: 1 }"));
}

TEST(EpaxosTest, ACancelledProposalIsNeverProposed) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Propose(8, "k", "w");  // Waits for its key.
  EXPECT_EQ(member.Step(Cancel{RequestId{8}}),
            "reply 8 after 0: DEADLINE_EXCEEDED: not proposed: the deadline passed while it waited "
            "for other commands on its key; the write did not happen\n");
  EXPECT_EQ(member.Step(Cancel{RequestId{8}}), "");
  EXPECT_EQ(member.Step(Cancel{RequestId{7}}), "");  // It is in an instance.
  member.Receive(1, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }");
  EXPECT_THAT(member.Flush(), HasSubstr("reply 7"));
}

const char kNoop[] = "commit { id { slot: 1 } noop: true deps: [0, 0, 0] }";

TEST(EpaxosTest, WhatWasCancelledIsNotProposedAgainAfterANoop) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Step(Cancel{RequestId{7}});
  const std::string text = member.Receive(1, kNoop);
  EXPECT_THAT(text, HasSubstr("reply 7 after 0: DEADLINE_EXCEEDED: the deadline passed and"));
  EXPECT_THAT(text, Not(HasSubstr("pre_accept {")));
}

TEST(EpaxosTest, ManyThatWereAnsweredBeforeTheyWereCancelledAreForgotten) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Step(Cancel{RequestId{7}});
  for (uint64_t request = 1000; request < 4000; ++request) member.Step(Cancel{RequestId{request}});
  EXPECT_THAT(member.Receive(1, kNoop), HasSubstr("reply 7 after 0: DEADLINE_EXCEEDED"));
}

TEST(EpaxosTest, WithoutAQuorumNothingIsProposedAgainOrAnew) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Step(PeerStatus{MemberIndex{1}, false});
  member.Step(PeerStatus{MemberIndex{2}, false});
  EXPECT_THAT(member.Receive(1, kNoop), Not(HasSubstr("pre_accept {")));
  EXPECT_THAT(member.Propose(8, "other", "v"), Not(HasSubstr("pre_accept {")));
  member.Step(PeerStatus{MemberIndex{2}, true});
  EXPECT_THAT(member.Step(EndTurn{}), HasSubstr("pre_accept {"));
}

TEST(EpaxosTest, APayloadThatIsNotTheOneThatWasAcceptedIsADivergence) {
  Member member(3);
  member.Receive(1, "pre_accept { id { coordinator: 1 slot: 1 } payload: " + kPayload +
                        " initial_deps: [0, 0, 0] fast_quorum: 6 }");
  pb::Envelope commit;
  commit.mutable_commit()->mutable_id()->set_coordinator(1);
  commit.mutable_commit()->mutable_id()->set_slot(1);
  commit.mutable_commit()->set_payload(Batch("k", "secret"));
  for (int i = 0; i < 3; ++i) commit.mutable_commit()->add_deps(0);
  const std::string text = member.Receive(1, commit);
  EXPECT_THAT(text, HasSubstr("divergence two outcomes for instance 1.1"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_EQ(member.quarantine(), "two outcomes were seen for instance 1.1");
}

TEST(EpaxosTest, NoWordOfAQuarantineHoldsAValueOrOneToCompareWith) {
  Member member(3);
  pb::Envelope first, second;
  for (pb::Envelope* envelope : {&first, &second}) {
    pb::RequestBatch batch;
    ASSERT_TRUE(batch.ParseFromString(Batch("k", "secret")));
    pb::Request& request = *batch.mutable_requests(0);
    request.mutable_commands(0)->set_if_value("secret");
    if (envelope == &second) *request.add_commands() = request.commands(0);
    pb::Commit& commit = *envelope->mutable_commit();
    commit.mutable_id()->set_coordinator(1);
    commit.mutable_id()->set_slot(1);
    commit.set_payload(batch.SerializeAsString());
    for (int i = 0; i < 3; ++i) commit.add_deps(0);
  }
  EXPECT_THAT(member.Receive(1, first), HasSubstr("secret"));  // Its record holds it.
  const std::string text = member.Receive(2, second);
  EXPECT_THAT(text, HasSubstr("divergence two outcomes for instance 1.1: here"));
  EXPECT_THAT(text + member.quarantine() + member.Propose(7, "k", "secret"),
              Not(HasSubstr("secret")));
}

TEST(EpaxosTest, AnotherOutcomeForWhatIsDecidedAndNotYetToldIsADivergence) {
  Member member(5);
  member.Step(PeerStatus{MemberIndex{2}, false});
  member.Propose(7, "k", "v");
  member.Flush();
  for (const int from : {1, 3, 4}) {
    member.Receive(from, "pre_accept_ok { id { slot: 1 } deps: [0, 0, 0, 0, 0] }");
  }
  const std::string same = "commit { id { slot: 1 } as_pre_accepted: true deps: [0, 0, 0, 0, 0] }";
  EXPECT_EQ(member.Receive(3, same), "");
  EXPECT_THAT(member.Receive(3, "commit { id { slot: 1 } noop: true deps: [0, 0, 0, 0, 0] }"),
              HasSubstr("divergence two outcomes for instance 0.1: here"));
}

TEST(EpaxosTest, AQuarantinedPartitionRefusesWhatWaits) {
  Member member(3);
  member.Propose(7, "k", "v");
  member.Propose(8, "k", "w");
  const std::string commit = "commit { id { coordinator: 1 slot: 1 } noop: true deps: [";
  member.Receive(1, commit + "0, 0, 0] }");
  EXPECT_THAT(member.Receive(2, commit + "0, 0, 1] }"), HasSubstr("reply 8 after 0: DATA_LOSS"));
}

TEST(EpaxosTest, RefusesWhatPeersMakeUpAndLivesOn) {
  Member member(3);
  EXPECT_EQ(member.Receive(1, "commit { id { slot: 9 } noop: true deps: [0, 0, 0] }"),
            "rejected from member 1: slot 9 of mine; the highest is 0\n");
  EXPECT_EQ(
      member.Receive(
          1, "accept { id { coordinator: 1 slot: 1 } as_pre_accepted: true deps: [0, 0, 0] }"),
      "rejected from member 1: Accept of 1.1 without the payload, which is not known here\n");
  EXPECT_EQ(member.Receive(1,
                           "pre_accept { id { coordinator: 1 slot: 1 } payload: '\\377' "
                           "initial_deps: [0, 0, 0] fast_quorum: 6 }"),
            "rejected from member 1: the payload is no encoded RequestBatch\n");
  EXPECT_THAT(member.Propose(1, "k", "v"), HasSubstr("pre_accept"));
}

TEST(EpaxosTest, RefusesProposalsBeyondTheBound) {
  Member member(3, 1);
  EXPECT_EQ(member.Step(Propose{RequestId{1}, Batch("a", "")}), "");
  EXPECT_EQ(
      member.Step(Propose{RequestId{2}, Batch("b", "")}),
      "reply 2 after 0: RESOURCE_EXHAUSTED: 1 proposals wait in this partition, the most that "
      "queues.client_messages_max allows; not proposed, try later\n");
}

}  // namespace
}  // namespace althing
