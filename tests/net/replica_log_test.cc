#include "replica/net/replica_log.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replica/net/build_options.h"
#include "tests/net/net_fixture.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kMuch = uint32_t{1} << 30;  // MiB: more than any disk has.

const std::function<bool()> kGoOn = [] { return false; };

// Notes what it is to restore.
class NotingCore : public IdleCore {
 public:
  NotingCore() : IdleCore(1) {}
  absl::Status Restore(const pb::Record& record) override {
    floors.push_back(record.started().floor());
    return answer;
  }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece&) override {
    ++pieces;
    return absl::OkStatus();
  }
  absl::Status EndRestore() override {
    ++ends;
    return end_answer;
  }
  std::vector<uint64_t> floors;
  int pieces = 0, ends = 0;
  absl::Status answer, end_answer;
};

class ReplicaLogTest : public ::testing::Test {
 protected:
  ~ReplicaLogTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ReplicaLog> Open(const std::string& durability, uint32_t free_mib_min = 1) {
    config_.mutable_directories()->set_data(directory_);
    config_.set_durability(durability);
    config_.mutable_storage()->set_free_mib_min(free_mib_min);
    auto log = ReplicaLog::Open(config_, *MakeQuorums(config_), MemberIndex{0});
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  static pb::Record Started(uint64_t floor) {
    pb::Record record;
    record.mutable_started()->set_floor(floor);
    return record;
  }

  const std::string directory_ =
      absl::StrCat(::testing::TempDir(), "/replica_log_test.", ::getpid());
  v1::Config config_ = MakeConfig(1);
};

TEST_F(ReplicaLogTest, InMemoryNothingIsKeptAndThereIsAlwaysRoom) {
  const auto log = Open("none", kMuch);
  NotingCore core;
  EXPECT_TRUE(log->Restore(core, kGoOn).ok());
  EXPECT_FALSE(log->keeps());
  EXPECT_EQ(log->log().durability(), "none");
  EXPECT_EQ(log->store_id().size(), 16);
  EXPECT_EQ(log->NoRoom(0), "");
  log->RememberPeer(ReplicaId{7}, {"store", 1});
  EXPECT_THAT(log->known_peers(), IsEmpty());
  EXPECT_TRUE(log->Close().ok());
}

TEST_F(ReplicaLogTest, OnTheDiskItTakesUpWhereItEnded) {
  std::string store;
  {
    const auto log = Open("fsync");
    NotingCore core;
    ASSERT_TRUE(log->Restore(core, kGoOn).ok());
    EXPECT_THAT(core.floors, IsEmpty());
    EXPECT_EQ(log->incarnation(), 1);
    store = log->store_id();
    log->log().Append(Started(5));
    log->RememberPeer(ReplicaId{7}, {std::string(16, 's'), 3});
    ASSERT_TRUE(log->Close().ok());
  }
  const auto log = Open("fsync");
  NotingCore core;
  ASSERT_TRUE(log->Restore(core, kGoOn).ok());
  EXPECT_THAT(core.floors, ElementsAre(5));
  EXPECT_EQ(log->incarnation(), 2);
  EXPECT_EQ(log->store_id(), store);
  const auto known = log->known_peers();
  ASSERT_TRUE(known.contains(ReplicaId{7}));
  EXPECT_EQ(known.at(ReplicaId{7}).id, std::string(16, 's'));
  EXPECT_EQ(known.at(ReplicaId{7}).incarnation, 3);
}

TEST_F(ReplicaLogTest, TheCoreGetsTheCheckpointAndTheLogThatIsKept) {
  const auto begin = [](uint64_t number) {
    pb::Record record;
    record.mutable_checkpoint()->set_number(number);
    return record;
  };
  {
    const auto log = Open("fsync");
    NotingCore core;
    ASSERT_TRUE(log->Restore(core, kGoOn).ok());
    EXPECT_EQ(core.pieces, 0);
    EXPECT_EQ(core.ends, 1);
    for (uint64_t floor = 1; floor <= 3; ++floor) log->log().Append(Started(floor));
    log->log().Append(begin(1));
    log->log().Append(Started(4));
    log->log().FlushNow();
    pb::CheckpointPiece piece;
    piece.add_entries();
    piece.add_entries();
    log->log().AddPiece(1, piece.SerializeAsString());
    log->log().MakeCurrent(1, 1);
    log->log().FlushNow();
    const Sizes sizes = log->MeasureSizes();
    EXPECT_EQ(sizes.log_records, 5);
    EXPECT_EQ(sizes.log_kept, 2);
    EXPECT_EQ(sizes.log_bytes, begin(1).ByteSizeLong() + Started(4).ByteSizeLong());
  }
  const LogCapture said;
  const auto log = Open("fsync");
  NotingCore core;
  ASSERT_TRUE(log->Restore(core, kGoOn).ok());
  EXPECT_EQ(core.pieces, 1);
  EXPECT_THAT(core.floors, ElementsAre(0, 4));
  EXPECT_THAT(said.text(), HasSubstr(" run=2 records=2 checkpoint=1 entries=2 ms="));
}

TEST_F(ReplicaLogTest, ACheckpointThatDoesNotFitItsLogIsALostMemory) {
  const auto log = Open("fsync");
  NotingCore core;
  core.end_answer = absl::DataLossError("they do not fit");
  EXPECT_EQ(ReplicaLog::ExitCodeOf(log->Restore(core, kGoOn)), ExitCode::kMemoryLost);
}

TEST_F(ReplicaLogTest, WhatTheCoreDoesNotTakeIsALostMemory) {
  {
    const auto log = Open("os");
    NotingCore core;
    ASSERT_TRUE(log->Restore(core, kGoOn).ok());
    log->log().Append(Started(5));
    ASSERT_TRUE(log->Close().ok());
  }
  const auto log = Open("os");
  NotingCore core;
  core.answer = absl::DataLossError("it does not fit");
  const absl::Status status = log->Restore(core, kGoOn);
  EXPECT_THAT(std::string(status.message()), HasSubstr("it does not fit"));
  EXPECT_EQ(ReplicaLog::ExitCodeOf(status), ExitCode::kMemoryLost);
}

TEST_F(ReplicaLogTest, GivesUpReadingWhenAskedToAndLeavesTheDirectoryAsItWas) {
  constexpr uint64_t kRecords = 1000;
  {
    const auto log = Open("fsync");
    NotingCore core;
    ASSERT_TRUE(log->Restore(core, kGoOn).ok());
    for (uint64_t i = 1; i <= kRecords; ++i) log->log().Append(Started(i));
    log->log().FlushNow();
  }
  {
    const auto log = Open("fsync");
    NotingCore core;
    EXPECT_TRUE(absl::IsCancelled(log->Restore(core, [&] { return core.floors.size() > 300; })));
    EXPECT_LT(core.floors.size(), 600);
    EXPECT_EQ(log->incarnation(), 2);
  }
  const LogCapture said;
  const auto log = Open("fsync");
  NotingCore core;
  ASSERT_TRUE(log->Restore(core, kGoOn).ok());
  EXPECT_EQ(core.floors.size(), kRecords);
  EXPECT_EQ(log->incarnation(), 2);  // The one that gave up was none.
  EXPECT_THAT(said.text(), HasSubstr(absl::StrCat("event=restoring directory=", directory_,
                                                  "/replica.0 records=0 of=1000\n")));
}

TEST_F(ReplicaLogTest, SaysInWordsThatThereIsNoRoom) {
  const auto log = Open("os", kMuch);
  NotingCore core;
  ASSERT_TRUE(log->Restore(core, kGoOn).ok());
  EXPECT_THAT(log->NoRoom(1), HasSubstr("the disk of this replica is nearly full"));
  EXPECT_THAT(log->NoRoom(1), HasSubstr(directory_));
}

TEST_F(ReplicaLogTest, TellsWhenSomethingHasBecomeDurable) {
  const auto log = Open("fsync");
  NotingCore core;
  ASSERT_TRUE(log->Restore(core, kGoOn).ok());
  std::atomic<int> told = 0;
  log->set_on_durable([&] { ++told; });
  const uint64_t place = log->log().Append(Started(1));
  log->log().FlushNow();
  EXPECT_EQ(log->log().durable(), place);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace althing
