#include "replica/core/epaxos/validate.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace althing {
namespace {

pb::Envelope Parse(const std::string& text) {
  pb::Envelope envelope;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &envelope)) << text;
  return envelope;
}

// What member 1 of 3, whose highest own slot is 4, says to the message of member 0.
std::string Verdict(const std::string& text, int from = 0) {
  return std::string(ValidateEnvelope(Parse(text), MemberIndex{static_cast<uint8_t>(from)},
                                      MemberIndex{1}, 4, *Quorums::Create(3, {}, {}))
                         .message());
}

TEST(ValidateTest, LetsEachHonestMessageIn) {
  for (const char* text : {
           "pre_accept { id { slot: 1 } initial_deps: [0, 4, 0] fast_quorum: 3 }",
           "pre_accept_ok { id { coordinator: 1 slot: 4 } deps: [9, 3, 0] }",
           "accept { id { slot: 2 } as_pre_accepted: true deps: [1, 0, 0] }",
           "accept { id { coordinator: 2 slot: 2 } ballot: 3 noop: true deps: [0, 0, 0] }",
           "accept_ok { id { coordinator: 1 slot: 4 } }",
           "accept_ok { id { slot: 4 } ballot: 4 }",
           "commit { id { coordinator: 2 slot: 7 } noop: true deps: [0, 0, 6] }",
           "nack { id { coordinator: 1 slot: 4 } ballot: 5 }",
           "heartbeat { highest_own: 7 committed_prefix_own: 7 }",
           "heartbeat_echo { highest_own: 4 seen_of_lost: [0, 4, 9] }",
           "heartbeat { applied: [9, 4, 9] everywhere: [9, 4, 0] }",
           "heartbeat_echo { applied: [9, 4, 9] everywhere: [0, 0, 0] }",
           "truncated { everywhere: [9, 4, 0] }",
           "probe { ids { coordinator: 1 slot: 4 } }",
           "probe { ids { slot: 1 } ids { coordinator: 2 slot: 9 } with_payload: true }",
           "probe_reply { in_progress { slot: 1 } not_mine { slot: 2 } }",
           "fetch { ids { slot: 1 } ids { coordinator: 2 slot: 1 } }",
           "payload { id { slot: 1 } }",
           "recover { id { coordinator: 2 slot: 9 } ballot: 3 }",
           "recover_ok { id { slot: 1 } ballot: 4 intact: true }",
           "recover_ok { id { coordinator: 2 slot: 9 } ballot: 4 initial_deps: [0, 0, 0] "
           "fast_quorum: 5 }",
           "recover_ok { id { coordinator: 2 slot: 9 } ballot: 4 phase: PHASE_PRE_ACCEPTED "
           "payload: 'x' deps: [1, 0, 8] initial_deps: [0, 0, 8] fast_quorum: 5 }",
           "recover_ok { id { coordinator: 2 slot: 9 } ballot: 4 phase: PHASE_ACCEPTED "
           "payload: 'x' deps: [0, 0, 0] }",
           "recover_ok { id { coordinator: 2 slot: 9 } ballot: 4 phase: PHASE_ACCEPTED "
           "accepted_ballot: 3 noop: true deps: [0, 0, 0] initial_deps: [0, 0, 8] fast_quorum: 5 "
           "}",
           "validate { id { slot: 1 } ballot: 3 payload: 'x' initial_deps: [0, 4, 0] "
           "fast_quorum: 3 }",
           "validate_ok { id { slot: 1 } ballot: 4 invalidators { id { coordinator: 1 slot: 4 } "
           "committed: true } invalidators { id { slot: 2 } } }",
           "waiting { id { coordinator: 2 slot: 9 } voters: 6 }",
       }) {
    EXPECT_EQ(Verdict(text), "") << text;
  }
}

using Lies = std::vector<std::pair<const char*, const char*>>;

void ExpectRefused(const Lies& lies) {
  for (const auto& [text, expected] : lies) EXPECT_EQ(Verdict(text), expected) << text;
}

