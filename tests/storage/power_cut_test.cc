// What is left when the machine, or only the process, stops at any moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/storage/fault_disk.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class PowerCutTest : public LogFixture {
 protected:
  PowerCutTest() : disk_(std::make_shared<FaultDisk>()), env_(FaultDisk::EnvOf(disk_)) {}

  RocksDbLog::Options FaultyOptions() {
    RocksDbLog::Options options = Options();
    options.store.env = env_.get();
    return options;
  }

  const std::shared_ptr<FaultDisk> disk_;
  const std::unique_ptr<rocksdb::Env> env_;
};

TEST_F(PowerCutTest, WhatWasDurableIsThere) {
  {
    const auto log = MustStart(FaultyOptions());
    for (uint64_t i = 0; i < 20; ++i) AppendSamples(*log, i, i + 1);
    EXPECT_EQ(log->durable(), 20u);
    log->Append(SampleRecord(21));  // Of no flush.
    disk_->CutPower();
  }
  disk_->LoseUnsynced();
  const auto log = MustOpen(Options());
  EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts(20));
  EXPECT_EQ(log->incarnation(), 2u);
}

// The control: without syncing the same cut does lose records. So the disk of these tests forgets,
// and the mark finds it out, even if nothing else does.
TEST_F(PowerCutTest, WithoutSyncingRecordsAreLostAndTheMarkSaysSo) {
  RocksDbLog::Options options = FaultyOptions();
  options.store.sync = false;
  {
    const auto log = MustStart(options);
    for (uint64_t i = 0; i < 20; ++i) AppendSamples(*log, i, i + 1);
    EXPECT_EQ(log->durable(), 20u);
    disk_->CutPower();
  }
  disk_->LoseUnsynced();
  options = Options();
  options.store.sync = false;
  const auto log = MustOpen(options);
  std::vector<pb::Record> left;
  const absl::Status status = log->Replay([&](const pb::Record& record) {
    left.push_back(record);
    return absl::OkStatus();
  });
  EXPECT_EQ(Texts(left), SampleTexts(1));  // Of the first flush, which is always synced.
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("record 1 is the last, and record 20 was written"));
}

TEST_F(PowerCutTest, ACrashOfTheProcessLosesNothingThatTheKernelHas) {
  RocksDbLog::Options options = FaultyOptions();
  options.store.sync = false;
  {
    const auto log = MustStart(options);
    for (uint64_t i = 0; i < 20; ++i) AppendSamples(*log, i, i + 1);
    disk_->CutPower();  // Nothing more reaches the files, and what did stays.
  }
  EXPECT_EQ(Texts(MustReplay(*MustOpen(Options()))), SampleTexts(20));
}

// A replica acts upon what it reads back, so a second crash must not take that away.
TEST_F(PowerCutTest, WhatAStartReadsBackIsOnTheDisk) {
  {
    RocksDbLog::Options options = FaultyOptions();
    options.store.sync = false;
    const auto log = MustStart(options);
    for (uint64_t i = 0; i < 20; ++i) AppendSamples(*log, i, i + 1);
    EXPECT_GT(disk_->unsynced_bytes(), 0u);
    disk_->CutPower();
  }
  const auto second_disk = std::make_shared<FaultDisk>();
  const auto second_env = FaultDisk::EnvOf(second_disk);
  {
    RocksDbLog::Options options = Options();
    options.store.env = second_env.get();
    const auto log = MustOpen(options);
    EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts(20));
    second_disk->CutPower();
  }
  second_disk->LoseUnsynced();
  disk_->LoseUnsynced();  // The first run's files, as far as they are still there.
  EXPECT_EQ(Texts(MustReplay(*MustOpen(Options()))), SampleTexts(20));
}

