// What an operator sees of a replica that grows beyond what was foreseen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/process/cluster.h"
#include "tests/process/log_lines.h"

namespace althing {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST(GrowthTest, AnAlarmIsSaidInTheLogAndInTheStatus) {
  Cluster cluster(1, {{"durability", "os"}});
  cluster.Start(0, {"--memory.alarm_mib", "1"});
  ASSERT_TRUE(cluster.WaitLinked());
  // Looked at by the first housekeeping, which may come a little later.
  std::string status;
  EXPECT_TRUE(WaitUntil([&] {
    status = cluster.RunClient({"status"}).out;
    return status.find("memory.alarm_mib is 1") != std::string::npos;
  })) << status;
  EXPECT_THAT(EventsAt("warn", cluster.Log(0)), Contains(HasSubstr("alarm")));
  EXPECT_THAT(cluster.Log(0), HasSubstr(" mib_max=1 setting=memory.alarm_mib\n"));

  const Json metrics = cluster.Metrics(0);
  EXPECT_GT(metrics["ResidentBytes"].get<uint64_t>(), uint64_t{1} << 20);
  EXPECT_GT(metrics["DataBytes"].get<uint64_t>(), 0u);
  EXPECT_GT(metrics["FreeBytes"].get<uint64_t>(), 0u);
  EXPECT_GT(metrics["LogRecords"].get<uint64_t>(), 0u);
  ASSERT_EQ(cluster.Terminate(0), 0);
}

TEST(GrowthTest, TheAlarmsAreSilentAsTheyAreSet) {
  Cluster cluster(1, {{"durability", "os"}});
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  EXPECT_THAT(cluster.Log(0), Not(HasSubstr("event=alarm")));
}

TEST(GrowthTest, TooFewOpenFilesAreSaidAtTheStart) {
  const Cluster cluster(1);
  const Finished replica = RunToEnd(
      cluster.directory(),
      {"/usr/bin/env", "bash", "-c",
       "ulimit -n 512 && exec \"$0\" --config \"$1\" --id 0 --durability os --directories.data "
       "/proc/nowhere",
       ALTHING_BINARY_DIR "/replica", cluster.config_path()});
  EXPECT_EQ(replica.exit_code, 74);
  EXPECT_THAT(replica.err, HasSubstr(" event=few_open_files limit=512 wanted=4096\n"));
}

}  // namespace
}  // namespace althing
