// Ends of which the length reached the disk and bytes did not, and what must not be taken for one.
#include "replica/storage/torn_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "replica/core/random.h"
#include "tests/storage/fault_disk.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr size_t kSector = 512;
constexpr uint64_t kDurable = 3;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void Write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void Flip(std::string& bytes, size_t at) { bytes[at] = static_cast<char>(bytes[at] ^ 4); }

// Of so many bytes, without a sector of zeros.
pb::Record Large(size_t bytes) {
  pb::Record record = SampleRecord(2);
  std::string& payload = *record.mutable_committed()->mutable_payload();
  Random random(bytes);
  while (payload.size() < bytes) payload.push_back(static_cast<char>(1 + random.Below(255)));
  return record;
}

// A log of three durable records, and of a large one that was under way when the process ended.
class TornEndTest : public LogFixture, public testing::WithParamInterface<size_t> {
 protected:
  void Make(size_t bytes, bool durable = false) {
    const auto disk = std::make_shared<FaultDisk>();
    const auto env = FaultDisk::EnvOf(disk);
    RocksDbLog::Options options = Options();
    options.store.env = env.get();
    const auto log = MustStart(options);
    AppendSamples(*log, 0, kDurable);
    path_ = LogPath();
    begin_ = Read(path_).size();
    if (!durable) disk->SetFault(FaultDisk::Fault::kSyncFails);
    log->Append(Large(bytes));
    log->FlushNow();
    ASSERT_EQ(log->durable(), durable ? kDurable + 1 : kDurable);
    disk->CutPower();
    whole_ = Read(path_);
    ASSERT_GT(whole_.size(), begin_ + bytes);
  }
  // The only one, or the newer of two.
  fs::path LogPath() const {
    fs::path path;
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".log" && entry.path() > path) path = entry.path();
    }
    return path;
  }
  // The same, but for the sectors that are named, which hold nothing of the last write.
  std::string Without(const std::vector<size_t>& sectors) const {
    std::string left = whole_;
    for (const size_t sector : sectors) {
      for (size_t i = sector * kSector; i < (sector + 1) * kSector && i < left.size(); ++i) {
        if (i >= begin_) left[i] = '\0';
      }
    }
    return left;
  }
  size_t first_sector() const { return begin_ / kSector; }
  size_t last_sector() const { return (whole_.size() - 1) / kSector; }

  // As the crash has left it but for the end of its log.
  absl::StatusOr<std::vector<pb::Record>> ReadWith(const std::string& log) {
    const fs::path kept = temporary_.path() + "/kept";
    if (!fs::exists(kept)) fs::copy(directory(), kept);
    fs::remove_all(directory());
    fs::copy(kept, directory());
    Write(path_, log);
    return ReadAll(Options());
  }

  fs::path path_;
  size_t begin_ = 0;  // Of the last write.
  std::string whole_;
};

TEST_P(TornEndTest, IsOpenedWithoutItWhicheverSectorsAreMissing) {
  Make(GetParam());
  EXPECT_EQ(FindTornEnd(whole_), std::nullopt);
  Random random(GetParam());
  for (int round = 0; round < 12; ++round) {
    std::vector<size_t> missing;
    for (size_t sector = first_sector(); sector <= last_sector(); ++sector) {
      const bool all = round == 0;
      const bool one = random.Below(last_sector() - first_sector() + 1) == 0;
      if (all || one || (round % 2 == 0 && random.Below(2) == 0)) missing.push_back(sector);
    }
    if (missing.empty()) continue;
    SCOPED_TRACE(testing::PrintToString(missing));
    EXPECT_EQ(FindTornEnd(Without(missing)), begin_);
    const auto records = ReadWith(Without(missing));
    ASSERT_TRUE(records.ok()) << records.status();
    EXPECT_EQ(Texts(*records), SampleTexts(kDurable));
  }
}

TEST_P(TornEndTest, IsDamageIfTheMarkKnowsThatItWasDurable) {
  Make(GetParam(), /*durable=*/true);
  const absl::Status status = ReadWith(Without({last_sector()})).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("record 3 is the last, and record 4 was written"));
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(Options()).status())) << "it is not forgotten, either";
}

INSTANTIATE_TEST_SUITE_P(EachSize, TornEndTest, testing::Values(700, 5'000, 40'000, 150'000));

class NoTornEndTest : public TornEndTest {};

// A wrong bit is damage, whatever the mark says: no power cut leaves that.
TEST_F(NoTornEndTest, IsAWrongBit) {
  Make(40'000);
  for (const size_t at : {begin_ + 10, begin_ + 20'000, whole_.size() - 9}) {
    std::string log = whole_;
    Flip(log, at);
    EXPECT_EQ(FindTornEnd(log), std::nullopt) << at;
    EXPECT_TRUE(absl::IsDataLoss(ReadWith(log).status())) << at;
  }
}

// Nor is it one if a later write is there, for that was begun when the earlier one was durable.
TEST_F(NoTornEndTest, IsASectorWithAnotherWriteBehindIt) {
  Make(40'000);
  for (const size_t hole : {first_sector() + 1, (begin_ + 32'768) / kSector}) {
    std::string log = Without({hole});
    ASSERT_EQ(FindTornEnd(log), begin_);
    // Another one, as the library writes it at the beginning of a block.
    const size_t block = 32'768;
    log.resize((log.size() + block - 1) / block * block);
    log += whole_.substr(0, begin_);
    EXPECT_EQ(FindTornEnd(log), std::nullopt) << hole;
  }
}

// With the mark of before, which a power cut may leave: nothing else would find it.
TEST_F(NoTornEndTest, IsADurableWriteBeforeOthers) {
  std::string old_mark;
  {
    const auto log = MustStart(Options());
    log->FlushNow();
    old_mark = Read(directory() + "/mark");
    for (int i = 0; i < 3; ++i) {
      log->Append(Large(3'000));
      log->FlushNow();
    }
  }
  std::string log = Read(LogPath());
  const size_t hole = 4'000 / kSector * kSector;
  log.replace(hole, kSector, std::string(kSector, '\0'));
  Write(LogPath(), log);
  Write(directory() + "/mark", old_mark);
  const absl::Status status = ReadAll(Options()).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_FALSE(fs::exists(directory() + "/torn"));
}

TEST_F(NoTornEndTest, WhatWasCutOffIsKept) {
  Make(5'000);
  const std::string torn = Without({last_sector() - 2});
  Write(path_, torn);
  EXPECT_EQ(MustOpen(Options())->torn_bytes(), torn.size() - begin_);
  EXPECT_EQ(Read(directory() + "/torn"), torn.substr(begin_));
  EXPECT_EQ(MustOpen(Options())->torn_bytes(), 0u);
}

TEST_F(NoTornEndTest, AFolderIsNoLog) {
  Make(5'000);
  const std::string torn = Without({last_sector() - 2});
  Write(path_, torn);
  fs::create_directory(directory() + "/999999.log");
  const absl::StatusOr<uint64_t> cut = CutTornEnd(directory());
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ(*cut, torn.size() - begin_);
}

}  // namespace
}  // namespace althing