// One lie at least for every field of every message.
TEST(ValidateTest, RefusesLiesAboutIds) {
  ExpectRefused({
      {"", "an envelope without a message that this version knows"},
      {"payload { id { coordinator: 3 slot: 1 } }", "coordinator 3 of 3 members"},
      {"payload { id { coordinator: 4294967295 slot: 1 } }", "coordinator 4294967295 of 3 members"},
      {"payload { id { slot: 0 } }", "slot 0"},
      {"payload { }", "slot 0"},
      {"payload { id { slot: 36028797018963969 } }", "slot 36028797018963969"},
      {"payload { id { slot: 9223372036854775808 } }", "slot 9223372036854775808"},
      {"payload { id { coordinator: 1 slot: 5 } }", "slot 5 of mine; the highest is 4"},
      {"pre_accept { id { coordinator: 2 slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 3 }",
       "instance of coordinator 2 instead of 0"},
      {"pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }",
       "instance of coordinator 0 instead of 1"},
      {"pre_accept_ok { id { coordinator: 1 slot: 5 } deps: [0, 0, 0] }",
       "slot 5 of mine; the highest is 4"},
      {"accept { id { slot: 0 } payload: 'x' deps: [0, 0, 0] }", "slot 0"},
      {"accept_ok { id { coordinator: 1 slot: 5 } }", "slot 5 of mine; the highest is 4"},
      {"commit { id { coordinator: 1 slot: 5 } noop: true deps: [0, 0, 0] }",
       "slot 5 of mine; the highest is 4"},
      {"nack { id { coordinator: 1 slot: 5 } ballot: 3 }", "slot 5 of mine; the highest is 4"},
  });
}

TEST(ValidateTest, RefusesLiesAboutDeps) {
  ExpectRefused({
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0] fast_quorum: 3 }",
       "a vector of 2 for 3 members"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0, 0] fast_quorum: 3 }",
       "a vector of 4 for 3 members"},
      {"pre_accept { id { slot: 1 } initial_deps: [1, 0, 0] fast_quorum: 3 }",
       "instance 0.1 depends on itself or a later one of its coordinator"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 5, 0] fast_quorum: 3 }",
       "a dependency on slot 5 of member 1"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 72057594037927936] fast_quorum: 3 }",
       "a dependency on slot 72057594037927936 of member 2"},
      {"pre_accept_ok { id { coordinator: 1 slot: 4 } }", "a vector of 0 for 3 members"},
      {"pre_accept_ok { id { coordinator: 1 slot: 4 } deps: [0, 4, 0] }",
       "instance 1.4 depends on itself or a later one of its coordinator"},
      {"pre_accept_ok { id { coordinator: 1 slot: 4 } deps: [18446744073709551615, 0, 0] }",
       "a dependency on slot 18446744073709551615 of member 0"},
      {"accept { id { slot: 1 } payload: 'x' deps: [0, 5, 0] }",
       "a dependency on slot 5 of member 1"},
      {"commit { id { slot: 1 } noop: true deps: [0] }", "a vector of 1 for 3 members"},
      {"commit { id { slot: 7 } noop: true deps: [8, 0, 0] }",
       "instance 0.7 depends on itself or a later one of its coordinator"},
  });
}

TEST(ValidateTest, RefusesLiesAboutQuorumsBallotsAndValues) {
  ExpectRefused({
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 6 }",
       "fast quorum with bits 6"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 1 }",
       "fast quorum with bits 1"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] }", "fast quorum with bits 0"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 65539 }",
       "fast quorum with bits 65539"},
      {"accept { id { slot: 1 } deps: [0, 0, 0] }", "no value"},
      {"accept { id { slot: 1 } noop: true deps: [0, 0, 0] }", "a noop in ballot 0"},
      {"accept { id { slot: 1 } ballot: 3 noop: false deps: [0, 0, 0] }",
       "a value that is not the case"},
      {"accept { id { slot: 1 } as_pre_accepted: false deps: [0, 0, 0] }",
       "a value that is not the case"},
      {"accept { id { slot: 1 } ballot: 4 noop: true deps: [0, 0, 0] }", "ballot 4 belongs to 1"},
      {"accept { id { coordinator: 2 slot: 1 } payload: 'x' deps: [0, 0, 0] }",
       "ballot 0 belongs to 2"},
      {"accept { id { slot: 1 } ballot: 1099511627776000000 noop: true deps: [0, 0, 0] }",
       "ballot 1099511627776000000"},
      {"accept_ok { id { slot: 1 } }", "ballot 0 belongs to 0"},
      {"accept_ok { id { coordinator: 1 slot: 4 } ballot: 3 }", "ballot 3 belongs to 0"},
      {"accept_ok { id { coordinator: 1 slot: 4 } ballot: 36028797018963971 }",
       "ballot 36028797018963971"},
      {"commit { id { slot: 1 } deps: [0, 0, 0] }", "no value"},
      {"commit { id { slot: 1 } noop: false deps: [0, 0, 0] }", "a value that is not the case"},
      {"commit { id { slot: 1 } as_pre_accepted: false deps: [0, 0, 0] }",
       "a value that is not the case"},
      {"nack { id { coordinator: 1 slot: 4 } }", "ballot 0"},
      {"nack { id { coordinator: 1 slot: 4 } ballot: 36028797018963969 }",
       "ballot 36028797018963969"},
  });
}

