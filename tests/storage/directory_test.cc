#include "replica/storage/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/storage/log_fixture.h"

namespace {

std::vector<std::string>& Synced() {
  thread_local std::vector<std::string> paths;  // Other tests sync on threads of the log.
  return paths;
}

}  // namespace

// In place of the library's, which it does the work of: notes what was synced.
extern "C" int fsync(int file) {
  Synced().push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file)));
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace althing {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

class DirectoryTest : public testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::string root_ = std::filesystem::canonical(temporary_.path());
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

TEST_F(DirectoryTest, SyncsWhatNamesTheNewOne) {
  Synced().clear();
  ASSERT_TRUE(MakeDirectory(root_ + "/a/b").ok());
  EXPECT_THAT(Synced(), IsSupersetOf({root_, root_ + "/a"}));
  ASSERT_TRUE(MakeDirectory(root_ + "/c").ok());
  Synced().clear();
  ASSERT_TRUE(MoveDirectory(root_ + "/c", root_ + "/a/d").ok());
  EXPECT_THAT(Synced(), ElementsAre(root_ + "/a"));
}

// Whoever made it may have ended before it synced it.
TEST_F(DirectoryTest, SyncsWhatNamesOneThatWasThere) {
  ASSERT_TRUE(MakeDirectory(root_ + "/a").ok());
  Synced().clear();
  ASSERT_TRUE(MakeDirectory(root_ + "/a").ok());
  EXPECT_THAT(Synced(), ElementsAre(root_));
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
