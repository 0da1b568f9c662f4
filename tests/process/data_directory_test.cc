// Replicas that keep their log on the disk: what they say of the directory, and how they end then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/process/cluster.h"
#include "tests/process/log_lines.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DataDirectoryTest : public testing::Test {
 protected:
  std::vector<std::string> Flags(std::vector<std::string> more = {}) const {
    std::vector<std::string> flags = {"--durability", "fsync", "--directories.data", data_};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  // Starts it and ends it at once, as a second process or a later one would be.
  Finished Run(const std::vector<std::string>& more = {}) const {
    return cluster_.RunReplica(cluster_.config_path(), Flags([&] {
                                 std::vector<std::string> flags = {"--id", "0"};
                                 flags.insert(flags.end(), more.begin(), more.end());
                                 return flags;
                               }()));
  }
  void MakeDirectory() {
    cluster_.Start(0, Flags());
    ASSERT_TRUE(cluster_.WaitLinked());
    ASSERT_EQ(cluster_.Terminate(0), 0);
  }

  Cluster cluster_{1};
  const std::string data_ = cluster_.directory() + "/some/data";
  const std::string own_ = data_ + "/replica.0";
};

TEST_F(DataDirectoryTest, AReplicaServesWithItsLogOnTheDisk) {
  for (const std::string durability : {"fsync", "os"}) {
    cluster_.Start(0, {"--durability", durability, "--directories.data", data_ + durability});
    ASSERT_TRUE(cluster_.WaitLinked());
    ASSERT_TRUE(cluster_.Put(0, "key", durability).status.ok());
    EXPECT_THAT(cluster_.RunClient({"status", "--output", "json"}).out,
                HasSubstr(absl::StrCat("\"durability\":\"", durability, "\"")));
    EXPECT_EQ(cluster_.Terminate(0), 0);
    EXPECT_TRUE(std::filesystem::exists(data_ + durability + "/replica.0/mark"));
  }
  EXPECT_THAT(EventsAt("error", cluster_.Log(0)), IsEmpty());
}

TEST_F(DataDirectoryTest, WhatItCannotStartOnItNamesInOneLine) {
  MakeDirectory();
  const Finished other = Run({"--cluster_id", "other"});
  EXPECT_EQ(other.exit_code, 78);
  EXPECT_THAT(EventsAt("error", other.err),
              ElementsAre(HasSubstr(absl::StrCat("failed: ", own_, " belongs to cluster"))));

  cluster_.Start(0, Flags());
  ASSERT_TRUE(cluster_.WaitLinked());
  const Finished second = Run();
  EXPECT_EQ(second.exit_code, 69);
  EXPECT_THAT(EventsAt("error", second.err),
              ElementsAre(HasSubstr(absl::StrCat("failed: another process uses ", own_))));
  ASSERT_EQ(cluster_.Terminate(0), 0);

  std::filesystem::remove(own_ + "/mark");
  const Finished damaged = Run();
  EXPECT_EQ(damaged.exit_code, 79);
  EXPECT_THAT(EventsAt("error", damaged.err),
              ElementsAre(HasSubstr(absl::StrCat("failed: the log in ", own_, " is damaged"))));
}

TEST_F(DataDirectoryTest, ADirectoryThatCannotBeMadeIs74) {
  const Finished replica = cluster_.RunReplica(
      cluster_.config_path(),
      {"--id", "0", "--durability", "os", "--directories.data", "/proc/nowhere"});
  EXPECT_EQ(replica.exit_code, 74);
  EXPECT_THAT(EventsAt("error", replica.err), ElementsAre(HasSubstr("/proc/nowhere")));
}

TEST_F(DataDirectoryTest, ANearlyFullDiskIsSaidAtTheStartAndTakesNoCommands) {
  MakeDirectory();
  EXPECT_THAT(EventsAt("warn", cluster_.Log(0)), IsEmpty());
  cluster_.Start(0, Flags({"--storage.free_mib_min", "1073741824"}));
  ASSERT_TRUE(cluster_.WaitLinked());
  const Answer put = cluster_.Put(0, "key", "value");
  EXPECT_EQ(put.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(put.status.ToString(), HasSubstr("the disk of this replica is nearly full"));
  EXPECT_EQ(cluster_.Terminate(0), 0);
  EXPECT_THAT(cluster_.Log(0), HasSubstr("event=disk_nearly_full directory=" + own_));
}

}  // namespace
}  // namespace althing
