// Replicas that keep their log on the disk, end in every way under load, and start again on it:
// nothing that was acknowledged is lost.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/workload/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/check/judge.h"
#include "tests/process/aftermath.h"
#include "tests/process/cluster.h"
#include "tests/process/comebacks.h"
#include "tests/process/load.h"
#include "tests/process/log_lines.h"
#include "tests/process/session_load.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = Comebacks::Clock;

constexpr size_t kMayBeAway = 2;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kStormSeconds = 15;
#else
constexpr int kStormSeconds = 60;
#endif
const std::vector<int> kAll = {0, 1, 2, 3, 4};

Json Kept(const std::string& durability) { return {{"durability", durability}}; }

class RestartTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(cluster_.StartAll()); }
  std::string DataOf(int i) const {
    return absl::StrCat(cluster_.directory(), "/data/replica.", i);
  }

  void StopAndStartAll() {
    for (const int i : kAll) cluster_.replica(i).Signal(SIGTERM);
    for (const int i : kAll) EXPECT_EQ(cluster_.WaitEnd(i), 0) << i;
    comebacks_.Start(kAll);
    comebacks_.WaitReady();
  }

  Cluster cluster_{kFive, Kept("fsync")};
  Comebacks comebacks_{cluster_};
};

// Kills one or two every 1 to 2 seconds, also those that are still starting, but never so that more
// than f are away; each comes again at once or after up to 2 seconds.
class Storm {
 public:
  Storm(Cluster& cluster, Comebacks& comebacks, uint64_t seed)
      : cluster_(cluster), comebacks_(comebacks), random_(seed) {}

  int kills() const { return kills_; }

  void Run(std::chrono::seconds duration) {
    const auto end = Clock::now() + duration;
    auto next = Clock::now();
    EXPECT_TRUE(WaitUntil(
        [&] {
          StartThoseDue();
          comebacks_.Look();
          if (Clock::now() < next) return Clock::now() >= end;
          KillSome();
          next = Clock::now() + Milliseconds(1000, 2000);
          return Clock::now() >= end;
        },
        duration + kPatience));
    for (const auto& [i, due] : away_) comebacks_.Start(i);
    away_.clear();
    comebacks_.WaitReady();
  }

 private:
  std::chrono::milliseconds Milliseconds(uint64_t from, uint64_t to) {
    return std::chrono::milliseconds(from + random_.Below(to - from + 1));
  }

  void StartThoseDue() {
    for (auto at = away_.begin(); at != away_.end();) {
      if (Clock::now() < at->second) {
        ++at;
        continue;
      }
      comebacks_.Start(at->first);
      at = away_.erase(at);
    }
  }

  void KillSome() {
    const size_t wanted = 1 + random_.Below(2);
    std::vector<int> victims;
    while (victims.size() < wanted && away_.size() + victims.size() < kMayBeAway) {
      const int i = static_cast<int>(random_.Below(kFive));
      if (cluster_.running(i) && !std::ranges::count(victims, i)) victims.push_back(i);
    }
    comebacks_.Kill(victims);
    kills_ += static_cast<int>(victims.size());
    for (const int i : victims) {
      const bool at_once = random_.Below(2) == 0;
      away_[i] = Clock::now() + (at_once ? std::chrono::milliseconds(0) : Milliseconds(0, 2000));
    }
  }

  Cluster& cluster_;
  Comebacks& comebacks_;
  Random random_;
  std::map<int, Clock::time_point> away_;  // When each comes again.
  int kills_ = 0;
};

TEST_F(RestartTest, NothingIsLostInAStormOfKills) {
  SessionLoad load(cluster_);
  Storm storm(cluster_, comebacks_, 2026);
  storm.Run(std::chrono::seconds(NumberOf("ALTHING_STORM_SECONDS", kStormSeconds)));
  EXPECT_GE(storm.kills(), 5);
  EXPECT_TRUE(load.WaitAcknowledged(100));
  ExpectNothingLost(cluster_, load);
  std::cout << "kills: " << storm.kills() << ", slowest start: " << comebacks_.slowest().count()
            << " ms\n";
}

TEST_F(RestartTest, NothingIsLostWhenAllAreKilledAtOnceAgainAndAgain) {
  SessionLoad load(cluster_);
  Random random(5);
  for (int round = 0; round < NumberOf("ALTHING_KILL_ALL_ROUNDS", 5); ++round) {
    ASSERT_TRUE(load.WaitAcknowledged(100 + random.Below(400))) << "round " << round;
    comebacks_.Kill(kAll);
    comebacks_.Start(kAll);
    comebacks_.WaitReady();
  }
  EXPECT_TRUE(load.WaitAcknowledged(100));
  ExpectNothingLost(cluster_, load);
  std::cout << "starts: " << comebacks_.starts() << ", slowest: " << comebacks_.slowest().count()
            << " ms\n";
}

