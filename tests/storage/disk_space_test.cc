#include "replica/storage/disk_space.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

class DiskSpaceTest : public testing::Test {
 protected:
  std::optional<uint64_t> says_ = 1000;
  int looks_ = 0;
  DiskSpace space_{1000, [this] {
                     ++looks_;
                     return says_;
                   }};
};

TEST_F(DiskSpaceTest, IsShortBelowTheBound) {
  EXPECT_FALSE(space_.IsShort(0));
  EXPECT_EQ(space_.free_bytes(), 1000u);
  says_ = 999;
  EXPECT_TRUE(space_.IsShort(DiskSpace::kPauseNs));
  EXPECT_EQ(space_.free_bytes(), 999u);
  says_ = 5000;
  EXPECT_FALSE(space_.IsShort(2 * DiskSpace::kPauseNs));
}

TEST_F(DiskSpaceTest, LooksSeldom) {
  EXPECT_FALSE(space_.IsShort(500));
  says_ = 0;
  for (int64_t ns = 500; ns < 500 + DiskSpace::kPauseNs; ns += DiskSpace::kPauseNs / 10) {
    EXPECT_FALSE(space_.IsShort(ns));
  }
  EXPECT_EQ(looks_, 1);
  EXPECT_TRUE(space_.IsShort(500 + DiskSpace::kPauseNs));
  EXPECT_EQ(looks_, 2);
}

TEST_F(DiskSpaceTest, ALookThatFailsChangesNothing) {
  says_ = std::nullopt;
  EXPECT_FALSE(space_.IsShort(0));
  says_ = 10;
  EXPECT_TRUE(space_.IsShort(DiskSpace::kPauseNs));
  says_ = std::nullopt;
  EXPECT_TRUE(space_.IsShort(2 * DiskSpace::kPauseNs));
}

TEST_F(DiskSpaceTest, AsksTheFileSystem) {
  const std::optional<uint64_t> bytes = FreeBytes(".");
  ASSERT_TRUE(bytes.has_value());
  EXPECT_GT(*bytes, 0u);
  EXPECT_EQ(FreeBytes("./there/is/none"), std::nullopt);
}

TEST(TakenBytesTest, AddsUpTheFilesOfADirectory) {
  const std::string directory = absl::StrCat(testing::TempDir(), "/taken_bytes_test.", ::getpid());
  std::filesystem::create_directories(directory + "/inner");
  EXPECT_EQ(TakenBytes(directory), 0u);
  for (const char* name : {"/a", "/b", "/inner/c"}) {
    std::ofstream(directory + name) << std::string(1 << 20, 'x');
  }
  EXPECT_GE(TakenBytes(directory), uint64_t{2} << 20);
  EXPECT_LT(TakenBytes(directory), uint64_t{3} << 20);
  std::filesystem::remove_all(directory);
  EXPECT_EQ(TakenBytes(directory), 0u);
}

}  // namespace
}  // namespace althing
