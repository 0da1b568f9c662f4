// A disk that is full, and one that fails, beneath one of five replicas under load: it says so, the
// others go on, and nothing that was acknowledged is lost.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/aftermath.h"
#include "tests/process/cluster.h"
#include "tests/process/comebacks.h"
#include "tests/process/load.h"
#include "tests/process/log_lines.h"
#include "tests/process/mounts.h"
#include "tests/process/session_load.h"

namespace althing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kVictim = 4;
constexpr int kTmpfsMib = 64;
constexpr int kFreeMibMin = 8;
// What the replica may write until it is nearly full. Less than the 35 MiB that the library
// reserves for a file of the log where it can: it writes that without asking for room.
constexpr int kRoomMib = 12;
constexpr int kBallastMib = kTmpfsMib - kFreeMibMin - kRoomMib;
// More than enough to fill any of the disks below.
constexpr int kFillsMax = 2000;

// Takes room on a disk until it is removed.
class Ballast {
 public:
  // MiB, or less if there is no room for them.
  Ballast(std::string path, int mib) : path_(std::move(path)) {
    std::ofstream file(path_, std::ios::binary);
    const std::string some(1 << 12, 'b');
    for (int i = 0; i < mib * 256 && file.good(); ++i) file << some << std::flush;
  }
  ~Ballast() { Remove(); }
  void Remove() { std::filesystem::remove(path_); }

 private:
  const std::string path_;
};

// The victim's log lies on the disk that a test gives it.
class DiskTest : public testing::Test {
 protected:
  // False: there can be no such disk here.
  bool Prepare(const std::string& obstacle) {
    if (!obstacle.empty()) return false;
    mounts_ = std::make_unique<Mounts>();
    cluster_ = std::make_unique<Cluster>(kFive, Json{{"durability", "fsync"}});
    return true;
  }
  void StartVictim() {
    cluster_->Start(kVictim, {"--directories.data", disk_, "--storage.free_mib_min",
                              absl::StrCat(free_mib_min_)});
  }
  void StartOn(const std::string& disk, int free_mib_min) {
    disk_ = disk;
    free_mib_min_ = free_mib_min;
    for (int i = 0; i < kFive; ++i) {
      if (i != kVictim) cluster_->Start(i);
    }
    StartVictim();
    ASSERT_TRUE(cluster_->WaitLinked());
  }
  // Large writes at the others, which all log, until `done`.
  template <typename Done>
  void FillUntil(Done done) {
    const std::string value(1 << 16, 'f');
    for (int i = 0; i < kFillsMax && !done(); ++i) {
      const std::string key = absl::StrCat("fill", filled_);
      if (cluster_->Put(i % kVictim, key, value).status.ok()) ++filled_;
    }
    EXPECT_TRUE(done()) << filled_ << " large writes did not do it";
  }
  // All acknowledged large writes, read at the replica.
  void ExpectFilled(int at) {
    for (int i = 0; i < filled_; ++i) {
      const std::string got = cluster_->Get(at, absl::StrCat("fill", i));
      EXPECT_THAT(got.substr(0, 2), "ff") << i;
    }
  }
  // The victim has ended as it must when its log cannot be written: at once and for good.
  void ExpectLogFailed(const testing::Matcher<std::string>& cause) {
    EXPECT_EQ(cluster_->WaitEnd(kVictim), 74);
    const std::string log = cluster_->Log(kVictim);
    EXPECT_THAT(EventsAt("error", log),
                ElementsAre(AllOf(HasSubstr("log_failed: cannot write the log in " + disk_),
                                  HasSubstr(".log: "), cause)));
    // Nothing was said or tried after it.
    EXPECT_EQ(ParseLog(log).back()["event"], "log_failed");
  }
  // As ExpectNothingLost, but the victim had reason to complain.
  void ExpectAllThere(SessionLoad& load) {
    EXPECT_TRUE(cluster_->WaitLinked());
    load.Stop();
    const ReadBack back = load.ReadAll();
    EXPECT_EQ(back.lost + back.unread, 0u) << "of " << back.acknowledged << ": " << back.example;
    EXPECT_EQ(FindContradiction(load.history()), "");
    ExpectAllDecided(*cluster_, {0, 1, 2, 3, 4});
    ExpectAgreement(*cluster_, SessionLoad::kSharedKeys);
    for (int i = 0; i < kVictim; ++i) {
      EXPECT_THAT(EventsAt("error", cluster_->Log(i)), IsEmpty()) << i;
    }
    std::cout << "acknowledged: " << back.acknowledged << " small writes, " << filled_
              << " large ones\n";
  }
  bool Said(const std::string& event) const {
    return cluster_->Log(kVictim).find("event=" + event + " ") != std::string::npos;
  }

