// Beside what rocksdb_log_test.cc shows: on which directories a replica does not start, and what it
// says then.
#include "replica/storage/log_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "replica/storage/log_format.h"
#include "tests/storage/fault_disk.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

using testing::HasSubstr;

class LogStoreTest : public LogFixture {
 protected:
  static absl::Status Try(const RocksDbLog::Options& options) { return ReadAll(options).status(); }

  // Calls `change` with the database and its column families, as another program would use them.
  using Change = std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle& log,
                                    rocksdb::ColumnFamilyHandle& meta)>;
  void ChangeDatabase(const Change& change) const {
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::DBOptions(), directory(),
                                  {{"default", {}}, {"log", {}}, {"meta", {}}}, &handles, &opened)
                    .ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    change(*database, *handles[1], *handles[2]);
    for (auto* handle : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  }
  // Changes one value beside the records.
  void ChangeMeta(const std::string& key, const std::function<void(std::string&)>& change) const {
    ChangeDatabase([&](rocksdb::DB& database, auto&, rocksdb::ColumnFamilyHandle& meta) {
      std::string value;
      ASSERT_TRUE(database.Get({}, &meta, key, &value).ok());
      change(value);
      ASSERT_TRUE(database.Put({}, &meta, key, value).ok());
    });
  }
  // What is said when `change` has changed the records. Their keys are KeyOf(place).
  std::string AfterChange(
      const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& change) const {
    std::filesystem::remove_all(directory());
    AppendSamples(*MustStart(Options()), 0, 5);
    ChangeDatabase([&](rocksdb::DB& database, rocksdb::ColumnFamilyHandle& log, auto&) {
      change(database, log);
    });
    const absl::Status status = Try(Options());
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    return std::string(status.message());
  }
  static std::string KeyOf(uint64_t place) { return std::string(View(EncodeFixed64(place))); }
  static std::string ValueOf(rocksdb::DB& database, rocksdb::ColumnFamilyHandle& log,
                             uint64_t place) {
    std::string value;
    EXPECT_TRUE(database.Get({}, &log, KeyOf(place), &value).ok());
    return value;
  }
};

TEST_F(LogStoreTest, DirectoriesOfOthersAreRefusedWithBothValues) {
  AppendSamples(*MustStart(Options()), 0, 3);
  struct Case {
    std::function<void(LogStore::Options&)> change;
    std::string words;
  };
  const std::vector<Case> cases = {
      {[](auto& o) { o.cluster_id = "red"; },
       directory() + " belongs to cluster \"blue\", this replica to cluster \"red\": correct "
                     "cluster_id or directories.data"},
      {[](auto& o) { o.replica = ReplicaId{3}; },
       directory() + " holds the log of replica 2, this is replica 3: correct --id or "
                     "directories.data"},
      {[](auto& o) { o.config_hash = 0xabc; },
       directory() + " was made under a configuration with hash feedfacecafebeef, the "
                     "configuration now has abc: restore the replicas (ids, hosts, peer ports), "
                     "partitions, hash_seed, f, e and limits.value_bytes_max of then, or name "
                     "another directories.data"}};
  for (const Case& wrong : cases) {
    RocksDbLog::Options options = Options();
    wrong.change(options.store);
    EXPECT_EQ(Try(options), absl::FailedPreconditionError(wrong.words));
  }
  EXPECT_TRUE(Try(Options()).ok());
}

TEST_F(LogStoreTest, ANewerFormatIsRefused) {
  AppendSamples(*MustStart(Options()), 0, 3);
  ChangeMeta("identity", [](std::string& value) {
    pb::StoreIdentity identity;
    ASSERT_TRUE(identity.ParseFromString(value));
    identity.set_format(3);
    identity.SerializeToString(&value);
  });
  EXPECT_EQ(Try(Options()),
            absl::FailedPreconditionError(directory() +
                                          " is written in format 3, this release reads formats up "
                                          "to 2: run the release that wrote it, or a newer one"));
}