TEST(ValidateTest, RefusesLiesAboutRecoveries) {
  ExpectRefused({
      {"recover { ballot: 3 }", "slot 0"},
      {"recover { id { coordinator: 1 slot: 5 } ballot: 3 }", "slot 5 of mine; the highest is 4"},
      {"recover { id { slot: 1 } }", "ballot 0"},
      {"recover { id { slot: 1 } ballot: 4 }", "ballot 4 belongs to 1"},
      {"recover { id { slot: 1 } ballot: 36028797018963969 }", "ballot 36028797018963969"},
      {"validate { ballot: 3 initial_deps: [0, 0, 0] fast_quorum: 3 }", "slot 0"},
      {"validate { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 3 }", "ballot 0"},
      {"validate { id { slot: 1 } ballot: 5 initial_deps: [0, 0, 0] fast_quorum: 3 }",
       "ballot 5 belongs to 2"},
      {"validate { id { slot: 1 } ballot: 3 fast_quorum: 3 }", "a vector of 0 for 3 members"},
      {"validate { id { slot: 1 } ballot: 3 initial_deps: [1, 0, 0] fast_quorum: 3 }",
       "instance 0.1 depends on itself or a later one of its coordinator"},
      {"validate { id { slot: 1 } ballot: 3 initial_deps: [0, 5, 0] fast_quorum: 3 }",
       "a dependency on slot 5 of member 1"},
      {"validate { id { slot: 1 } ballot: 3 initial_deps: [0, 0, 0] fast_quorum: 6 }",
       "fast quorum with bits 6"},
      {"validate { id { slot: 1 } ballot: 3 initial_deps: [0, 0, 0] fast_quorum: 65539 }",
       "fast quorum with bits 65539"},
      {"validate_ok { ballot: 4 }", "slot 0"},
      {"validate_ok { id { slot: 1 } }", "ballot 0"},
      {"validate_ok { id { slot: 1 } ballot: 3 }", "ballot 3 belongs to 0"},
      {"validate_ok { id { slot: 1 } ballot: 4 invalidators { } }", "slot 0"},
      {"validate_ok { id { slot: 1 } ballot: 4 invalidators { id { slot: 2 } } "
       "invalidators { id { coordinator: 3 slot: 2 } } }",
       "coordinator 3 of 3 members"},
      {"validate_ok { id { slot: 1 } ballot: 4 invalidators { id { coordinator: 1 slot: 5 } } }",
       "slot 5 of mine; the highest is 4"},
      {"waiting { voters: 1 }", "slot 0"},
      {"waiting { id { coordinator: 3 slot: 1 } voters: 8 }", "coordinator 3 of 3 members"},
      {"waiting { id { slot: 1 } voters: 9 }", "members with bits 9"},
      {"waiting { id { slot: 1 } voters: 65537 }", "members with bits 65537"},
      {"waiting { id { slot: 1 } voters: 6 }", "voters without the coordinator"},
      {"waiting { id { slot: 1 } }", "voters without the coordinator"},
  });
}

