// One core of a group of one, its log and its checkpoints: what stands in for the log.
#include "replica/core/epaxos/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "replica/core/replica_core.h"
#include "tests/core/epaxos/state_fixture.h"
#include "tests/core/requests.h"

namespace althing {
namespace {

using testing::HasSubstr;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() {
    options_.window_instances_max = 4;
    options_.collect_ticks = 1;
    core_ = std::make_unique<ReplicaCore>(options_);
    Step(BeginRun{});
    Flush();
  }

  void Step(Input input) {
    Output output;
    core_->Step(PartitionId{0}, LogicalTime{now_}, std::move(input), output);
    const absl::Status status = core_->CheckInvariants();
    EXPECT_TRUE(status.ok()) << status;
    appended_ += output.records.size();
    for (pb::Record& record : output.records) log_.push_back(std::move(record));
    for (pb::CheckpointPiece& piece : output.pieces) pieces_.push_back(std::move(piece));
    for (const Reply& reply : output.replies) {
      answers_ += absl::StrCat(reply.status.ToString(), " ", reply.result.ShortDebugString(), "\n");
    }
  }
  void Flush() {
    Step(Flushed{LogPosition{appended_}});
    Step(EndTurn{});
  }
  void Propose(const pb::Request& request) {
    Step(althing::Propose{RequestId{++requests_}, Encode({request})});
    Step(EndTurn{});
  }
  void Write(const std::string& key, const std::string& value, pb::Operation operation) {
    Propose(Of({Make(operation, key, value)}));
    Flush();
  }
  void Append(const std::string& key, const std::string& value) {
    Write(key, value, pb::OPERATION_APPEND);
  }
  void Begin() {
    pieces_.clear();
    Step(BeginCheckpoint{++number_});
  }
  bool Complete() const { return !pieces_.empty() && pieces_.back().last(); }
  // What a disk does when the checkpoint becomes the current one.
  void Switch() {
    ASSERT_TRUE(Complete());
    kept_ = pieces_;
    while (!log_.empty() && pieces_.back().log_from() > 0 &&
           log_.front().checkpoint().number() != pieces_.back().log_from()) {
      log_.erase(log_.begin());
    }
    Step(CheckpointDurable{number_});
    Tick();
  }
  void Tick() {
    for (int i = 0; i < 3; ++i) {
      ++now_;
      Step(althing::Tick{});
      Step(EndTurn{});
    }
  }
  void TakeCheckpoint() {
    Begin();
    Flush();
    while (!Complete()) Step(TakeSlice{10});
    Switch();
  }
  // Another core from what is kept.
  absl::Status Restore() {
    core_ = std::make_unique<ReplicaCore>(options_);
    absl::Status status;
    for (const pb::CheckpointPiece& piece : kept_) status.Update(core_->RestoreCheckpoint(piece));
    for (const pb::Record& record : log_) status.Update(core_->Restore(record));
    status.Update(core_->EndRestore());
    appended_ = 0;
    now_ = 0;
    return status;
  }
  void Run() {
    Step(BeginRun{});
    Flush();
    for (int i = 0; i < 20; ++i) {
      Step(EndTurn{});
      Flush();
      Tick();
    }
  }
  uint64_t Digest() const { return core_->StateDigest(PartitionId{0}); }
  uint64_t Held() const { return core_->held(PartitionId{0}).instances; }

