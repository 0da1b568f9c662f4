#include "tests/sim/disk.h"

#include <gtest/gtest.h>

#include <set>

namespace althing::sim {
namespace {

class DiskTest : public testing::Test {
 protected:
  void Make(int64_t min_ns, int64_t max_ns) {
    plan_.flush_min_ns = min_ns;
    plan_.flush_max_ns = max_ns;
    disk_.emplace(plan_, MemberIndex{0},
                  Disk::World{.now_ns = [this] { return now_; },
                              .complete_at = [this](int64_t at) { ends_.push_back(at); },
                              .on_durable = [this](const pb::Record&) { ++told_; }});
  }
  Plan plan_;
  int64_t now_ = 100;
  std::vector<int64_t> ends_;
  int told_ = 0;
  std::optional<Disk> disk_;
};

TEST_F(DiskTest, AFlushCoversWhatWasAppendedBefore) {
  Make(50, 50);
  disk_->Append({});
  disk_->Append({});
  disk_->Flush();
  disk_->Append({});
  EXPECT_EQ(ends_, (std::vector<int64_t>{150}));
  EXPECT_EQ(disk_->durable(), 0u);
  disk_->Complete();
  EXPECT_EQ(disk_->durable(), 2u);
  EXPECT_EQ(told_, 2);
}

TEST_F(DiskTest, WhatIsAskedForMeanwhileIsOneFlush) {
  Make(50, 50);
  for (int i = 0; i < 4; ++i) {
    disk_->Append({});
    disk_->Flush();
  }
  EXPECT_EQ(disk_->flushes(), 1u);
  now_ = 150;
  disk_->Complete();
  EXPECT_EQ(disk_->durable(), 1u);
  EXPECT_EQ(ends_, (std::vector<int64_t>{150, 200}));
  disk_->Complete();
  EXPECT_EQ(disk_->durable(), 4u);
  EXPECT_EQ(disk_->flushes(), 2u);
}

TEST_F(DiskTest, FlushingNowIsDoneWhenItReturnsAlsoBesideAFlushUnderWay) {
  Make(50, 50);
  disk_->Append({});
  disk_->Flush();
  disk_->Append({});
  disk_->FlushNow();
  EXPECT_EQ(disk_->durable(), 2u);
  EXPECT_EQ(told_, 2);
  disk_->Complete();  // Of the flush that was under way.
  EXPECT_EQ(disk_->durable(), 2u);
  EXPECT_EQ(told_, 2);
  EXPECT_EQ(ends_.size(), 1u);
}

TEST_F(DiskTest, ACrashKeepsWhatIsDurableAndMaybeSomeOfWhatComesNext) {
  std::set<uint64_t> lost;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    plan_.seed = seed;
    Make(50, 50);
    told_ = 0;
    for (uint64_t slot = 1; slot <= 5; ++slot) {
      pb::Record record;
      record.mutable_started()->set_floor(slot);
      disk_->Append(record);
      if (slot == 2) disk_->FlushNow();
    }
    disk_->Flush();
    const uint64_t gone = disk_->Crash();
    lost.insert(gone);
    const std::vector<pb::Record>& records = disk_->records();
    ASSERT_EQ(records.size(), 5 - gone);
    EXPECT_EQ(disk_->durable(), records.size());
    EXPECT_EQ(static_cast<size_t>(told_), records.size());
    for (size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].started().floor(), i + 1);
  }
  EXPECT_EQ(lost, (std::set<uint64_t>{0, 1, 2, 3}));
}

TEST_F(DiskTest, TheNextRunGoesOnBehindWhatIsLeft) {
  Make(50, 50);
  disk_->Append({});
  disk_->FlushNow();
  disk_->Append({});
  disk_->Flush();
  disk_->Crash();
  const uint64_t left = disk_->durable();
  EXPECT_EQ(disk_->Append({}), left + 1);
  disk_->Flush();
  disk_->Complete();
  EXPECT_EQ(disk_->durable(), left + 1);
  EXPECT_EQ(disk_->records().size(), left + 1);
}

TEST_F(DiskTest, OneThatTakesNoTimeIsDoneAtOnce) {
  Make(0, 0);
  disk_->Append({});
  disk_->Flush();
  EXPECT_EQ(disk_->durable(), 1u);
  EXPECT_TRUE(ends_.empty());
}

TEST_F(DiskTest, IsSlowAtTimes) {
  Make(50, 50);
  disk_->SetSlowness(10);
  disk_->Append({});
  disk_->Flush();
  EXPECT_EQ(ends_, (std::vector<int64_t>{600}));
}

TEST_F(DiskTest, ACheckpointCountsWithTheNextFlushAndTheLogBeforeItIsGone) {
  Make(50, 50);
  pb::Record begin;
  begin.mutable_checkpoint()->set_number(1);
  disk_->Append({});
  disk_->Append(begin);
  disk_->Append({});
  disk_->FlushNow();
  disk_->AddPiece(1, "");
  disk_->AddPiece(1, "");
  disk_->MakeCurrent(1, 1);
  EXPECT_EQ(disk_->checkpoints().current, 0u);
  EXPECT_TRUE(disk_->checkpoint().empty());
  disk_->Complete();
  EXPECT_EQ(disk_->checkpoints().current, 1u);
  EXPECT_EQ(disk_->checkpoint().size(), 2u);
  ASSERT_EQ(disk_->records().size(), 2u);
  EXPECT_TRUE(disk_->records()[0].has_checkpoint());
  EXPECT_EQ(disk_->durable(), 3u) << "places stay";
  EXPECT_EQ(disk_->records_cut(), 1u);
}

TEST_F(DiskTest, ACrashKeepsACheckpointAsAWholeOrNotAtAll) {
  std::set<uint64_t> current;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    plan_.seed = seed;
    Make(50, 50);
    pb::Record begin;
    begin.mutable_checkpoint()->set_number(1);
    disk_->Append({});
    disk_->Append(begin);
    disk_->FlushNow();
    disk_->AddPiece(1, "");
    disk_->MakeCurrent(1, 1);
    disk_->Crash();
    const uint64_t number = disk_->checkpoints().current;
    current.insert(number);
    EXPECT_EQ(disk_->checkpoint().size(), number);
    EXPECT_EQ(disk_->records().size(), 2 - number);
    EXPECT_EQ(disk_->checkpoints().last_begun, 1u);
  }
  EXPECT_EQ(current, (std::set<uint64_t>{0, 1}));
}

}  // namespace
}  // namespace althing::sim
