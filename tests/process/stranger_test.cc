// Replicas that do not belong together refuse each other, and both say why.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// Waits until each of the three has been refused, and 0 and 1 serve without 2.
bool WaitRefused(const Cluster& cluster) {
  return WaitUntil([&] {
    for (int i = 0; i < 3; ++i) {
      const std::string log = cluster.Log(i);
      if (!absl::StrContains(log, " event=refused ")) return false;
      if (i < 2 && !absl::StrContains(log, " event=ready reached=2 needed=2 members=3\n"))
        return false;
    }
    return true;
  });
}

TEST(StrangerTest, AReplicaOfAnotherClusterIsRefused) {
  Cluster cluster(3);
  cluster.Start(0);
  cluster.Start(1);
  cluster.Start(2, {"--cluster_id", "elsewhere"});
  ASSERT_TRUE(WaitRefused(cluster));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(cluster.Log(i), HasSubstr("\\\"elsewhere\\\"")) << "replica " << i;
    EXPECT_THAT(cluster.Log(i), HasSubstr("to cluster \\\"althing\\\"")) << "replica " << i;
  }
  EXPECT_EQ(cluster.Put(0, "key", "value").reply.results(0).version(), 1);
  EXPECT_EQ(cluster.Put(2, "key", "stray").status.code(), absl::StatusCode::kUnavailable);
  const Finished status = cluster.RunClient({"status"});
  EXPECT_EQ(status.exit_code, 5);
  EXPECT_THAT(status.out, HasSubstr("different clusters: althing, elsewhere"));
}

TEST(StrangerTest, AReplicaWithOtherPartitionsIsRefused) {
  Cluster cluster(3);
  cluster.Start(0);
  cluster.Start(1);
  cluster.Start(2, {"--partitions", "2"});
  ASSERT_TRUE(WaitRefused(cluster));
  const std::string hashes =
      "configuration hash [0-9a-f]+, replica [012] has [0-9a-f]+: give both "
      "the same replicas, partitions, hash_seed, f and e";
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(cluster.Log(i), ContainsRegex(hashes)) << "replica " << i;
    EXPECT_TRUE(cluster.replica(i).running()) << "replica " << i;
  }
  EXPECT_EQ(cluster.Put(1, "key", "value").reply.results(0).version(), 1);
  EXPECT_EQ(cluster.Put(2, "key", "stray").status.code(), absl::StatusCode::kUnavailable);
}

TEST(StrangerTest, SettingsThatEachReplicaHasForItselfMayDiffer) {
  Cluster cluster(3);
  cluster.Start(0, {"--thrifty", "false"});
  cluster.Start(1, {"--timing.tick_ms", "5"});
  cluster.Start(2, {"--batch.commands_max", "1"});
  ASSERT_TRUE(cluster.WaitLinked());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(cluster.Put(i, "key", "value").reply.results(0).version(), i + 1);
  }
}

}  // namespace
}  // namespace althing