// Pieces and the write that makes them count are torn anywhere: the one checkpoint is there with
// its log, or the other with its own.
TEST_F(PowerCutTest, ACheckpointBecomesTheCurrentOneAsAWholeWhereverItIsTorn) {
  const auto begin = [](uint64_t number) {
    pb::Record record;
    record.mutable_checkpoint()->set_number(number);
    return record;
  };
  const auto add_pieces = [](RocksDbLog& log, uint64_t number) {
    for (int i = 0; i < 3; ++i) {
      pb::CheckpointPiece piece;
      piece.set_log_from(number);
      log.AddPiece(number, piece.SerializeAsString());
    }
  };
  uint64_t unsynced = 0;
  {
    const auto log = MustStart(FaultyOptions());
    AppendSamples(*log, 0, 4);
    log->Append(begin(1));
    log->FlushNow();
    add_pieces(*log, 1);
    log->MakeCurrent(1, 0);
    log->Append(begin(2));
    log->FlushNow();
    disk_->SetFault(FaultDisk::Fault::kSyncFails);
    add_pieces(*log, 2);
    log->MakeCurrent(2, 2);
    log->FlushNow();
    EXPECT_EQ(log->checkpoints().current, 1u);
    disk_->CutPower();
    unsynced = disk_->unsynced_bytes();
  }
  ASSERT_GT(unsynced, 100u);
  const fs::path whole = temporary_.path() + "/whole";
  fs::copy(directory(), whole);
  uint64_t with_second = 0;
  for (uint64_t kept = 0; kept <= unsynced; ++kept) {
    fs::remove_all(directory());
    fs::copy(whole, directory());
    disk_->LoseUnsynced(kept);
    const auto log = MustOpen(Options());
    std::vector<uint64_t> pieces;
    const absl::Status status = log->ReplayCheckpoint([&](const pb::CheckpointPiece& piece) {
      pieces.push_back(piece.log_from());
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << kept << " of " << unsynced << " bytes: " << status;
    const size_t records = MustReplay(*log).size();
    const bool second = log->checkpoints().current == 2;
    with_second += second ? 1 : 0;
    const uint64_t number = second ? 2 : 1;
    ASSERT_EQ(pieces, (std::vector<uint64_t>{number, number, number})) << kept;
    ASSERT_EQ(records, second ? 1u : 6u) << kept;
  }
  EXPECT_EQ(with_second, 1u);  // Only if nothing was torn.
}

TEST_F(PowerCutTest, ATornEndIsOpenedWhereverItIsTorn) {
  constexpr uint64_t kSynced = 10;
  uint64_t unsynced = 0;
  {
    RocksDbLog::Options options = FaultyOptions();
    const auto log = MustStart(options);
    AppendSamples(*log, 0, kSynced);
    disk_->SetFault(FaultDisk::Fault::kSyncFails);
    AppendSamples(*log, kSynced, kSynced + 2);
    EXPECT_EQ(log->durable(), kSynced);
    disk_->CutPower();
    unsynced = disk_->unsynced_bytes();
  }
  ASSERT_GT(unsynced, 100u);
  const fs::path whole = temporary_.path() + "/whole";
  fs::copy(directory(), whole);
  uint64_t with_all = 0;
  for (uint64_t torn = 0; torn <= unsynced; ++torn) {
    const uint64_t kept = unsynced - torn;
    fs::remove_all(directory());
    fs::copy(whole, directory());
    disk_->LoseUnsynced(kept);
    const absl::StatusOr<std::vector<pb::Record>> records = ReadAll(Options());
    ASSERT_TRUE(records.ok()) << kept << " of " << unsynced << " bytes: " << records.status();
    // They were written in one piece, so both are there or none.
    const bool all = records->size() > kSynced;
    with_all += all ? 1 : 0;
    ASSERT_EQ(Texts(*records), SampleTexts(all ? kSynced + 2 : kSynced)) << kept << " bytes";
  }
  EXPECT_EQ(with_all, 1u);  // Only if nothing was torn.
}

TEST_F(PowerCutTest, TheFirstFlushOfAStartIsOnePiece) {
  AppendSamples(*MustStart(Options()), 0, 3);
  {
    RocksDbLog::Options options = FaultyOptions();
    const auto log = MustStart(options);
    EXPECT_EQ(log->incarnation(), 2u);
    disk_->SetFault(FaultDisk::Fault::kSyncFails);
    AppendSamples(*log, 3, 5);
    disk_->CutPower();
  }
  disk_->LoseUnsynced(20);
  const auto log = MustOpen(Options());
  EXPECT_EQ(log->incarnation(), 2u);
  EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts(3));
}

class DiskFailureTest : public PowerCutTest,
                        public testing::WithParamInterface<FaultDisk::Fault> {};

TEST_P(DiskFailureTest, EndsTheLogAtTheFirstTime) {
  std::atomic<int> durable_calls = 0;
  std::vector<absl::Status> failures;
  RocksDbLog::Options options = FaultyOptions();
  options.on_durable = [&] { ++durable_calls; };
  options.on_failure = [&](const absl::Status& why) { failures.push_back(why); };
  {
    const auto log = MustStart(options);
    AppendSamples(*log, 0, 5);
    EXPECT_EQ(durable_calls, 1);
    disk_->SetFault(GetParam());
    AppendSamples(*log, 5, 6);
    EXPECT_EQ(failures.size(), 1u);
    // Also when the disk seems well again: what it threw away it would not say.
    disk_->SetFault(FaultDisk::Fault::kNone);
    AppendSamples(*log, 6, 8);
    EXPECT_EQ(log->durable(), 5u);
    EXPECT_EQ(durable_calls, 1);
    EXPECT_FALSE(log->StopCleanly().ok());
  }
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_THAT(std::string(failures[0].message()),
              HasSubstr("cannot write the log in " + directory()));
  EXPECT_THAT(std::string(failures[0].message()),
              HasSubstr("whether the last records are there is unknown"));
  // The record of the failed write may be there or not; those behind it are not, and the stop was
  // no clean one.
  const auto log = MustOpen(Options());
  const std::vector<std::string> texts = Texts(MustReplay(*log));
  EXPECT_EQ(texts, SampleTexts(texts.size() == 6 ? 6 : 5));
  EXPECT_EQ(log->incarnation(), 2u);
}

INSTANTIATE_TEST_SUITE_P(EachFault, DiskFailureTest,
                         testing::Values(FaultDisk::Fault::kSyncFails,
                                         FaultDisk::Fault::kDiskFull));

}  // namespace
}  // namespace althing