  CoreOptions options_ = OptionsFor(1);
  std::unique_ptr<ReplicaCore> core_;
  std::vector<pb::Record> log_;
  std::vector<pb::CheckpointPiece> pieces_, kept_;
  std::string answers_;
  uint64_t appended_ = 0, requests_ = 0, now_ = 1, number_ = 0;
};

TEST_F(CheckpointTest, WhoGoesOnFromItIsWhatItWouldHaveBeen) {
  Random random(3);
  pb::Request open;
  open.mutable_open();
  Propose(open);
  Flush();
  for (uint64_t round = 1; round <= 60; ++round) {
    for (uint64_t i = random.Below(6); i > 0; --i) {
      Append(absl::StrCat("k", random.Below(5)), absl::StrCat(round));
    }
    Begin();
    Flush();
    while (!Complete()) {
      Append(absl::StrCat("k", random.Below(5)), "while it is taken");
      Step(TakeSlice{1 + random.Below(2)});
    }
    Switch();
    for (uint64_t i = random.Below(6); i > 0; --i) Append("k1", "after");
    if (random.Below(3) > 0) continue;
    const uint64_t digest = Digest();
    ASSERT_TRUE(Restore().ok()) << round;
    Run();
    ASSERT_EQ(Digest(), digest) << round;
  }
  EXPECT_LT(log_.size(), 200u) << "of a thousand: it is cut";
}

TEST_F(CheckpointTest, WhatItHasIsNotExecutedAgainAndFirstAnswersAreKept) {
  pb::Request open;
  open.mutable_open();
  Propose(open);
  Flush();
  pb::Request append = Of({Make(pb::OPERATION_APPEND, "k", "once")});
  append.mutable_session()->set_slot(1);
  append.set_number(1);
  Propose(append);
  Flush();
  TakeCheckpoint();
  ASSERT_TRUE(Restore().ok());
  Run();
  answers_.clear();
  Propose(append);
  Flush();
  EXPECT_THAT(answers_, HasSubstr("repeated: true"));
  Propose(Of({Make(pb::OPERATION_GET, "k")}));
  Flush();
  EXPECT_THAT(answers_, HasSubstr("value: \"once\" version: 1"));
}

TEST_F(CheckpointTest, TheLastPieceWaitsForTheRecordsThatItRestsOn) {
  Append("k", "v");
  Begin();
  for (int i = 0; i < 5; ++i) Step(TakeSlice{100});
  EXPECT_FALSE(Complete());
  Flush();
  Step(TakeSlice{100});
  EXPECT_TRUE(Complete());
  const size_t pieces = pieces_.size();
  Step(TakeSlice{100});
  EXPECT_EQ(pieces_.size(), pieces) << "it is given";
}

TEST_F(CheckpointTest, NothingIsForgottenBeforeItIsDurable) {
  for (int i = 0; i < 5; ++i) Append("k", "v");
  Begin();
  Flush();
  while (!Complete()) Step(TakeSlice{100});
  Tick();
  EXPECT_EQ(Held(), 5u);
  Switch();
  EXPECT_EQ(Held(), 5u) << "this one made it be applied";
  TakeCheckpoint();
  EXPECT_EQ(Held(), 0u) << "and this one knows that all have";
}

TEST_F(CheckpointTest, TheLogIsKeptAsLongAsItSaysSomethingThatIsNotForgotten) {
  for (int i = 0; i < 5; ++i) Append("k", "v");
  TakeCheckpoint();
  TakeCheckpoint();
  EXPECT_EQ(kept_.back().log_from(), 0u);
  TakeCheckpoint();
  EXPECT_EQ(kept_.back().log_from(), 3u) << "nothing is held any more";
  EXPECT_EQ(log_.size(), 1u);
  Append("k", "v");
  TakeCheckpoint();
  EXPECT_EQ(kept_.back().log_from(), 3u);
}

TEST_F(CheckpointTest, NoSlotIsUsedTwiceAlsoIfNoRecordOfItIsLeft) {
  for (int i = 0; i < 5; ++i) Append("k", "v");
  for (int i = 0; i < 3; ++i) TakeCheckpoint();
  ASSERT_EQ(log_.size(), 1u);
  ASSERT_TRUE(Restore().ok());
  Step(BeginRun{});
  EXPECT_EQ(log_.back().started().floor(), 5u + options_.window_instances_max);
}

TEST_F(CheckpointTest, ALogWithoutWhatItCallsExecutedIsRefusedInWords) {
  Append("k", "v");
  TakeCheckpoint();
  std::erase_if(log_, [](const pb::Record& record) { return record.has_committed(); });
  const absl::Status status = Restore();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("instance 0.1 does not fit those before it: it is executed, and its "
                        "outcome is not there"));
}

TEST_F(CheckpointTest, MarksThatDoNotFitAreRefused) {
  Append("k", "v");
  TakeCheckpoint();
  kept_[0].mutable_marks()->set_everywhere(0, 9);
  EXPECT_TRUE(absl::IsDataLoss(Restore()));
  kept_[0].mutable_marks()->set_everywhere(0, 0);
  kept_[0].mutable_marks()->add_executed_beyond()->set_coordinator(4);
  EXPECT_TRUE(absl::IsDataLoss(Restore()));
  kept_[0].set_partition(1);
  EXPECT_TRUE(absl::IsDataLoss(Restore()));
}

}  // namespace
}  // namespace althing