TEST(ValidateTest, RefusesLiesAboutWhatWasVotedFor) {
  const std::string vote = "ballot: 4 phase: PHASE_PRE_ACCEPTED ";
  const std::string initial = "initial_deps: [1, 0, 8] fast_quorum: 5 ";
  const std::string accepted = "ballot: 4 phase: PHASE_ACCEPTED ";
  const std::vector<std::pair<std::string, const char*>> lies = {
      {"", "ballot 0"},
      {"ballot: 3", "ballot 3 belongs to 0"},
      {"ballot: 4 phase: 7", "an unknown phase"},
      {"ballot: 4 noop: true", "accepted nothing, but a value"},
      {"ballot: 4 accepted_ballot: 1", "accepted nothing, but a value"},
      {vote + initial + "payload: 'x' deps: [1, 0, 8] accepted_ballot: 1",
       "accepted nothing, but a value"},
      {vote + initial + "deps: [1, 0, 8] noop: true", "accepted nothing, but a value"},
      {accepted + "payload: 'x' deps: [0, 0, 0] accepted_ballot: 4",
       "accepted in this ballot or a later one"},
      {accepted + "payload: 'x' deps: [0, 0, 0] accepted_ballot: 18446744073709551615",
       "accepted in this ballot or a later one"},
      {accepted + "noop: true deps: [0, 0, 0]", "a noop in ballot 0"},
      {accepted + "payload: 'x'", "a vote without dependencies, or the reverse"},
      {"ballot: 4 deps: [0, 0, 0]", "a vote without dependencies, or the reverse"},
      {"ballot: 4 fast_quorum: 5", "a fast quorum without initial dependencies, or the reverse"},
      {"ballot: 4 initial_deps: [0, 0, 0]",
       "a fast quorum without initial dependencies, or the reverse"},
      {vote + "payload: 'x' deps: [1, 0, 8]", "a vote for unknown initial dependencies"},
      {vote + initial + "deps: [1, 0, 8]", "a value without payload, or the reverse"},
      {accepted + "deps: [1, 0, 8]", "a value without payload, or the reverse"},
      {"ballot: 4 payload: 'x'", "a value without payload, or the reverse"},
      {accepted + "accepted_ballot: 1 noop: true payload: 'x' deps: [0, 0, 0]",
       "a value without payload, or the reverse"},
      {"ballot: 4 intact: true", "intact, and not the coordinator"},
      {accepted + "payload: 'x' deps: [0, 0]", "a vector of 2 for 3 members"},
      {accepted + "payload: 'x' deps: [0, 5, 0]", "a dependency on slot 5 of member 1"},
      {accepted + "payload: 'x' deps: [0, 0, 9]",
       "instance 2.9 depends on itself or a later one of its coordinator"},
      {"ballot: 4 initial_deps: [0, 5, 0] fast_quorum: 5", "a dependency on slot 5 of member 1"},
      {"ballot: 4 initial_deps: [0, 0, 0] fast_quorum: 3", "fast quorum with bits 3"},
      {vote + initial + "payload: 'x' deps: [0, 0, 8]",
       "a vote that does not hold the initial dependencies"},
      {accepted + initial + "payload: 'x' deps: [0, 0, 8]",
       "a vote that does not hold the initial dependencies"},
      {vote + "initial_deps: [0, 0, 7] fast_quorum: 5 payload: 'x' deps: [0, 0, 8]",
       "a vote that adds to the coordinator's own column"},
  };
  for (const auto& [text, expected] : lies) {
    EXPECT_EQ(Verdict("recover_ok { id { coordinator: 2 slot: 9 } " + text + " }"), expected)
        << text;
  }
  EXPECT_EQ(Verdict("recover_ok { ballot: 4 }"), "slot 0");
}

