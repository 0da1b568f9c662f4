// The two orders of flushes (docs/protocol.md, 4): whole outputs of a coordinator, step by step, on
// each of its three ways to a decision.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/kv_store.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// Member 0 of n, which has proposed one put. Steps are printed as they are given, and under each
// what it puts out.
class FlushOrderStory {
 public:
  FlushOrderStory(int n, bool in_sequence) : epaxos_(Options(n, in_sequence), store_) {
    for (int m = 1; m < n; ++m) Step(PeerStatus{MemberIndex{static_cast<uint8_t>(m)}, true});
    text_.clear();
    Turn("propose", Propose{RequestId{7}, Put("k")});
  }
  void Vote(int from, const std::string& deps) {
    pb::Envelope envelope;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("pre_accept_ok { id { slot: 1 } deps: ", deps, " }"), &envelope));
    Turn(absl::StrCat("vote of ", from),
         Receive{MemberIndex{static_cast<uint8_t>(from)}, envelope});
  }
  void AcceptOk(int from) {
    pb::Envelope envelope;
    ToProto(At(0, 1), envelope.mutable_accept_ok()->mutable_id());
    Turn(absl::StrCat("AcceptOk of ", from),
         Receive{MemberIndex{static_cast<uint8_t>(from)}, envelope});
  }
  void Flush() { Turn("flush", Flushed{LogPosition{appended_}}); }
  void Later(uint64_t ticks) {
    now_ += ticks;
    Turn("tick", Tick{});
  }
  const std::string& text() const { return text_; }

 private:
  static CoreOptions Options(int n, bool in_sequence) {
    CoreOptions options = OptionsFor(n);
    options.thrifty = false;
    options.flushes_in_sequence = in_sequence;
    return options;
  }
  void Turn(const std::string& name, Input input) {
    absl::StrAppend(&text_, name, "\n");
    Step(std::move(input));
    Step(EndTurn{});
  }
  void Step(Input input) {
    Output output;
    epaxos_.Step(LogicalTime{now_}, std::move(input), output);
    for (const pb::Record& record : output.records) {
      absl::StrAppend(&text_, "  record ", ++appended_, " ", Short(record), "\n");
    }
    for (const Send& send : output.sends) {
      absl::StrAppend(&text_, "  to ", send.to.bits(), " after ", send.after.value, ": ",
                      Short(send.envelope), "\n");
    }
    for (const Reply& reply : output.replies) {
      absl::StrAppend(&text_, "  reply ", reply.request.value, " after ", reply.after.value, ": ",
                      Short(reply.result), "\n");
    }
  }
  // The payload and the vector without deps are the same in each.
  static std::string Short(const google::protobuf::Message& message) {
    std::string text = message.ShortDebugString();
    const auto replace = [&](const std::string& what, const std::string& by) {
      for (size_t at; (at = text.find(what)) != std::string::npos;) {
        text.replace(at, what.size(), by);
      }
    };
    replace("id { slot: 1 } ", "");
    replace("payload: \"" + absl::CEscape(Put("k")) + "\" ", "K ");
    for (const std::string name : {"initial_deps", "deps"}) {
      const std::string none = name + ": 0 ";
      replace(" " + none + none + none + none + none, " " + name + "=none ");
      replace(" " + none + none + none, " " + name + "=none ");
    }
    return text;
  }

  KvStore store_{100};
  Epaxos epaxos_;
  uint64_t appended_ = 0, now_ = 1;
  std::string text_;
};

constexpr char kNews[] = "  to 6 after 0: heartbeat { highest_own: 1 }\n";

// What the two orders differ in: what the PreAccept waits for...
std::string Proposed(bool in_sequence, int others, int fast_quorum) {
  return absl::StrCat(
      "propose\n  record 1 pre_accepted { K initial_deps=none deps=none fast_quorum: ", fast_quorum,
      " }\n  to ", others, " after ", in_sequence ? 1 : 0,
      ": pre_accept { K initial_deps=none fast_quorum: ", fast_quorum, " }\n");
}
// ... and whether what F decides has a record of its own, and waits for it.
std::string Decided(int record, int voters, int others) {
  return absl::StrCat("  record ", record, " committed { deps=none }\n  to ", voters,
                      " after 0: commit { as_pre_accepted: true deps=none }\n  to ", others,
                      " after 0: commit { K deps=none }\n"
                      "  reply 7 after 0: results { version: 1 } instance { slot: 1 }\n");
}

TEST(FlushOrderTest, DecidedByTheFastQuorum) {
  for (const bool in_sequence : {false, true}) {
    FlushOrderStory story(3, in_sequence);
    story.Vote(1, "[0, 0, 0]");
    story.Flush();
    story.Flush();
    EXPECT_EQ(story.text(), Proposed(in_sequence, 6, 3) + "vote of 1\nflush\n" +
                                (in_sequence ? "  record 2 decided { }\nflush\n" + Decided(3, 2, 4)
                                             : Decided(2, 2, 4) + "flush\n"));
  }
}

TEST(FlushOrderTest, DecidedByOthersThanTheFastQuorum) {
  for (const bool in_sequence : {false, true}) {
    FlushOrderStory story(5, in_sequence);
    story.Flush();
    for (const int m : {1, 3, 4}) story.Vote(m, "[0, 0, 0, 0, 0]");
    story.Flush();
    EXPECT_EQ(story.text(), Proposed(in_sequence, 30, 7) +
                                "flush\nvote of 1\nvote of 3\nvote of 4\n  record 2 decided { }\n"
                                "flush\n" +
                                Decided(3, 26, 4));
  }
}

TEST(FlushOrderTest, DecidedSlowly) {
  for (const bool in_sequence : {false, true}) {
    FlushOrderStory story(3, in_sequence);
    story.Flush();
    story.Vote(1, "[0, 0, 2]");
    story.Later(2);
    story.AcceptOk(1);
    story.Flush();
    EXPECT_EQ(story.text(),
              Proposed(in_sequence, 6, 3) +
                  "flush\nvote of 1\ntick\n"
                  "  record 2 accepted { deps: 0 deps: 0 deps: 2 }\n"
                  "  to 2 after 0: accept { as_pre_accepted: true deps: 0 deps: 0 deps: 2 }\n"
                  "  to 4 after 0: accept { K deps: 0 deps: 0 deps: 2 }\n"
                  "AcceptOk of 1\nflush\n"
                  "  record 3 committed { deps: 0 deps: 0 deps: 2 }\n"
                  "  to 2 after 0: commit { as_pre_accepted: true deps: 0 deps: 0 deps: 2 }\n"
                  "  to 4 after 0: commit { K deps: 0 deps: 0 deps: 2 }\n");
  }
}

// While the disk stands still a PreAccept that has not left is not repeated either.
TEST(FlushOrderTest, WhatHasNotLeftIsNotRepeated) {
  for (const bool in_sequence : {false, true}) {
    FlushOrderStory story(3, in_sequence);
    story.Later(10);
    const bool repeated = story.text() != Proposed(in_sequence, 6, 3) + "tick\n" + kNews;
    EXPECT_EQ(repeated, !in_sequence) << story.text();
  }
}

}  // namespace
}  // namespace althing