TEST_F(LogStoreTest, ValuesThatCannotBeReadAreDamage) {
  AppendSamples(*MustStart(Options()), 0, 3);
  for (const std::string key : {"identity", "start", "changes"}) {
    std::string before;
    ChangeMeta(key, [&](std::string& value) { before = std::exchange(value, "\xff\xff"); });
    EXPECT_TRUE(absl::IsDataLoss(Try(Options()))) << key;
    ChangeMeta(key, [&](std::string& value) { value = before; });
  }
  EXPECT_TRUE(Try(Options()).ok());
}

TEST_F(LogStoreTest, AChangeOfTheStateThatIsGoneIsDamage) {
  MustStart(Options())->FlushNow();
  ChangeMeta("changes", [](std::string& value) { --value.back(); });
  const absl::Status status = Try(Options());
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("change 1 of its state is the last, and change 2 was written"));
}

TEST_F(LogStoreTest, RecordsThatAreMissingOrNotTheOnesThatWereWrittenAreDamage) {
  EXPECT_THAT(AfterChange([](auto& database, auto& log) { database.Delete({}, &log, KeyOf(3)); }),
              HasSubstr("record 3 is missing, the next one is record 4. Replica 2 must not vote"));
  EXPECT_THAT(AfterChange([](auto& database, auto& log) { database.Delete({}, &log, KeyOf(1)); }),
              HasSubstr("record 1 is missing, the next one is record 2"));
  EXPECT_THAT(AfterChange([](auto& database, auto& log) { database.Delete({}, &log, KeyOf(5)); }),
              HasSubstr("record 4 is the last, and record 5 was written"));
  EXPECT_THAT(AfterChange([](auto& database, auto& log) {
                const std::string second = ValueOf(database, log, 2);
                database.Put({}, &log, KeyOf(2), ValueOf(database, log, 4));
                database.Put({}, &log, KeyOf(4), second);
              }),
              HasSubstr("record 2 is not the one that was written"));
  EXPECT_THAT(
      AfterChange([](auto& database, auto& log) { database.Put({}, &log, KeyOf(2), "short"); }),
      HasSubstr("record 2 is not the one that was written"));
  EXPECT_THAT(AfterChange([](auto& database, auto& log) { database.Put({}, &log, "key", "x"); }),
              HasSubstr("record 6 is missing, the next one is record 0"));
}

// A log that fits in itself, but is not the one of the mark.
TEST_F(LogStoreTest, AChainThatIsNotTheOneOfTheMarkIsDamage) {
  EXPECT_THAT(AfterChange([](auto& database, auto& log) {
                const std::string fourth = ValueOf(database, log, 4);
                const std::string other = SampleRecord(77).SerializeAsString();
                const uint64_t chain = NextChain(ReadLogValue(fourth)->chain, other);
                database.Put({}, &log, KeyOf(5), other + std::string(View(EncodeFixed64(chain))));
              }),
              HasSubstr("record 5 is not the one that was written"));
}

TEST_F(LogStoreTest, ASecondProcessIsRefused) {
  const auto first = MustStart(Options());
  const absl::Status status = Try(Options());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("another process uses " + directory() + ": it is the same replica"));
  AppendSamples(*first, 0, 1);  // The first one goes on.
  EXPECT_EQ(first->durable(), 1u);
}

TEST_F(LogStoreTest, ADirectoryWithoutItsMarkIsDamage) {
  AppendSamples(*MustStart(Options()), 0, 3);
  std::filesystem::remove(directory() + "/mark");
  const absl::Status status = Try(Options());
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("the log in " + directory() + " is damaged: " + directory() +
                "/mark is missing. Replica 2 must not vote without what it has forgotten: "
                "do not start it again, neither with this directory nor with an empty one"));
}

TEST_F(LogStoreTest, AFileInItsPlaceIsRefused) {
  std::ofstream(directory()) << "no directory";
  const absl::Status status = Try(Options());
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory()));
}

TEST_F(LogStoreTest, MakesTheDirectoriesAbove) {
  RocksDbLog::Options options = Options();
  options.store.directory = temporary_.path() + "/run/data/replica.2";
  AppendSamples(*MustStart(options), 0, 1);
  EXPECT_EQ(Texts(MustReplay(*MustOpen(options))), SampleTexts(1));
}

