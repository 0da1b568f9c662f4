#include "tests/storage/log_fixture.h"

#include <stdlib.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "tests/storage/fault_disk.h"

namespace althing {

TemporaryDirectory::TemporaryDirectory() : path_(testing::TempDir() + "/storage.XXXXXX") {
  CHECK(mkdtemp(path_.data()) != nullptr);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

pb::Record SampleRecord(uint64_t number) {
  pb::Record record;
  record.set_partition(static_cast<uint32_t>(number % 5));
  const auto name = [number](pb::InstanceId* id) {
    id->set_coordinator(static_cast<uint32_t>(number % 3));
    id->set_slot(1000 + number);
  };
  const std::string payload = absl::StrCat("payload ", number, std::string(number % 7, '\0'));
  const auto fill = [number](auto* deps) {
    for (uint64_t i = 0; i < 3; ++i) deps->Add(number * 10 + i);
  };
  switch (number % 6) {
    case 0: {
      auto& kind = *record.mutable_pre_accepted();
      name(kind.mutable_id());
      kind.set_payload(payload);
      fill(kind.mutable_initial_deps());
      fill(kind.mutable_deps());
      kind.set_fast_quorum(0b10110);
      break;
    }
    case 1: {
      auto& kind = *record.mutable_accepted();
      name(kind.mutable_id());
      kind.set_ballot(number * 7);
      kind.set_noop(true);
      kind.set_payload(payload);
      fill(kind.mutable_deps());
      break;
    }
    case 2: {
      auto& kind = *record.mutable_committed();
      name(kind.mutable_id());
      kind.set_noop(true);
      kind.set_payload(payload);
      fill(kind.mutable_deps());
      break;
    }
    case 3:
      name(record.mutable_decided()->mutable_id());
      break;
    case 4:
      name(record.mutable_joined()->mutable_id());
      record.mutable_joined()->set_ballot(number * 9);
      break;
    default: {
      auto& kind = *record.mutable_validated();
      name(kind.mutable_id());
      kind.set_payload(payload);
      fill(kind.mutable_initial_deps());
      kind.set_fast_quorum(0b111);
    }
  }
  return record;
}

std::vector<std::string> Texts(const std::vector<pb::Record>& records) {
  std::vector<std::string> texts;
  for (const pb::Record& record : records) texts.push_back(record.ShortDebugString());
  return texts;
}

std::vector<std::string> SampleTexts(uint64_t count) {
  std::vector<std::string> texts;
  for (uint64_t i = 1; i <= count; ++i) texts.push_back(SampleRecord(i).ShortDebugString());
  return texts;
}

LogFixture::LogFixture() : quick_(FaultDisk::EnvOf(std::make_shared<FaultDisk>())) {}

LogFixture::~LogFixture() = default;

RocksDbLog::Options LogFixture::Options() const {
  RocksDbLog::Options options;
  options.store = {.directory = directory(),
                   .cluster_id = "blue",
                   .replica = ReplicaId{2},
                   .config_hash = 0xfeedfacecafebeef,
                   .sync = true,
                   .boot_id = "boot-1",
                   .env = quick_.get()};
  return options;
}

std::unique_ptr<RocksDbLog> LogFixture::MustOpen(RocksDbLog::Options options) {
  auto log = RocksDbLog::Open(std::move(options));
  if (!log.ok()) ADD_FAILURE() << log.status();
  CHECK(log.ok());
  return *std::move(log);
}

std::unique_ptr<RocksDbLog> LogFixture::MustStart(RocksDbLog::Options options) {
  std::unique_ptr<RocksDbLog> log = MustOpen(std::move(options));
  MustReplay(*log);
  return log;
}

std::vector<pb::Record> LogFixture::MustReplay(RocksDbLog& log) {
  std::vector<pb::Record> records;
  const absl::Status status = log.Replay([&](const pb::Record& record) {
    records.push_back(record);
    return absl::OkStatus();
  });
  if (!status.ok()) ADD_FAILURE() << status;
  CHECK(status.ok());
  return records;
}

void LogFixture::AppendSamples(RocksDbLog& log, uint64_t from, uint64_t to) {
  for (uint64_t i = from + 1; i <= to; ++i) log.Append(SampleRecord(i));
  log.FlushNow();
}

absl::StatusOr<std::vector<pb::Record>> LogFixture::ReadAll(RocksDbLog::Options options) {
  auto log = RocksDbLog::Open(std::move(options));
  if (!log.ok()) return log.status();
  std::vector<pb::Record> records;
  const absl::Status status = (*log)->Replay([&](const pb::Record& record) {
    records.push_back(record);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return records;
}

}  // namespace althing
