#include "replica/storage/rocksdb_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/storage/fault_disk.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RocksDbLogTest : public LogFixture {};

TEST_F(RocksDbLogTest, ANewOneIsEmpty) {
  const auto log = MustOpen(Options());
  EXPECT_THAT(MustReplay(*log), IsEmpty());
  EXPECT_EQ(log->durable(), 0u);
  EXPECT_EQ(log->incarnation(), 1u);
  EXPECT_THAT(log->store_id(), SizeIs(16));
  EXPECT_THAT(log->known_peers(), IsEmpty());
  EXPECT_EQ(log->durability(), "fsync");
}

TEST_F(RocksDbLogTest, GivesBackEveryKindOfRecordInItsOrder) {
  RocksDbLog::Options options = Options();
  options.store.env = nullptr;  // The disk itself, with nothing between.
  {
    const auto log = MustStart(options);
    for (uint64_t i = 1; i <= 24; ++i) EXPECT_EQ(log->Append(SampleRecord(i)), i);
    EXPECT_EQ(log->durable(), 0u);
    log->FlushNow();
    EXPECT_EQ(log->durable(), 24u);
  }
  const auto log = MustOpen(options);
  EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts(24));
  EXPECT_EQ(log->durable(), 24u);
}

TEST_F(RocksDbLogTest, EachStartContinuesThePlacesAndCountsItself) {
  std::string store_id;
  for (uint64_t start = 1; start <= 4; ++start) {
    const auto log = MustOpen(Options());
    EXPECT_EQ(log->incarnation(), start);
    if (start == 1) store_id = log->store_id();
    EXPECT_EQ(log->store_id(), store_id);
    EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts((start - 1) * 3));
    EXPECT_EQ(log->Append(SampleRecord(start * 3 - 2)), start * 3 - 2);
    AppendSamples(*log, start * 3 - 2, start * 3);
    if (start % 2 == 0) {
      EXPECT_TRUE(log->StopCleanly().ok());
    }
  }
}

TEST_F(RocksDbLogTest, AStartThatNeverBecameDurableDoesNotCount) {
  for (int i = 0; i < 2; ++i) {
    const auto log = MustStart(Options());
    EXPECT_EQ(log->incarnation(), 1u);
    log->Append(SampleRecord(1));  // Of no flush.
  }
  AppendSamples(*MustStart(Options()), 0, 1);
  const auto log = MustOpen(Options());
  EXPECT_EQ(log->incarnation(), 2u);
  EXPECT_EQ(Texts(MustReplay(*log)), SampleTexts(1));
}

TEST_F(RocksDbLogTest, AStartThatAppendsNothingCounts) {
  MustStart(Options())->FlushNow();
  EXPECT_EQ(MustOpen(Options())->incarnation(), 2u);
}

TEST_F(RocksDbLogTest, RemembersPeers) {
  const std::string store(16, '\xfe');
  {
    const auto log = MustStart(Options());
    log->FlushNow();
    log->RememberPeer(ReplicaId{7}, store, 3);
    log->RememberPeer(ReplicaId{10}, std::string(16, '\0'), 1);
    log->RememberPeer(ReplicaId{7}, store, 4);
  }
  const auto log = MustOpen(Options());
  const KnownPeers& peers = log->known_peers();
  ASSERT_THAT(peers, SizeIs(2));
  EXPECT_EQ(peers.at(ReplicaId{7}).store_id(), store);
  EXPECT_EQ(peers.at(ReplicaId{7}).incarnation(), 4u);
  EXPECT_EQ(peers.at(ReplicaId{10}).store_id(), std::string(16, '\0'));
  EXPECT_EQ(peers.at(ReplicaId{10}).incarnation(), 1u);
}

