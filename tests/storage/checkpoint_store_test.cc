// Directories with checkpoints: what a start reads, and what it refuses.
#include "replica/storage/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/storage/log_format.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointStoreTest : public LogFixture {
 protected:
  static pb::Record Begin(uint64_t number, uint32_t partition = 0) {
    pb::Record record;
    record.set_partition(partition);
    record.mutable_checkpoint()->set_number(number);
    return record;
  }
  static std::string Piece(const std::string& key) {
    pb::CheckpointPiece piece;
    piece.add_entries()->set_key(key);
    return piece.SerializeAsString();
  }
  // Two samples before, the record, two samples behind it.
  static void WriteAround(RocksDbLog& log, uint64_t number) {
    AppendSamples(log, number * 10, number * 10 + 2);
    log.Append(Begin(number));
    log.Append(Begin(number, 1));
    AppendSamples(log, number * 10 + 2, number * 10 + 4);
  }
  static void AddPieces(RocksDbLog& log, uint64_t number) {
    log.AddPiece(number, Piece(absl::StrCat("a", number)));
    log.AddPiece(number, Piece(absl::StrCat("b", number)));
  }
  static void MakeCurrent(RocksDbLog& log, uint64_t number, uint64_t log_from) {
    log.MakeCurrent(number, log_from);
    log.FlushNow();
  }
  static void Checkpoint(RocksDbLog& log, uint64_t number, uint64_t log_from) {
    WriteAround(log, number);
    AddPieces(log, number);
    MakeCurrent(log, number, log_from);
  }
  // The keys of its pieces, or what is said.
  static std::vector<std::string> Keys(RocksDbLog& log) {
    std::vector<std::string> keys;
    const absl::Status status = log.ReplayCheckpoint([&](const pb::CheckpointPiece& piece) {
      for (const auto& entry : piece.entries()) keys.push_back(entry.key());
      return absl::OkStatus();
    });
    if (!status.ok()) keys = {std::string(status.message())};
    return keys;
  }
  // Calls `change` with the database and the column families of pieces, log and meta.
  using Change =
      std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle& pieces,
                         rocksdb::ColumnFamilyHandle& log, rocksdb::ColumnFamilyHandle& meta)>;
  void ChangeDatabase(const Change& change) const {
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(rocksdb::DBOptions(), directory(),
                                  {{"default", {}}, {"log", {}}, {"meta", {}}}, &handles, &opened)
                    .ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    change(*database, *handles[0], *handles[1], *handles[2]);
    for (auto* handle : handles) ASSERT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  }
  // What is said when `change` has changed a directory with two checkpoints.
  std::string AfterChange(const Change& change) const {
    std::filesystem::remove_all(directory());
    {
      const auto log = MustStart(Options());
      Checkpoint(*log, 1, 0);
      Checkpoint(*log, 2, 2);
    }
    ChangeDatabase(change);
    auto opened = RocksDbLog::Open(Options());
    if (!opened.ok()) return std::string(opened.status().message());
    absl::Status status = (*opened)->ReplayCheckpoint([](const auto&) { return absl::OkStatus(); });
    if (status.ok()) status = (*opened)->Replay([](const auto&) { return absl::OkStatus(); });
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    return std::string(status.message());
  }
  static std::string PieceKey(uint64_t number, uint64_t piece) {
    return std::string(View(EncodeFixed64(number))) + std::string(View(EncodeFixed64(piece)));
  }
};

TEST_F(CheckpointStoreTest, AStartDeletesPiecesThatCameToNothing) {
  {
    const auto log = MustStart(Options());
    Checkpoint(*log, 1, 0);
    WriteAround(*log, 2);
    AddPieces(*log, 2);
    log->FlushNow();
  }
  const auto kept = [&] {
    std::vector<std::string> keys;
    ChangeDatabase([&](auto& database, auto& pieces, auto&, auto&) {
      const std::unique_ptr<rocksdb::Iterator> at(database.NewIterator({}, &pieces));
      for (at->SeekToFirst(); at->Valid(); at->Next()) keys.push_back(at->key().ToString());
    });
    return keys;
  };
  EXPECT_EQ(kept().size(), 4u);
  MustStart(Options())->FlushNow();
  EXPECT_THAT(kept(), ElementsAre(PieceKey(1, 0), PieceKey(1, 1)));
}

