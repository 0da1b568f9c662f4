// Coordinators that die or fall silent with work under way: the others finish it, and every key
// goes on.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/aftermath.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kTakenOverCalls = 200;
constexpr int kRecoveredKeys = 12;
// Within this time all keys go on; builds with sanitizers on busy machines need it.
constexpr std::chrono::seconds kGoOnAfterDeath{10};
// After this time a silent replica has been given up by its peers, in every way: connections are
// dead after 3 s, the undecided is recovered long before.
constexpr std::chrono::seconds kGivenUp{4};

LoadPlan OnAllReplicas() {
  return {.replicas = {0, 1, 2, 3, 4},
          .clients = 16,
          .keys = kRecoveredKeys,
          .operations_max = kNoEnd,
          .all_operations = true};
}

TEST(RecoveryTest, AnAcknowledgedWriteWhoseCommitNobodyHeardSurvivesItsCoordinator) {
  Cluster cluster(5, {{"timing", {{"catch_up_ms", 500}}}});
  cluster.Start(0, {absl::StrCat("--debug.commit_delay_ms=", kNeverMs)});
  for (int i = 1; i < 5; ++i) cluster.Start(i);
  ASSERT_TRUE(cluster.WaitLinked());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  cluster.Kill(0);
  const auto begin = Clock::now();
  for (int i = 1; i < 5; ++i) EXPECT_EQ(cluster.Get(i, "key"), "value version 1") << i;
  EXPECT_LT(Clock::now() - begin, kGoOnAfterDeath);
  EXPECT_EQ(Sum(cluster, "RecoveredPayloads"), 1u);
  EXPECT_EQ(Sum(cluster, "RecoveredNoops"), 0u);
  EXPECT_EQ(Sum(cluster, "ExecutedCommands"), 4u * 5) << "the write and four reads, at four";
}

TEST(RecoveryTest, AllKeysGoOnWhenACoordinatorDiesUnderLoad) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, OnAllReplicas());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  cluster.Kill(4);
  for (int i = 0; i < 4; ++i)
    EXPECT_LT(WriteAllKeys(load, i, kRecoveredKeys).all, kGoOnAfterDeath) << "at replica " << i;
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  EXPECT_EQ(FindContradiction(load.Stop()), "");
  EXPECT_THAT(load.ErrorCodes(), ElementsAre("UNAVAILABLE")) << "of the dead replica";
  ExpectAllDecided(cluster, {0, 1, 2, 3, 4});
  ExpectAgreement(cluster, kRecoveredKeys);
}

TEST(RecoveryTest, WhatClientsSawWhenTwoOfFiveDiedIsWhatOneStoreWouldAnswer) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, OnAllReplicas());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  for (const int victim : {1, 3}) {
    cluster.Kill(victim);
    ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  }
  const History history = load.Stop();
  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_THAT(load.ErrorCodes(), ElementsAre("UNAVAILABLE")) << "of the dead replicas";
  int64_t longest_ns = 0;
  for (const check::Operation& operation : history) {
    if (operation.outcome != check::Outcome::kOk) continue;
    longest_ns = std::max(longest_ns, operation.return_ns - operation.call_ns);
  }
  EXPECT_LT(std::chrono::nanoseconds(longest_ns), kGoOnAfterDeath);
  for (const int i : {0, 2, 4}) {
    EXPECT_LT(WriteAllKeys(load, i, kRecoveredKeys).all, kGoOnAfterDeath) << "at replica " << i;
  }
  ExpectAllDecided(cluster, {0, 1, 2, 3, 4});
  ExpectAgreement(cluster, kRecoveredKeys);
}

TEST(RecoveryTest, TheClientsLoadAtTheOthersEndsWithoutAnError) {
  constexpr int kSurvivors = 3, kOperations = 5000;
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  // Every second operation is on a key that all share: what the dead leave is in everybody's way.
  std::vector<Finished> runs(5);
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    // Each with a folder of its own for what it says.
    const std::string directory = absl::StrCat(cluster.directory(), "/run.", i);
    std::filesystem::create_directory(directory);
    threads.emplace_back([&cluster, &runs, directory, i] {
      runs[static_cast<size_t>(i)] =
          RunToEnd(directory,
                   {absl::StrCat(ALTHING_BINARY_DIR, "/client"), "run", "-n",
                    absl::StrCat(kOperations), "--mode", absl::StrCat("replica=", i), "--conflict",
                    "50", "--concurrency", "8", "--timeout", "30000", "-o", "json"},
                   {{"ALTHING_CLIENT_CONFIG", cluster.config_path()}});
    });
  }
  for (const int victim : {3, 4}) {
    const uint64_t before = cluster.Metrics(0)["ExecutedCommands"];
    EXPECT_TRUE(WaitUntil(
        [&] { return cluster.Metrics(0)["ExecutedCommands"].get<uint64_t>() >= before + 500; }));
    cluster.Kill(victim);
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kSurvivors; ++i) {
    const Finished& run = runs[static_cast<size_t>(i)];
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(Json::parse(run.out, nullptr, false)["ok"], kOperations);
  }
  for (int i = kSurvivors; i < 5; ++i) {
    EXPECT_NE(runs[static_cast<size_t>(i)].exit_code, 0) << "it was killed before the end";
  }
  EXPECT_TRUE(cluster.WaitExecuted());
  const std::string shared = cluster.Get(0, "althing-conflict");
  for (int i = 1; i < kSurvivors; ++i) EXPECT_EQ(cluster.Get(i, "althing-conflict"), shared) << i;
  EXPECT_EQ(Sum(cluster, "Divergences"), 0u);
}