TEST(ValidateTest, RefusesLiesAboutProgress) {
  ExpectRefused({
      {"heartbeat { highest_own: 1 committed_prefix_own: 2 }",
       "a committed prefix above the highest slot"},
      {"heartbeat { highest_own: 9223372036854775808 }", "a highest slot beyond all bounds"},
      {"heartbeat { seen_of_lost: [0, 0] }", "a vector of 2 for 3 members"},
      {"heartbeat { seen_of_lost: [0, 9, 0] }", "news of slot 9 of member 1"},
      {"heartbeat { applied: [0, 0] everywhere: [0, 0] }", "a vector of 2 for 3 members"},
      {"heartbeat { applied: [0, 0, 0] }", "a vector of 0 for 3 members"},
      {"heartbeat { applied: [0, 5, 0] everywhere: [0, 0, 0] }", "executed slot 5 of member 1"},
      {"heartbeat_echo { applied: [1, 0, 0] everywhere: [2, 0, 0] }",
       "executed everywhere and not at the sender"},
      {"truncated { }", "a vector of 0 for 3 members"},
      {"truncated { everywhere: [0, 5, 0] }", "executed everywhere slot 5 of member 1"},
      {"heartbeat_echo { seen_of_lost: [0, 0, 9223372036854775808] }",
       "news of slot 9223372036854775808 of member 2"},
      {"heartbeat_echo { highest_own: 1 committed_prefix_own: 2 }",
       "a committed prefix above the highest slot"},
      {"heartbeat_echo { highest_own: 5 }", "an echo of a slot that I have not used"},
      {"probe { }", "0 ids; 1 to 1024 are allowed"},
      {"probe { ids { coordinator: 3 slot: 1 } }", "coordinator 3 of 3 members"},
      {"probe { ids { coordinator: 1 slot: 36028797018963969 } }", "slot 36028797018963969"},
      {"probe_reply { }", "no ids"},
      {"probe_reply { in_progress { coordinator: 1 slot: 1 } }",
       "instance of coordinator 1 instead of 0"},
      {"probe_reply { in_progress { slot: 1 } not_mine { coordinator: 2 slot: 1 } }",
       "instance of coordinator 2 instead of 0"},
      {"probe_reply { not_mine { slot: 0 } }", "slot 0"},
      {"fetch { }", "0 ids; 1 to 1024 are allowed"},
      {"fetch { ids { coordinator: 7 slot: 1 } }", "coordinator 7 of 3 members"},
      {"fetch { ids { slot: 1 } ids { slot: 0 } }", "slot 0"},
  });
}

// Who asks may have been lied to; refusing the question would keep the rest from it too.
TEST(ValidateTest, AQuestionMayNameOwnSlotsThatWereNeverUsed) {
  EXPECT_EQ(Verdict("fetch { ids { coordinator: 1 slot: 4 } ids { coordinator: 1 slot: 900 } }"),
            "");
  EXPECT_EQ(Verdict("probe { ids { coordinator: 1 slot: 900 } }"), "");
}

TEST(ValidateTest, RefusesSendersThatAreNoPeers) {
  EXPECT_EQ(Verdict("heartbeat { }", 1), "a message from member 1");
  EXPECT_EQ(Verdict("heartbeat { }", 9), "a message from member 9");
}

TEST(ValidateTest, RefusesMoreIdsThanAMessageMayName) {
  const auto verdict = [](const pb::Envelope& envelope) {
    return ValidateEnvelope(envelope, MemberIndex{0}, MemberIndex{1}, 4,
                            *Quorums::Create(3, {}, {}));
  };
  pb::Envelope fetch, probe, in_progress, not_mine;
  for (int i = 0; i < kIdsPerMessageMax; ++i) {
    fetch.mutable_fetch()->add_ids()->set_slot(1);
    ToProto({1, MemberIndex{1}}, probe.mutable_probe()->add_ids());
    in_progress.mutable_probe_reply()->add_in_progress()->set_slot(1);
    not_mine.mutable_probe_reply()->add_not_mine()->set_slot(1);
  }
  for (const auto& most : {fetch, probe, in_progress, not_mine}) EXPECT_TRUE(verdict(most).ok());
  fetch.mutable_fetch()->add_ids()->set_slot(1);
  EXPECT_EQ(verdict(fetch).message(), "1025 ids; 1 to 1024 are allowed");
  ToProto({1, MemberIndex{1}}, probe.mutable_probe()->add_ids());
  EXPECT_EQ(verdict(probe).message(), "1025 ids; 1 to 1024 are allowed");
  in_progress.mutable_probe_reply()->add_in_progress()->set_slot(1);
  EXPECT_EQ(verdict(in_progress).message(), "1025 ids; at most 1024 are allowed");
  not_mine.mutable_probe_reply()->add_not_mine()->set_slot(1);
  EXPECT_EQ(verdict(not_mine).message(), "1025 ids; at most 1024 are allowed");
}

}  // namespace
}  // namespace althing