TEST_F(CheckpointStoreTest, AStartReadsThePiecesAndTheLogThatIsKept) {
  {
    const auto log = MustStart(Options());
    Checkpoint(*log, 1, 0);
    EXPECT_EQ(log->checkpoints().current, 1u);
    EXPECT_EQ(log->checkpoints().first_kept, 1u);
    WriteAround(*log, 2);
    AddPieces(*log, 2);
    log->FlushNow();
    EXPECT_EQ(log->checkpoints().current, 1u) << "pieces count for nothing yet";
    const uint64_t kept = log->checkpoints().kept_bytes;
    MakeCurrent(*log, 2, 2);
    EXPECT_EQ(log->checkpoints().current, 2u);
    EXPECT_EQ(log->checkpoints().bytes, 2 * Piece("a2").size());
    EXPECT_EQ(log->checkpoints().first_kept, 9u);
    EXPECT_LT(log->checkpoints().kept_bytes, kept);
    EXPECT_EQ(log->durable(), 12u) << "places stay";
  }
  const auto log = MustOpen(Options());
  EXPECT_EQ(log->expected_records(), 4u);
  EXPECT_THAT(Keys(*log), ElementsAre("a2", "b2"));
  EXPECT_THAT(
      Texts(MustReplay(*log)),
      ElementsAre(Begin(2).ShortDebugString(), Begin(2, 1).ShortDebugString(),
                  SampleRecord(23).ShortDebugString(), SampleRecord(24).ShortDebugString()));
  EXPECT_EQ(log->checkpoints().current, 2u);
  EXPECT_EQ(log->checkpoints().last_begun, 2u);
  EXPECT_EQ(log->checkpoints().first_kept, 9u);
  EXPECT_EQ(log->Append(SampleRecord(1)), 13u);
}

TEST_F(CheckpointStoreTest, OneThatCameToNothingLeavesNoTrace) {
  {
    const auto log = MustStart(Options());
    Checkpoint(*log, 1, 0);
    WriteAround(*log, 2);
    AddPieces(*log, 2);
    log->FlushNow();
  }
  {
    const auto log = MustOpen(Options());
    EXPECT_THAT(Keys(*log), ElementsAre("a1", "b1"));
    EXPECT_EQ(MustReplay(*log).size(), 12u);
    EXPECT_EQ(log->checkpoints().last_begun, 2u);
    Checkpoint(*log, 3, 1);
  }
  const auto log = MustOpen(Options());
  EXPECT_THAT(Keys(*log), ElementsAre("a3", "b3"));
  EXPECT_EQ(MustReplay(*log).size(), 16u) << "the part of checkpoint 1, and all behind it";
}

TEST_F(CheckpointStoreTest, TheLogGrowsFromTheBeginOfTheCurrentOneAlsoAfterAStart) {
  uint64_t grown = 0;
  {
    const auto log = MustStart(Options());
    AppendSamples(*log, 0, 5);
    EXPECT_GT(log->checkpoints().grown_bytes, 0u);
    Checkpoint(*log, 1, 1);
    grown = log->checkpoints().grown_bytes;
    EXPECT_EQ(grown, log->checkpoints().kept_bytes);
  }
  const auto log = MustStart(Options());
  EXPECT_EQ(log->checkpoints().grown_bytes, grown);
}

TEST_F(CheckpointStoreTest, WhatIsSuperfluousIsDeleted) {
  {
    const auto log = MustStart(Options());
    Checkpoint(*log, 1, 0);
    WriteAround(*log, 2);
    AddPieces(*log, 2);  // It comes to nothing.
    Checkpoint(*log, 3, 1);
    Checkpoint(*log, 4, 3);
  }
  ChangeDatabase([](rocksdb::DB& database, rocksdb::ColumnFamilyHandle& pieces,
                    rocksdb::ColumnFamilyHandle& log, auto&) {
    const auto keys = [&](rocksdb::ColumnFamilyHandle& family) {
      std::vector<uint64_t> numbers;
      const std::unique_ptr<rocksdb::Iterator> at(database.NewIterator({}, &family));
      for (at->SeekToFirst(); at->Valid(); at->Next()) {
        numbers.push_back(DecodeFixed64({at->key().data(), at->key().size()}));
      }
      return numbers;
    };
    EXPECT_THAT(keys(pieces), ElementsAre(4, 4));
    EXPECT_THAT(keys(log), ElementsAre(15, 16, 17, 18, 19, 20, 21, 22, 23, 24));
  });
}

