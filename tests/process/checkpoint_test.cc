// Replicas that keep their log forget too, and start from their last checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "absl/strings/match.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

// One replica after the other is killed while clients write, and starts again at once.
TEST(CheckpointTest, ReplicasThatAreKilledForgetAndStartFromTheirLastOne) {
  constexpr int kMembers = 3;
  Cluster cluster(kMembers, {{"durability", "fsync"},
                             {"storage", {{"checkpoint_kib", 8}, {"checkpoint_entries", 2}}},
                             {"timing", {{"collect_ms", 20}}}});
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster, {.replicas = {0, 1, 2},
                      .operations_max = kNoEnd,
                      .timeout = absl::Seconds(2),
                      .all_operations = true,
                      .after_failure = absl::Milliseconds(20)});
  const auto checkpoints = [&](int at) {
    return cluster.Metrics(at)["Checkpoints"].get<uint64_t>();
  };
  for (int at = 0; at < kMembers; ++at) {
    ASSERT_TRUE(WaitUntil([&] { return checkpoints(at) >= 8; })) << cluster.Metrics(at);
    cluster.Kill(at);
    cluster.Start(at);
    ASSERT_TRUE(cluster.WaitLinked());
  }
  // All take part again: what they hold follows what is new, and not all that was ever written.
  for (int at = 0; at < kMembers; ++at) {
    const uint64_t before = checkpoints(at);
    EXPECT_TRUE(WaitUntil([&] { return checkpoints(at) >= before + 4; })) << cluster.Metrics(at);
    // While clients write: without new commands no checkpoint begins that would forget more.
    EXPECT_TRUE(WaitUntil([&] {
      const Json metrics = cluster.Metrics(at);
      return metrics["InstancesHeld"] < 1500 && metrics["LogBytes"] < 400'000;
    })) << cluster.Metrics(at);
  }
  EXPECT_EQ(FindContradiction(load.Stop()), "");
  const std::string value = cluster.Get(0, "key0");
  for (int at = 1; at < kMembers; ++at) EXPECT_EQ(cluster.Get(at, "key0"), value) << at;
  for (int at = 0; at < kMembers; ++at) {
    const Json metrics = cluster.Metrics(at);
    EXPECT_GT(metrics["Collected"], 0) << at;
    EXPECT_EQ(metrics["Rejected"], 0) << at;
    // What a start reads: the sizes are looked at when it begins.
    cluster.Kill(at);
    cluster.Start(at);
    ASSERT_TRUE(cluster.WaitLinked());
    const Json started = cluster.Metrics(at);
    EXPECT_LT(started["LogKept"].get<uint64_t>() * 2, started["LogRecords"].get<uint64_t>());
    EXPECT_TRUE(absl::StrContains(cluster.Log(at), " event=restored ")) << cluster.Log(at);
  }
}

}  // namespace
}  // namespace althing