TEST_F(RocksDbLogTest, TellsWhenMoreIsDurable) {
  std::atomic<int> told = 0;
  RocksDbLog::Options options = Options();
  options.on_durable = [&] { ++told; };
  const auto log = MustStart(std::move(options));
  log->FlushNow();
  EXPECT_EQ(told, 0);  // Nothing that anybody waits for.
  AppendSamples(*log, 0, 2);
  EXPECT_EQ(told, 1);
  AppendSamples(*log, 2, 3);
  EXPECT_EQ(told, 2);
  log->FlushNow();  // There was nothing to write.
  EXPECT_EQ(told, 2);
}

TEST_F(RocksDbLogTest, DoesNotSyncWithDurabilityOsButForTheStartAndTheEnd) {
  const auto disk = std::make_shared<FaultDisk>();
  const auto env = FaultDisk::EnvOf(disk);
  for (const bool sync : {true, false}) {
    RocksDbLog::Options options = Options();
    options.store.env = env.get();
    options.store.sync = sync;
    const auto log = MustStart(std::move(options));
    EXPECT_EQ(log->durability(), sync ? "fsync" : "os");
    log->FlushNow();
    const uint64_t before = disk->log_syncs();
    for (uint64_t i = 0; i < 5; ++i) AppendSamples(*log, i, i + 1);
    EXPECT_EQ(disk->log_syncs() - before, sync ? 5u : 0u);
    EXPECT_EQ(disk->unsynced_bytes() > 0, !sync);
    ASSERT_TRUE(log->StopCleanly().ok());
    EXPECT_EQ(disk->unsynced_bytes(), 0u);
  }
}

TEST_F(RocksDbLogTest, AVisitorThatRefusesARecordEndsTheReplay) {
  AppendSamples(*MustStart(Options()), 0, 5);
  int visited = 0;
  const absl::Status status = MustOpen(Options())->Replay([&](const pb::Record&) {
    return ++visited == 3 ? absl::InternalError("never heard of it") : absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("record 3 of the log in " + directory()));
  EXPECT_THAT(std::string(status.message()), HasSubstr("never heard of it"));
  EXPECT_EQ(visited, 3);
}

TEST_F(RocksDbLogTest, ALargeLogComesBackWhole) {
  constexpr uint64_t kRecords = 3000;
  const std::string large(32 << 10, 'x');  // Several write buffers of RocksDB.
  const auto make = [&](uint64_t number) {
    pb::Record record = SampleRecord(6 * number);
    record.mutable_pre_accepted()->set_payload(large);
    return record;
  };
  {
    const auto log = MustStart(Options());
    for (uint64_t i = 1; i <= kRecords; ++i) {
      log->Append(make(i));
      if (i % 50 == 0) log->Flush();
    }
    log->FlushNow();
  }
  uint64_t next = 0;
  const auto log = MustOpen(Options());
  const absl::Status status = log->Replay([&](const pb::Record& record) {
    ++next;
    EXPECT_EQ(record.SerializeAsString(), make(next).SerializeAsString()) << next;
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(next, kRecords);
}

// The event loop beside the thread of the log: for the thread sanitizer.
TEST_F(RocksDbLogTest, WritesWhileMoreIsAppended) {
  constexpr uint64_t kRecords = 2000;
  std::atomic<uint64_t> seen = 0;
  RocksDbLog* to_read = nullptr;
  RocksDbLog::Options options = Options();
  options.store.sync = false;
  options.on_durable = [&] {
    const uint64_t durable = to_read->durable();
    EXPECT_GT(durable, seen);
    seen = durable;
  };
  {
    const auto log = MustStart(std::move(options));
    to_read = log.get();
    uint64_t last = 0;
    for (uint64_t i = 1; i <= kRecords; ++i) {
      EXPECT_EQ(log->Append(SampleRecord(i)), i);
      if (i % 3 == 0) log->Flush();
      EXPECT_GE(log->durable(), last);
      last = log->durable();
      EXPECT_LE(last, i);
    }
    log->FlushNow();
    EXPECT_EQ(seen, kRecords);
  }
  EXPECT_EQ(Texts(MustReplay(*MustOpen(Options()))), SampleTexts(kRecords));
}

}  // namespace
}  // namespace althing