TEST_F(LogStoreTest, SyncsTakeSoMuchLongerAsTheyAreToldTo) {
  RocksDbLog::Options options = Options();
  options.store.sync_delay_ms = 100;
  const auto log = MustStart(options);
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < 3; ++i) AppendSamples(*log, i, i + 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(300));
}

TEST_F(LogStoreTest, SaysWhetherItMadeTheDirectory) {
  EXPECT_TRUE(MustOpen(Options())->formatted());
  EXPECT_FALSE(MustOpen(Options())->formatted());
}

TEST_F(LogStoreTest, AnInterruptedFirstStartIsBegunAgain) {
  std::filesystem::create_directories(directory() + ".new/sub");
  std::filesystem::create_directories(directory());  // An empty one is as good as none.
  std::ofstream(directory() + ".new/CURRENT") << "MANIFEST-0";
  std::ofstream(directory() + ".new/mark") << "half";
  AppendSamples(*MustStart(Options()), 0, 1);
  EXPECT_FALSE(std::filesystem::exists(directory() + ".new"));
  EXPECT_EQ(Texts(MustReplay(*MustOpen(Options()))), SampleTexts(1));
}

TEST_F(LogStoreTest, AfterARestartOfTheMachineDurabilityOsNeedsACleanStop) {
  struct Case {
    bool sync;
    bool clean;
    bool other_boot;
    bool fits;
  };
  for (const Case& now : {Case{true, false, true, true}, Case{false, false, false, true},
                          Case{false, true, true, true}, Case{false, false, true, false}}) {
    std::filesystem::remove_all(directory());
    RocksDbLog::Options options = Options();
    options.store.sync = now.sync;
    {
      const auto log = MustStart(options);
      AppendSamples(*log, 0, 3);
      if (now.clean) {
        ASSERT_TRUE(log->StopCleanly().ok());
      }
    }
    if (now.other_boot) options.store.boot_id = "boot-2";
    for (const bool sync : {false, true}) {  // Setting it to fsync afterwards brings nothing back.
      options.store.sync = sync;
      const absl::Status status = Try(options);
      EXPECT_EQ(status.ok(), now.fits) << status;
      if (now.fits) continue;
      EXPECT_TRUE(absl::IsDataLoss(status));
      EXPECT_THAT(std::string(status.message()), HasSubstr("boot boot-1 then, boot boot-2 now"));
    }
  }
}

// A clean stop counts once: the next start may promise things again.
TEST_F(LogStoreTest, ACleanStopDoesNotExcuseTheStartBehindIt) {
  const auto disk = std::make_shared<FaultDisk>();
  const auto env = FaultDisk::EnvOf(disk);
  RocksDbLog::Options options = Options();
  options.store.sync = false;
  options.store.env = env.get();
  {
    const auto log = MustStart(options);
    AppendSamples(*log, 0, 3);
    ASSERT_TRUE(log->StopCleanly().ok());
  }
  const std::string mark = directory() + "/mark";
  std::filesystem::copy(mark, mark + ".old");
  {
    const auto log = MustStart(options);
    AppendSamples(*log, 3, 4);  // The first flush of this start.
    disk->CutPower();
  }
  disk->LoseUnsynced();
  std::filesystem::rename(mark + ".old", mark);  // It is never synced, so it cannot help here.
  options.store.env = nullptr;
  options.store.boot_id = "boot-2";
  EXPECT_TRUE(absl::IsDataLoss(Try(options)));
}

TEST_F(LogStoreTest, TheKernelNamesTheBoot) {
  RocksDbLog::Options options = Options();
  options.store.boot_id = "";
  options.store.sync = false;
  AppendSamples(*MustStart(options), 0, 1);
  EXPECT_TRUE(Try(options).ok());
  options.store.boot_id = "another";
  EXPECT_TRUE(absl::IsDataLoss(Try(options)));
}

}  // namespace
}  // namespace althing
