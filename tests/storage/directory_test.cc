#include "replica/storage/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DirectoryTest : public testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
};

TEST_F(DirectoryTest, MakesWhatIsMissing) {
  for (const std::string& path : {root_ + "/a/b/c", root_ + "/a/b/d/", root_ + "/a/b/c"}) {
    EXPECT_TRUE(MakeDirectory(path).ok());
    EXPECT_TRUE(fs::is_directory(path));
  }
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  EXPECT_TRUE(MakeDirectory("relative/below").ok());
  fs::current_path(before);
  EXPECT_TRUE(fs::is_directory(root_ + "/relative/below"));
}

TEST_F(DirectoryTest, SaysWhichOneCannotBeMade) {
  std::ofstream(root_ + "/file") << "x";
  const absl::Status status = MakeDirectory(root_ + "/file/below");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot make the directory " + root_));
}

TEST_F(DirectoryTest, MovesToWhatIsMissingOrEmptyOnly) {
  ASSERT_TRUE(MakeDirectory(root_ + "/from/inner").ok());
  ASSERT_TRUE(MakeDirectory(root_ + "/empty").ok());
  EXPECT_TRUE(MoveDirectory(root_ + "/from", root_ + "/to/").ok());
  EXPECT_TRUE(MoveDirectory(root_ + "/to", root_ + "/empty").ok());
  EXPECT_TRUE(fs::is_directory(root_ + "/empty/inner"));
  ASSERT_TRUE(MakeDirectory(root_ + "/other").ok());
  EXPECT_FALSE(MoveDirectory(root_ + "/other", root_ + "/empty").ok());
  EXPECT_TRUE(fs::is_directory(root_ + "/empty/inner"));
}

TEST_F(DirectoryTest, TellsWhatIsEmpty) {
  bool yes = false;
  EXPECT_TRUE(IsMissingOrEmpty(root_ + "/none", &yes).ok() && yes);
  EXPECT_TRUE(IsMissingOrEmpty(root_, &yes).ok() && yes);
  std::ofstream(root_ + "/file") << "";
  EXPECT_TRUE(IsMissingOrEmpty(root_, &yes).ok() && !yes);
}

TEST_F(DirectoryTest, AFileIsNoDirectory) {
  bool yes = false;
  std::ofstream(root_ + "/full") << "x";
  std::ofstream(root_ + "/empty") << "";
  EXPECT_FALSE(IsMissingOrEmpty(root_ + "/full", &yes).ok());
  EXPECT_FALSE(IsMissingOrEmpty(root_ + "/empty", &yes).ok());
  EXPECT_FALSE(SyncDirectory(root_ + "/full").ok());
  EXPECT_FALSE(SyncDirectory(root_ + "/none").ok());
  EXPECT_TRUE(SyncDirectory(root_).ok());
}

}  // namespace
}  // namespace althing
