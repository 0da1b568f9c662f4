#include "replica/runtime/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::althing::testing::FakeCore;
using ::althing::testing::FakeLog;
using ::althing::testing::FakeTransport;
using ::althing::testing::Journal;
using ::althing::testing::Take;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Two partitions, each of which has `entries` to give and then its last piece.
class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest() {
    core_.script = [this](PartitionId partition, const Input& input, Output& output) {
      const auto* slice = std::get_if<TakeSlice>(&input);
      if (slice == nullptr || waits_for_disk_) return;
      pb::CheckpointPiece& piece = output.pieces.emplace_back();
      for (size_t i = 0; i < slice->entries_max && left_[partition.value] > 0; ++i) {
        piece.add_entries();
        --left_[partition.value];
      }
      piece.set_last(left_[partition.value] == 0);
      piece.set_log_from(partition.value == 0 ? 5 : 4);
    };
  }
  void Turn() { checkpointer_.OnTurn(now_ns_ += 1'000'000); }
  void Grow(uint64_t bytes) { log_.now_checkpoints.grown_bytes = bytes; }

  Journal journal_;
  FakeLog log_{journal_};
  FakeTransport transport_{journal_};
  FakeCore core_{journal_, 2};
  Metrics metrics_{1, 2, "{}"};
  Trace trace_{MemberIndex{0}};
  OutputRouter router_{{.partitions = 2}, log_, transport_, metrics_, trace_};
  EventHandler handler_{{.self = MemberIndex{0}}, core_, router_, transport_, metrics_, trace_};
  Checkpointer checkpointer_{
      {.log_bytes_min = 100, .entries_per_turn = 3}, core_, handler_, log_, metrics_, 0};
  size_t left_[2] = {4, 1};
  bool waits_for_disk_ = false;
  int64_t now_ns_ = 0;
};

TEST_F(CheckpointerTest, BeginsWhenTheLogHasGrownByTheMinimumAndByTheLastOnesSize) {
  Grow(99);
  Turn();
  EXPECT_THAT(journal_, IsEmpty());
  log_.now_checkpoints.bytes = 1000;
  Grow(999);
  Turn();
  EXPECT_THAT(journal_, IsEmpty());
  log_.now_checkpoints.last_begun = 6;  // One that came to nothing.
  Grow(1000);
  Turn();
  EXPECT_THAT(Take(journal_), ElementsAre("p0 t0 BeginCheckpoint 7", "p1 t0 BeginCheckpoint 7"));
}

TEST_F(CheckpointerTest, TakesSlicesUntilAllPartitionsHaveGivenTheirLast) {
  Grow(100);
  Turn();
  Take(journal_);
  EXPECT_TRUE(checkpointer_.wants_turn());
  Turn();
  EXPECT_THAT(Take(journal_),
              ElementsAre("p0 t0 TakeSlice 3", HasSubstr("piece of 1, "), HasSubstr("flush ")));
  EXPECT_TRUE(checkpointer_.wants_turn());
  Turn();
  EXPECT_THAT(Take(journal_), ElementsAre("p0 t0 TakeSlice 3", HasSubstr("piece of 1, "),
                                          "p1 t0 TakeSlice 2", HasSubstr("piece of 1, "),
                                          HasSubstr("flush "), "make current 1, log from 1"));
  EXPECT_FALSE(checkpointer_.wants_turn());
  Turn();
  EXPECT_THAT(Take(journal_), IsEmpty()) << "it is not durable";
  log_.now_checkpoints.current = 1;
  log_.now_checkpoints.bytes = 77;
  Turn();
  EXPECT_THAT(Take(journal_), ElementsAre("p0 t0 CheckpointDurable 1", "p1 t0 CheckpointDurable 1",
                                          "p0 t0 EndTurn", "p1 t0 EndTurn"));
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Checkpoints\": 1,\n  \"CheckpointBytes\": 77,\n  "
                                           "\"CheckpointNs\": 4000000,"));
}

TEST_F(CheckpointerTest, BeginsInFewPartitionsATurnAndTellsAsFew) {
  Checkpointer slow({.log_bytes_min = 100, .entries_per_turn = 1}, core_, handler_, log_, metrics_,
                    0);
  left_[0] = left_[1] = 0;
  Grow(100);
  const auto turn = [&] {
    slow.OnTurn(now_ns_ += 1'000'000);
    return Take(journal_);
  };
  EXPECT_THAT(turn(), ElementsAre("p0 t0 BeginCheckpoint 1"));
  EXPECT_THAT(turn(), ElementsAre("p1 t0 BeginCheckpoint 1", "p0 t0 TakeSlice 1",
                                  HasSubstr("piece of 1, "), HasSubstr("flush ")));
  EXPECT_THAT(turn(), ElementsAre("p1 t0 TakeSlice 1", HasSubstr("piece of 1, "),
                                  HasSubstr("flush "), "make current 1, log from 1"));
  log_.now_checkpoints.current = 1;
  EXPECT_THAT(turn(), ElementsAre("p0 t0 CheckpointDurable 1", "p0 t0 EndTurn"));
  EXPECT_TRUE(slow.wants_turn());
  EXPECT_THAT(turn(), ElementsAre("p1 t0 CheckpointDurable 1", "p1 t0 EndTurn"));
  EXPECT_FALSE(slow.wants_turn());
}