// Stops the replica for longer than all time-outs of its peers; meanwhile the others take over what
// it had begun.
void PauseLong(Cluster& cluster, Load& load, int paused) {
  cluster.replica(paused).Signal(SIGSTOP);
  const auto stopped = Clock::now();
  do {
    for (int i = 0; i < cluster.members(); ++i) {
      if (i == paused) continue;
      EXPECT_LT(WriteAllKeys(load, i, kRecoveredKeys).all, kGoOnAfterDeath) << "at replica " << i;
    }
  } while (Clock::now() - stopped < kGivenUp);
  cluster.replica(paused).Signal(SIGCONT);
}

TEST(RecoveryTest, APausedReplicaComesBackToWhatTheOthersDecided) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, OnAllReplicas());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  PauseLong(cluster, load, 4);
  ASSERT_TRUE(cluster.WaitLinked());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  EXPECT_EQ(FindContradiction(load.Stop()), "");
  // Whether the paused one was given up meanwhile, its calls have ended; none came to its deadline.
  for (const std::string& code : load.ErrorCodes()) EXPECT_EQ(code, "UNAVAILABLE");
  EXPECT_LT(WriteAllKeys(load, 4, kRecoveredKeys).all, kGoOnAfterDeath);
  ExpectAllDecided(cluster, {0, 1, 2, 3, 4});
  ExpectAgreement(cluster, kRecoveredKeys);
}

TEST(RecoveryTest, TwoOfFiveThatPauseOneAfterTheOtherHoldUpNobody) {
  Cluster cluster(5);
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, OnAllReplicas());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  for (const int paused : {1, 3}) PauseLong(cluster, load, paused);
  // The second left while the first was still coming back.
  ASSERT_TRUE(cluster.WaitLinked());
  ASSERT_TRUE(load.WaitProgress(kTakenOverCalls));
  EXPECT_EQ(FindContradiction(load.Stop()), "");
  for (const std::string& code : load.ErrorCodes()) EXPECT_EQ(code, "UNAVAILABLE");
  for (const int i : {1, 3})
    EXPECT_LT(WriteAllKeys(load, i, kRecoveredKeys).all, kGoOnAfterDeath) << i;
  ExpectAllDecided(cluster, {0, 1, 2, 3, 4});
  ExpectAgreement(cluster, kRecoveredKeys);
}

TEST(RecoveryTest, ExplainNamesWhoseAnswersARecoveryLacks) {
  Cluster cluster(5);
  cluster.Start(0, {absl::StrCat("--debug.commit_delay_ms=", kNeverMs),
                    absl::StrCat("--timing.catch_up_ms=", kNeverMs)});
  for (int i = 1; i < 5; ++i) {
    // Suspected, they would leave no quorum, and nothing would begin.
    cluster.Start(
        i, {"--timing.catch_up_ms=2000", "--debug.trace_level=1", "--timing.suspect_ms=600000"});
  }
  ASSERT_TRUE(cluster.WaitLinked());
  for (const int i : {3, 4}) cluster.replica(i).Signal(SIGSTOP);
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok()) << "by its fast quorum";
  cluster.Kill(0);

  const auto explain = [&cluster](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"explain", "key", "--replica", "1"};
    words.insert(words.end(), more.begin(), more.end());
    return cluster.RunClient(words).out;
  };
  Json recovery;
  EXPECT_TRUE(WaitUntil([&] {
    Json answer = Json::parse(explain({"-o", "json"}), nullptr, false);
    if (!answer.is_object() || answer["replicas"].empty()) return false;
    recovery = answer["replicas"][0]["instances"][0]["recovery"];
    return recovery.is_object() && recovery["step"] == "preparing" && recovery["tries"] >= 2;
  })) << recovery;
  EXPECT_GT(recovery["ballot"], 0) << recovery;
  EXPECT_THAT(recovery["silent"].get<std::vector<int>>(), testing::IsSupersetOf({0, 3, 4}));
  EXPECT_TRUE(WaitUntil([&] {
    return explain({}).find("asks who voted how") != std::string::npos;
  })) << explain({});

  for (const int i : {3, 4}) cluster.replica(i).Signal(SIGCONT);
  ASSERT_TRUE(cluster.WaitLinked());
  for (int i = 1; i < 5; ++i) EXPECT_EQ(cluster.Get(i, "key"), "value version 1") << i;
  EXPECT_THAT(cluster.RunClient({"trace", "show", "0.1"}).out,
              HasSubstr("recovers it, as payload"));
}

}  // namespace
}  // namespace althing
