// One wrong bit anywhere in what counts: all records come back, or the start is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replica/core/random.h"
#include "tests/storage/fault_disk.h"
#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr uint64_t kRecords = 60;
constexpr int kFlips = 200;

// "log", "sst", "MANIFEST", "CURRENT", "mark", or empty for what does not count.
std::string KindOf(const fs::path& path) {
  const std::string name = path.filename().string();
  if (path.extension() == ".log") return "log";
  if (path.extension() == ".sst") return "sst";
  for (const std::string kind : {"MANIFEST", "CURRENT", "mark"}) {
    if (name.starts_with(kind)) return kind;
  }
  return "";
}

void FlipBit(const fs::path& path, uint64_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(bit / 8));
  const int byte = file.get();
  ASSERT_NE(byte, EOF);
  file.seekp(static_cast<std::streamoff>(bit / 8));
  file.put(static_cast<char>(byte ^ (1 << bit % 8)));
}

class DamageTest : public LogFixture {
 protected:
  void SetUp() override {
    {
      const auto log = MustStart(Options());
      for (uint64_t i = 0; i < kRecords / 2; ++i) AppendSamples(*log, i, i + 1);
    }
    const auto log = MustStart(Options());  // Puts the first half into a sorted file.
    for (uint64_t i = kRecords / 2; i < kRecords; ++i) AppendSamples(*log, i, i + 1);
    log->RememberPeer(ReplicaId{1}, std::string(16, 'p'), 9);
    fs::copy(directory(), whole_);
  }

  std::vector<fs::path> FilesThatCount() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(whole_)) {
      if (!KindOf(entry.path()).empty() && entry.file_size() > 0) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  const fs::path whole_ = temporary_.path() + "/whole";
};

TEST_F(DamageTest, OneFlippedBitNeverShortensTheLog) {
  const std::vector<fs::path> files = FilesThatCount();
  std::map<std::string, int> tried;
  std::map<std::string, int> refused;
  Random random(2026);
  for (int i = 0; i < kFlips; ++i) {
    const fs::path& file = files[random.Below(files.size())];
    const uint64_t bit = random.Below(fs::file_size(file) * 8);
    fs::remove_all(directory());
    fs::copy(whole_, directory());
    FlipBit(fs::path(directory()) / file.filename(), bit);
    const auto log = RocksDbLog::Open(Options());
    std::vector<pb::Record> records;
    absl::Status status = log.status();
    if (status.ok()) {
      status = (*log)->Replay([&](const pb::Record& record) {
        records.push_back(record);
        return absl::OkStatus();
      });
    }
    const std::string kind = KindOf(file);
    ++tried[kind];
    if (!status.ok()) {
      ++refused[kind];
      continue;
    }
    const std::string where = file.filename().string() + " bit " + std::to_string(bit);
    EXPECT_EQ(Texts(records), SampleTexts(kRecords)) << where;
    EXPECT_EQ((*log)->incarnation(), 3u) << where;
    EXPECT_EQ((*log)->known_peers().size(), 1u) << where;
  }
  for (const std::string kind : {"log", "sst", "MANIFEST", "CURRENT", "mark"}) {
    EXPECT_GT(tried[kind], 0) << kind;
    RecordProperty(kind, std::to_string(refused[kind]) + " of " + std::to_string(tried[kind]));
  }
  EXPECT_GT(refused["log"] + refused["sst"], 10);
  EXPECT_LT(refused["mark"], 1);  // The other slot is believed.
}

TEST_F(DamageTest, AMissingFileIsNoticed) {
  for (const fs::path& file : FilesThatCount()) {
    fs::remove_all(directory());
    fs::copy(whole_, directory());
    fs::remove(fs::path(directory()) / file.filename());
    EXPECT_FALSE(ReadAll(Options()).ok()) << file;
  }
}

// Nothing is known of what the disk does not say: the replica may start again on it when it does.
TEST_F(DamageTest, AFileThatCannotBeReadIsNoDamage) {
  const auto disk = std::make_shared<FaultDisk>();
  const auto env = FaultDisk::EnvOf(disk);
  RocksDbLog::Options options = Options();
  options.store.env = env.get();
  for (const fs::path& file : FilesThatCount()) {
    if (KindOf(file) == "mark") continue;  // The library does not read it.
    const std::string name = file.filename().string();
    fs::remove_all(directory());
    fs::copy(whole_, directory());
    disk->FailReads("/" + name);
    const absl::Status status = ReadAll(options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot read the log in " + directory()));
    EXPECT_THAT(std::string(status.message()), HasSubstr("/" + name)) << "names the file";
    disk->FailReads("");
    const auto records = ReadAll(options);
    ASSERT_TRUE(records.ok()) << name << ": " << records.status();
    EXPECT_EQ(Texts(*records), SampleTexts(kRecords)) << name;
  }
}

TEST_F(DamageTest, NorIsOneThatCannotBeReadAnyMore) {
  const auto disk = std::make_shared<FaultDisk>();
  const auto env = FaultDisk::EnvOf(disk);
  RocksDbLog::Options options = Options();
  options.store.env = env.get();
  const auto log = MustOpen(options);
  disk->FailReads(".sst");
  const absl::Status status = log->Replay([](const pb::Record&) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(".sst: Input/output error"));
}

// A directory put back as it was before: its peers know better, and so does the mark if it stayed.
TEST_F(DamageTest, AnOlderLogBesideItsMarkIsNoticed) {
  const fs::path mark = temporary_.path() + "/mark";
  AppendSamples(*MustStart(Options()), kRecords, kRecords + 1);
  fs::copy(directory() + "/mark", mark);
  fs::remove_all(directory());
  fs::copy(whole_, directory());
  fs::copy(mark, directory() + "/mark", fs::copy_options::overwrite_existing);
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(Options()).status()));
}

}  // namespace
}  // namespace althing