TEST_F(CheckpointStoreTest, WithoutOneThereIsNothingToRead) {
  AppendSamples(*MustStart(Options()), 0, 5);
  const auto log = MustOpen(Options());
  EXPECT_THAT(Keys(*log), IsEmpty());
  EXPECT_EQ(MustReplay(*log).size(), 5u);
  EXPECT_EQ(log->checkpoints().current, 0u);
}

TEST_F(CheckpointStoreTest, ADirectoryOfTheOlderFormatGetsTheNewerOneWithItsFirst) {
  MustStart(Options());
  const auto format = [this] {
    uint32_t found = 0;
    ChangeDatabase([&](rocksdb::DB& database, auto&, auto&, rocksdb::ColumnFamilyHandle& meta) {
      std::string value;
      pb::StoreIdentity identity;
      ASSERT_TRUE(database.Get({}, &meta, "identity", &value).ok());
      ASSERT_TRUE(identity.ParseFromString(value));
      found = identity.format();
    });
    return found;
  };
  EXPECT_EQ(format(), 2u);
  ChangeDatabase([&](rocksdb::DB& database, auto&, auto&, rocksdb::ColumnFamilyHandle& meta) {
    std::string value;
    pb::StoreIdentity identity;
    ASSERT_TRUE(database.Get({}, &meta, "identity", &value).ok());
    ASSERT_TRUE(identity.ParseFromString(value));
    identity.set_format(1);
    ASSERT_TRUE(database.Put({}, &meta, "identity", identity.SerializeAsString()).ok());
  });
  AppendSamples(*MustStart(Options()), 0, 2);
  EXPECT_EQ(format(), 1u);
  Checkpoint(*MustStart(Options()), 1, 0);
  EXPECT_EQ(format(), 2u);
}

TEST_F(CheckpointStoreTest, WhatIsMissingOrChangedIsRefusedInWords) {
  EXPECT_THAT(AfterChange([](rocksdb::DB& database, auto& pieces, auto&, auto&) {
                ASSERT_TRUE(database.Delete({}, &pieces, PieceKey(2, 1)).ok());
              }),
              HasSubstr("is damaged: piece 1 of checkpoint 2 is missing"));
  EXPECT_THAT(AfterChange([](rocksdb::DB& database, auto& pieces, auto&, auto&) {
                ASSERT_TRUE(database.Put({}, &pieces, PieceKey(2, 0), Piece("x2")).ok());
              }),
              HasSubstr("the pieces of checkpoint 2 are not those that were written"));
  EXPECT_THAT(AfterChange([](rocksdb::DB& database, auto&, auto& log, auto&) {
                ASSERT_TRUE(database.Delete({}, &log, std::string(View(EncodeFixed64(9)))).ok());
              }),
              HasSubstr("record 9 is missing, the next one is record 10"));
  EXPECT_THAT(AfterChange([](rocksdb::DB& database, auto&, auto&, auto& meta) {
                ASSERT_TRUE(database.Delete({}, &meta, "checkpoint").ok());
              }),
              HasSubstr("record 1 is missing, the next one is record 9"));
  EXPECT_THAT(AfterChange([](rocksdb::DB& database, auto&, auto&, auto& meta) {
                ASSERT_TRUE(database.Put({}, &meta, "checkpoint", "\xff").ok());
              }),
              HasSubstr("\"checkpoint\" cannot be read"));
}

TEST_F(CheckpointStoreTest, TheChainGoesOnWhereTheLogWasCut) {
  {
    const auto log = MustStart(Options());
    Checkpoint(*log, 1, 0);
    Checkpoint(*log, 2, 2);
  }
  // The first record that is kept, with a chain of its own.
  ChangeDatabase([](rocksdb::DB& database, auto&, rocksdb::ColumnFamilyHandle& log, auto&) {
    const std::string record = SampleRecord(1).SerializeAsString();
    const std::string chain(View(EncodeFixed64(NextChain(7, record))));
    ASSERT_TRUE(database.Put({}, &log, std::string(View(EncodeFixed64(9))), record + chain).ok());
  });
  EXPECT_THAT(std::string(ReadAll(Options()).status().message()),
              HasSubstr("record 9 is not the one that was written"));
}

}  // namespace
}  // namespace althing
