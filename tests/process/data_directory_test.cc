// Replicas that keep their log on the disk: what they say of the directory, and how they end then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pb/record.pb.h"
#include "replica/storage/log_store.h"
#include "tests/process/cluster.h"
#include "tests/process/log_lines.h"
#include "tests/process/ports.h"

namespace althing {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

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

// What the last start left behind it, as its next one would read it after the machine was started
// anew.
pb::StoreStart LastStart(const std::string& directory) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  EXPECT_TRUE(rocksdb::DB::OpenForReadOnly(rocksdb::DBOptions(), directory,
                                           {{"default", {}}, {"meta", {}}}, &handles, &opened)
                  .ok());
  const std::unique_ptr<rocksdb::DB> database(opened);
  std::string value;
  EXPECT_TRUE(database->Get({}, handles[1], kStartKey, &value).ok());
  for (auto* handle : handles) EXPECT_TRUE(database->DestroyColumnFamilyHandle(handle).ok());
  pb::StoreStart start;
  EXPECT_TRUE(start.ParseFromString(value));
  return start;
}

// With durability os a machine that goes down then must not cost the replica its memory.
TEST_F(DataDirectoryTest, AStartThatFindsNoPortLeavesTheOrderlyStopOfTheOneBefore) {
  const std::vector<std::string> flags = {"--durability", "os", "--directories.data", data_};
  cluster_.Start(0, flags);
  ASSERT_TRUE(cluster_.WaitLinked());
  EXPECT_FALSE(LastStart(own_).clean());
  ASSERT_EQ(cluster_.Terminate(0), 0);
  EXPECT_TRUE(LastStart(own_).clean());
  {
    const Occupant occupant(cluster_.peer_port(0));
    cluster_.Start(0, flags);
    EXPECT_EQ(cluster_.WaitEnd(0), 69);
  }
  const pb::StoreStart start = LastStart(own_);
  EXPECT_EQ(start.incarnation(), 2u);
  EXPECT_TRUE(start.clean());
}

TEST_F(DataDirectoryTest, ADirectoryThatCannotBeMadeIs74) {
  const Finished replica = cluster_.RunReplica(
      cluster_.config_path(),
      {"--id", "0", "--durability", "os", "--directories.data", "/proc/nowhere"});
  EXPECT_EQ(replica.exit_code, 74);
  EXPECT_THAT(EventsAt("error", replica.err), ElementsAre(HasSubstr("/proc/nowhere")));
}

// The disk answers "Input/output error", as /proc/self/mem does at its beginning.
TEST_F(DataDirectoryTest, AFileThatCannotBeReadIs74AndNoDamage) {
  MakeDirectory();
  const std::string kept = data_ + "/kept";
  for (const auto& entry : std::filesystem::directory_iterator(own_)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".log" && name != "mark" && name != "CURRENT") continue;
    std::filesystem::rename(entry.path(), kept);
    std::filesystem::create_symlink("/proc/self/mem", entry.path());
    const Finished replica = Run();
    EXPECT_EQ(replica.exit_code, 74) << name << ": " << replica.err;
    EXPECT_THAT(EventsAt("error", replica.err),
                ElementsAre(AllOf(HasSubstr("failed: cannot read"), HasSubstr("/" + name))));
    std::filesystem::rename(kept, entry.path());
  }
  cluster_.Start(0, Flags());
  EXPECT_TRUE(cluster_.WaitLinked());
}

TEST_F(DataDirectoryTest, ANearlyFullDiskIsSaidAtTheStartAndTakesNoCommands) {
  MakeDirectory();
  EXPECT_THAT(EventsAt("warn", cluster_.Log(0)),
              ElementsAre(HasSubstr("formatted: there was no log")));
  cluster_.Start(0, Flags({"--storage.free_mib_min", "1073741824"}));
  ASSERT_TRUE(cluster_.WaitLinked());
  const Answer put = cluster_.Put(0, "key", "value");
  EXPECT_EQ(put.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(put.status.ToString(), HasSubstr("the disk of this replica is nearly full"));
  EXPECT_EQ(cluster_.Terminate(0), 0);
  EXPECT_THAT(cluster_.Log(0), HasSubstr("event=disk_nearly_full directory=" + own_));
  EXPECT_THAT(EventsAt("warn", cluster_.Log(0)), SizeIs(2)) << "formatted again";
}

}  // namespace
}  // namespace althing