  std::unique_ptr<Mounts> mounts_;  // Before the cluster, which uses it.
  std::unique_ptr<Cluster> cluster_;
  std::string disk_;
  int free_mib_min_ = 0;
  int filled_ = 0;
};

TEST_F(DiskTest, ANearlyFullOneRefusesClientsInTimeAndServesAgainWhenThereIsRoom) {
  const std::string obstacle = Mounts::Obstacle();
  if (!Prepare(obstacle)) GTEST_SKIP() << obstacle;
  const std::string disk = mounts_->Tmpfs("small", kTmpfsMib);
  Ballast ballast(disk + "/ballast", kBallastMib);
  StartOn(disk, kFreeMibMin);
  SessionLoad load(*cluster_);
  ASSERT_TRUE(load.WaitAcknowledged(200));
  EXPECT_EQ(cluster_->Metrics(kVictim)["NoRoom"], 0);
  FillUntil([&] { return Said("disk_nearly_full"); });

  const Answer put = cluster_->Put(kVictim, "key", "value");
  EXPECT_EQ(put.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(put.status.ToString(), HasSubstr("the disk of this replica is nearly full"));
  EXPECT_TRUE(put.refused);
  EXPECT_GT(cluster_->Metrics(kVictim)["NoRoom"], 0);
  EXPECT_TRUE(load.WaitAcknowledged(200)) << "the others do not go on";
  EXPECT_TRUE(cluster_->replica(kVictim).running());

  ballast.Remove();
  EXPECT_TRUE(WaitUntil([&] { return cluster_->Put(kVictim, "key", "value").status.ok(); }));
  EXPECT_TRUE(Said("disk_has_room"));
  cluster_->Kill(kVictim);
  StartVictim();
  ASSERT_TRUE(cluster_->WaitLinked());
  ASSERT_TRUE(load.WaitAcknowledged(200));
  EXPECT_THAT(EventsAt("error", cluster_->Log(kVictim)), IsEmpty());
  ExpectAllThere(load);
  ExpectFilled(kVictim);
}

TEST_F(DiskTest, AFullOneEndsTheReplicaAtOnceAndItComesBackWhenThereIsRoom) {
  const std::string obstacle = Mounts::Obstacle();
  if (!Prepare(obstacle)) GTEST_SKIP() << obstacle;
  const std::string disk = mounts_->Tmpfs("small", kTmpfsMib);
  const Ballast ballast(disk + "/ballast", kBallastMib);
  StartOn(disk, 0);
  SessionLoad load(*cluster_);
  ASSERT_TRUE(load.WaitAcknowledged(200));
  Ballast rest(disk + "/rest", kTmpfsMib);
  ExpectLogFailed(HasSubstr("No space left on device"));
  EXPECT_TRUE(load.WaitAcknowledged(200)) << "the others do not go on";
  rest.Remove();
  StartVictim();
  ASSERT_TRUE(cluster_->WaitLinked());
  ASSERT_TRUE(load.WaitAcknowledged(200));
  ExpectAllThere(load);
}

// The file system has room, the device beneath it has none: the kernel takes what is written, and
// says at the sync that it is gone. It would say OK the next time.
TEST_F(DiskTest, ASyncThatFailsEndsTheReplicaAtOnce) {
  const std::string obstacle = Mounts::LoopObstacle();
  if (!Prepare(obstacle)) GTEST_SKIP() << obstacle;
  const std::string beneath = mounts_->Tmpfs("beneath", 16);
  StartOn(mounts_->Ext4("disk", beneath + "/image", 256), 0);
  SessionLoad load(*cluster_);
  ASSERT_TRUE(load.WaitAcknowledged(200));
  FillUntil([&] { return !cluster_->replica(kVictim).running(); });
  ExpectLogFailed(AnyOf(HasSubstr("Input/output error"), HasSubstr("No space left on device")));
  EXPECT_TRUE(load.WaitAcknowledged(200)) << "the others do not go on";

  // What it finds when the disk is mended is right, or it is refused.
  mounts_->Resize("beneath", 512);
  StartVictim();
  const bool serves = WaitUntil([&] {
    return !cluster_->replica(kVictim).running() || cluster_->Put(kVictim, "k", "v").status.ok();
  });
  EXPECT_TRUE(serves);
  if (!cluster_->replica(kVictim).running()) {
    EXPECT_THAT(cluster_->WaitEnd(kVictim), AnyOf(74, 79));
    std::cout << "the mended disk is refused\n";
  }
  ExpectAllThere(load);
  ExpectFilled(0);
}

}  // namespace
}  // namespace althing
