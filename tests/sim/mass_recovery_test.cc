// A coordinator dies and leaves ten thousand instances undecided: the others finish them in time,
// with bounded memory, and go on with new commands meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/recovery.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

constexpr uint64_t kLeft = 10'000;

class MassRecoveryTest : public testing::Test {
 protected:
  // Member 0 has told member 1 and 2, its fast quorum, of all its instances, and is dead.
  MassRecoveryTest() {
    for (uint64_t i = 0; i < kLeft; ++i) cluster_.Propose(0, pb::OPERATION_PUT, Key(i), "v");
    while (cluster_.Drop(Not(OfType(pb::Envelope::kPreAccept))) > 0) continue;
    cluster_.DeliverFrames();
    cluster_.Drop();
    cluster_.Crash(0);
  }
  static std::string Key(uint64_t i) { return absl::StrCat("key", i); }

  // A frame takes a tick. Counts what is on its way.
  void Tick() {
    most_ = std::max(most_, cluster_.waiting().size());
    messages_ += cluster_.waiting().size();
    for (const Message& message : cluster_.waiting()) {
      if (message.envelope.has_recover()) ++asked_by_[message.from.value];
    }
    frames_ += cluster_.DeliverFrames();
    cluster_.Advance(1);
    ++ticks_;
  }
  uint64_t Executed(int at) const { return cluster_.Sum(at, Event::Kind::kExecutedCommands); }

  Cluster cluster_{{.n = 5, .window = 20'000}};
  uint64_t messages_ = 0, frames_ = 0, ticks_ = 0;
  size_t most_ = 0;                   // Messages on their way at a time.
  std::map<int, uint64_t> asked_by_;  // Recover messages.
};

TEST_F(MassRecoveryTest, TenThousandAreDecidedInFewFramesWhileNewCommandsAreAnswered) {
  uint64_t slowest = 0, answered = 0, asked_at = 0;
  RequestId fresh;
  while (Executed(1) < kLeft + answered || Executed(4) < kLeft + answered) {
    ASSERT_LT(ticks_, 1000u) << Executed(1) << " " << Executed(4);
    // One new command at a time, on a key of its own.
    if (fresh.value != 0 && !cluster_.replies(fresh).empty()) {
      slowest = std::max(slowest, ticks_ - asked_at);
      ++answered;
      fresh = {};
    }
    if (fresh.value == 0) {
      fresh = cluster_.Propose(3, pb::OPERATION_PUT, absl::StrCat("new", ticks_), "v");
      asked_at = ticks_;
    }
    Tick();
  }
  std::cout << kLeft << " instances: " << ticks_ << " ticks, " << messages_ << " messages in "
            << frames_ << " frames, at most " << most_ << " at a time; " << answered
            << " new commands meanwhile, the slowest took " << slowest << " ticks\n";
  // One does it, and asks each of the others once for each.
  EXPECT_EQ(asked_by_.size(), 1u);
  EXPECT_EQ(asked_by_[1], 4 * kLeft);
  // Recover, Validate, Accept and their answers, Commit: of those who live and to the dead. And who
  // hears of an instance by a heartbeat first asks for it.
  EXPECT_LT(messages_, 28 * kLeft);
  EXPECT_LT(frames_, kLeft / 8);
  EXPECT_LT(most_, 8 * kRecoveriesMax);
  EXPECT_LT(ticks_, 200u);
  // As long as without: there and back.
  EXPECT_GT(answered, 20u);
  EXPECT_LE(slowest, 3u);
}

}  // namespace
}  // namespace althing::sim
