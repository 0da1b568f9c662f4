// Replicas whose log takes long to read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kInstances = 200'000;

TEST(LongLogTest, ASignalWhileTheLogIsReadEndsTheReplicaInOrderAndItsDirectoryStays) {
  Cluster cluster(1, {{"durability", "fsync"}});
  const Finished made = RunToEnd(cluster.directory(),
                                 {ALTHING_BINARY_DIR "/restart_bench", "--make-only", "--config",
                                  cluster.config_path(), "--instances", absl::StrCat(kInstances)});
  ASSERT_EQ(made.exit_code, 0) << made.err;

  cluster.Start(0);
  ASSERT_TRUE(WaitUntil([&] { return absl::StrContains(cluster.Log(0), " event=start "); }));
  cluster.replica(0).Signal(SIGTERM);
  EXPECT_EQ(cluster.WaitEnd(0), 0);
  EXPECT_THAT(cluster.Log(0), HasSubstr(absl::StrCat(" records=0 of=", 2 * kInstances + 1, "\n")));
  EXPECT_THAT(cluster.Log(0),
              HasSubstr("event=stopped why=\"a signal came while the log was read\"\n"));
  EXPECT_THAT(cluster.Log(0), Not(HasSubstr(" event=restored ")));

  // The one that made the log was the first run, and the one that gave up was none.
  cluster.Start(0);
  ASSERT_TRUE(cluster.WaitLinked());
  EXPECT_THAT(cluster.Log(0), HasSubstr(absl::StrCat(" run=2 records=", 2 * kInstances + 1, " ")));
  EXPECT_TRUE(cluster.WaitExecuted(kInstances));
  EXPECT_TRUE(cluster.Put(0, "after", "x").status.ok());
}

}  // namespace
}  // namespace althing