TEST_F(CheckpointerTest, TheLogIsKeptForTheMostBackwardPartition) {
  log_.now_checkpoints.last_begun = 8;
  left_[0] = left_[1] = 0;
  Grow(100);
  Turn();
  Turn();
  EXPECT_EQ(journal_.back(), "make current 9, log from 4");
}

TEST_F(CheckpointerTest, DoesNotTurnInVainWhileTheCoreWaitsForTheDisk) {
  Grow(100);
  Turn();
  waits_for_disk_ = true;
  Turn();
  EXPECT_FALSE(checkpointer_.wants_turn());
  checkpointer_.OnDurable();
  EXPECT_TRUE(checkpointer_.wants_turn());
}

TEST_F(CheckpointerTest, TakesNoSliceWhileManyBytesWaitForTheDisk) {
  Grow(100);
  Turn();
  Take(journal_);
  log_.now_checkpoints.pending_bytes = 2 << 20;
  Turn();
  EXPECT_THAT(journal_, IsEmpty());
  EXPECT_FALSE(checkpointer_.wants_turn());
  log_.now_checkpoints.pending_bytes = 0;
  Turn();
  EXPECT_FALSE(journal_.empty());
}

TEST_F(CheckpointerTest, KeepsTheLogOfAQuarantinedPartition) {
  core_.quarantined.push_back({PartitionId{0}, "two outcomes"});
  Grow(100);
  Turn();
  EXPECT_THAT(journal_, IsEmpty());
}

TEST_F(CheckpointerTest, DoesNotMakeOneCurrentThatCutsTheLogOfAQuarantinedPartition) {
  Grow(100);
  Turn();
  core_.quarantined.push_back({PartitionId{0}, "two outcomes"});
  for (int i = 0; i < 5; ++i) Turn();
  EXPECT_THAT(journal_, Not(Contains(HasSubstr("make current"))));
  EXPECT_FALSE(checkpointer_.wants_turn());
}

TEST_F(CheckpointerTest, ATurnIsBoundedInBytes) {
  core_.script = [](PartitionId, const Input& input, Output& output) {
    if (!std::holds_alternative<TakeSlice>(input)) return;
    output.pieces.emplace_back().add_entries()->set_value(std::string(100'000, 'v'));
  };
  Checkpointer many({.log_bytes_min = 100}, core_, handler_, log_, metrics_, 0);
  Grow(100);
  many.OnTurn(1);
  Take(journal_);
  many.OnTurn(2);
  const auto pieces = [this] {
    return std::count_if(journal_.begin(), journal_.end(),
                         [](const std::string& line) { return line.starts_with("piece of 1, "); });
  };
  EXPECT_EQ(pieces(), 3);
}

TEST_F(CheckpointerTest, BeginsNoneForWhichTheDiskHasNoRoom) {
  uint64_t free = 299;
  int looks = 0;
  Checkpointer careful({.log_bytes_min = 100,
                        .free_bytes_min = 100,
                        .free_bytes =
                            [&] {
                              ++looks;
                              return free;
                            }},
                       core_, handler_, log_, metrics_, 0);
  log_.now_checkpoints.current = 1;
  log_.now_checkpoints.bytes = 100;
  Grow(1000);
  for (int64_t ms = 1; ms <= 500; ++ms) careful.OnTurn(ms * 1'000'000);
  EXPECT_THAT(journal_, IsEmpty());
  EXPECT_EQ(looks, 1);
  free = 300;
  careful.OnTurn(1'001'000'000);
  EXPECT_FALSE(journal_.empty());
}

TEST_F(CheckpointerTest, TheFirstMayBeAsLargeAsTheLog) {
  uint64_t free = 1099;
  Checkpointer first(
      {.log_bytes_min = 100, .free_bytes_min = 100, .free_bytes = [&] { return free; }}, core_,
      handler_, log_, metrics_, 0);
  log_.now_checkpoints.kept_bytes = 1000;
  Grow(1000);
  first.OnTurn(1);
  EXPECT_THAT(journal_, IsEmpty());
  free = 1100;
  first.OnTurn(2'000'000'000);
  EXPECT_FALSE(journal_.empty());
}

TEST_F(CheckpointerTest, MakesNoneWhereNothingIsKept) {
  Checkpointer none({}, core_, handler_, log_, metrics_, 0);
  Grow(1 << 30);
  none.OnTurn(1);
  EXPECT_THAT(journal_, IsEmpty());
}

}  // namespace
}  // namespace althing
