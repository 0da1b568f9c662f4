#include "replica/core/epaxos/validate.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

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
           "commit { id { coordinator: 2 slot: 7 } noop: true deps: [0, 0, 6] }",
           "nack { id { coordinator: 1 slot: 4 } ballot: 5 }",
           "heartbeat { highest_own: 7 committed_prefix_own: 7 }",
           "heartbeat_echo { highest_own: 4 }",
           "probe { ids { coordinator: 1 slot: 4 } }",
           "probe_reply { in_progress { slot: 1 } not_mine { slot: 2 } }",
           "fetch { ids { slot: 1 } ids { coordinator: 2 slot: 1 } }",
           "payload { id { slot: 1 } }",
       }) {
    EXPECT_EQ(Verdict(text), "") << text;
  }
}

TEST(ValidateTest, RefusesLiesBeforeTheyTouchAnything) {
  const std::pair<const char*, const char*> table[] = {
      {"", "an envelope without a message that this version knows"},
      {"payload { id { coordinator: 3 slot: 1 } }", "coordinator 3 of 3 members"},
      {"payload { id { slot: 0 } }", "slot 0"},
      {"payload { id { slot: 9223372036854775808 } }", "slot 9223372036854775808"},
      {"payload { id { coordinator: 1 slot: 5 } }", "slot 5 of mine; the highest is 4"},
      {"pre_accept { id { coordinator: 2 slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 3 }",
       "instance of coordinator 2 instead of 0"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0] fast_quorum: 3 }",
       "a vector of 2 for 3 members"},
      {"pre_accept { id { slot: 1 } initial_deps: [1, 0, 0] fast_quorum: 3 }",
       "instance 0.1 depends on itself or a later one of its coordinator"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 5, 0] fast_quorum: 3 }",
       "a dependency on slot 5 of member 1"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 72057594037927936] fast_quorum: 3 }",
       "a dependency on slot 72057594037927936 of member 2"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 6 }",
       "fast quorum with bits 6"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 1 }",
       "fast quorum with bits 1"},
      {"pre_accept { id { slot: 1 } initial_deps: [0, 0, 0] fast_quorum: 65539 }",
       "fast quorum with bits 65539"},
      {"pre_accept_ok { id { slot: 1 } deps: [0, 0, 0] }",
       "instance of coordinator 0 instead of 1"},
      {"accept { id { slot: 1 } deps: [0, 0, 0] }", "no value"},
      {"accept { id { slot: 1 } noop: true deps: [0, 0, 0] }", "a noop in ballot 0"},
      {"accept { id { slot: 1 } ballot: 4 noop: true deps: [0, 0, 0] }", "ballot 4 belongs to 1"},
      {"accept { id { coordinator: 2 slot: 1 } payload: 'x' deps: [0, 0, 0] }",
       "ballot 0 belongs to 2"},
      {"accept { id { slot: 1 } ballot: 1099511627776000000 noop: true deps: [0, 0, 0] }",
       "ballot 1099511627776000000"},
      {"commit { id { slot: 1 } deps: [0, 0, 0] }", "no value"},
      {"nack { id { coordinator: 1 slot: 4 } }", "ballot 0"},
      {"heartbeat { highest_own: 1 committed_prefix_own: 2 }",
       "a committed prefix above the highest slot"},
      {"heartbeat { highest_own: 9223372036854775808 }", "a highest slot beyond all bounds"},
      {"probe { }", "0 ids; 1 to 1024 are allowed"},
      {"probe { ids { slot: 1 } }", "instance of coordinator 0 instead of 1"},
      {"fetch { ids { coordinator: 7 slot: 1 } }", "coordinator 7 of 3 members"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(Verdict(text), expected) << text;
}

TEST(ValidateTest, RefusesSendersThatAreNoPeers) {
  EXPECT_EQ(Verdict("heartbeat { }", 1), "a message from member 1");
  EXPECT_EQ(Verdict("heartbeat { }", 9), "a message from member 9");
}

TEST(ValidateTest, RefusesMoreIdsThanAMessageMayName) {
  pb::Envelope envelope;
  for (int i = 0; i <= kIdsPerMessageMax; ++i) envelope.mutable_fetch()->add_ids()->set_slot(1);
  EXPECT_EQ(
      ValidateEnvelope(envelope, MemberIndex{0}, MemberIndex{1}, 4, *Quorums::Create(3, {}, {}))
          .message(),
      "1025 ids; 1 to 1024 are allowed");
}

}  // namespace
}  // namespace althing
