#include "replica/net/metrics_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace althing {
namespace {

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class MetricsFileTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(root_); }
  const std::string root_ = testing::TempDir() + "/metrics_file." + std::to_string(getpid());
};

TEST_F(MetricsFileTest, IsNamedAfterTheReplica) {
  EXPECT_EQ(MetricsPath("run", ReplicaId{3}), "run/metrics.3.json");
}

TEST_F(MetricsFileTest, MakesTheDirectoryAndReplacesTheFile) {
  const std::string path = root_ + "/a/b/metrics.0.json";
  ASSERT_TRUE(WriteMetricsFile(path, "{\"long\": 1}").ok());
  ASSERT_TRUE(WriteMetricsFile(path, "{}").ok());
  EXPECT_EQ(Contents(path), "{}\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_ + "/a/b"), {}), 1);
}

TEST_F(MetricsFileTest, CheckingLeavesWhatWasThere) {
  const std::string path = root_ + "/metrics.0.json";
  ASSERT_TRUE(WriteMetricsFile(path, "{}").ok());
  EXPECT_TRUE(CheckMetricsFile(path).ok());
  EXPECT_EQ(Contents(path), "{}\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 1);
  EXPECT_FALSE(CheckMetricsFile(path + "/no/directory").ok());
}

TEST_F(MetricsFileTest, SaysWhatCannotBeWritten) {
  std::filesystem::create_directories(root_);
  std::ofstream(root_ + "/file") << "x";
  const std::string path = root_ + "/file/metrics.0.json";
  EXPECT_EQ(WriteMetricsFile(path, "{}"),
            absl::InternalError("cannot write " + path +
                                ": Not a directory: free the disk or change directories.metrics"));
}

}  // namespace
}  // namespace althing