// The same, with logs in memory: the clients notice. So the test above would see a loss.
TEST(RestartControlTest, WithoutADiskAcknowledgedWritesAreGoneWhenAllAreKilled) {
  Cluster cluster(kFive, Kept("none"));
  ASSERT_TRUE(cluster.StartAll());
  Comebacks comebacks(cluster);
  SessionLoad load(cluster);
  ASSERT_TRUE(load.WaitAcknowledged(500));
  comebacks.Kill(kAll);
  comebacks.Start(kAll);
  comebacks.WaitReady();
  EXPECT_TRUE(load.WaitAcknowledged(100));
  load.Stop();
  const ReadBack back = load.ReadAll();
  EXPECT_EQ(back.unread, 0u) << back.example;
  EXPECT_GT(back.lost, 0u);
  EXPECT_EQ(check::Judge(load.history()).verdict, check::Verdict::kViolation);
  std::cout << "durability none lost " << back.lost << " of " << back.acknowledged
            << " acknowledged writes, as it must\n";
}

TEST_F(RestartTest, AllThatStoppedInOrderComeBackWithEverything) {
  SessionLoad load(cluster_);
  for (uint64_t run = 2; run <= 3; ++run) {
    ASSERT_TRUE(load.WaitAcknowledged(300));
    StopAndStartAll();
    for (const int i : kAll) {
      EXPECT_THAT(cluster_.Log(i), HasSubstr(absl::StrCat("event=restored directory=", DataOf(i),
                                                          " run=", run, " records=")));
    }
  }
  ExpectNothingLost(cluster_, load);

  // With nothing under way there is nothing to recover either: each knows where it had stopped.
  ASSERT_TRUE(cluster_.WaitExecuted());
  const uint64_t executed = cluster_.Metrics(0)["ExecutedCommands"];
  StopAndStartAll();
  EXPECT_TRUE(cluster_.WaitExecuted(executed));
  EXPECT_TRUE(cluster_.WaitLinked());
  for (const int i : kAll) EXPECT_TRUE(cluster_.Put(i, "after", "x").status.ok()) << i;
  EXPECT_EQ(Sum(cluster_, "RecoveredPayloads") + Sum(cluster_, "RecoveredNoops"), 0u);
}

TEST_F(RestartTest, WhoLostItsDirectoryIsRefusedInWordsAndTheOthersGoOn) {
  SessionLoad load(cluster_);
  ASSERT_TRUE(load.WaitAcknowledged(200));
  comebacks_.Kill({4});
  std::filesystem::remove_all(DataOf(4));
  cluster_.Start(4);
  EXPECT_EQ(cluster_.WaitEnd(4), 79);
  EXPECT_THAT(EventsAt("error", cluster_.Log(4)), ElementsAre(HasSubstr("memory_lost: ")));
  ASSERT_TRUE(load.WaitAcknowledged(200));

  // Nor does another replica's directory do.
  std::filesystem::remove_all(DataOf(4));
  std::filesystem::copy(DataOf(0), DataOf(4));
  cluster_.Start(4);
  EXPECT_EQ(cluster_.WaitEnd(4), 78);
  EXPECT_THAT(EventsAt("error", cluster_.Log(4)),
              testing::Contains(HasSubstr("holds the log of replica 0")));

  load.Stop();
  const ReadBack back = load.ReadAll();
  EXPECT_EQ(back.lost + back.unread, 0u) << back.example;
  EXPECT_EQ(FindContradiction(load.history()), "");
  ExpectAllDecided(cluster_, kAll);
  ExpectAgreement(cluster_, SessionLoad::kSharedKeys);
}

TEST_F(RestartTest, TheOthersRestartWhileOneStandsStill) {
  SessionLoad load(cluster_);
  ASSERT_TRUE(load.WaitAcknowledged(200));
  cluster_.replica(4).Signal(SIGSTOP);
  ASSERT_TRUE(WaitUntil(
      [&] { return cluster_.Metrics(0)["Peers"]["4"]["Suspected"].get<uint64_t>() == 1; }));
  for (int i = 0; i < 4; ++i) {
    comebacks_.Kill({i});
    comebacks_.Start(i);
    comebacks_.WaitReady();
    ASSERT_TRUE(load.WaitAcknowledged(50)) << i;
  }
  comebacks_.Kill({0, 1, 2, 3});
  comebacks_.Start({0, 1, 2, 3});
  comebacks_.WaitReady();
  ASSERT_TRUE(load.WaitAcknowledged(50));
  cluster_.replica(4).Signal(SIGCONT);
  ExpectNothingLost(cluster_, load);
}

}  // namespace
}  // namespace althing
