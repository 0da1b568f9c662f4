#include "client/repl/line_history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

std::string PathWith(const std::map<std::string, std::string>& variables) {
  return HistoryPath([&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

class LineHistoryTest : public ::testing::Test {
 protected:
  ~LineHistoryTest() override { std::filesystem::remove_all(folder_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777;
  }

  const std::string folder_ = absl::StrCat(testing::TempDir(), "line_history.", getpid());
  const std::string path_ = folder_ + "/a/b/history";
};

TEST_F(LineHistoryTest, StandsWhereStateBelongs) {
  EXPECT_EQ(PathWith({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}}), "/s/althing/history");
  EXPECT_EQ(PathWith({{"HOME", "/h"}}), "/h/.local/state/althing/history");
  EXPECT_EQ(PathWith({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}}),
            "/h/.local/state/althing/history");
  EXPECT_EQ(PathWith({}), "");
}

TEST_F(LineHistoryTest, KeepsLinesForItsOwnerOnly) {
  EXPECT_TRUE(LoadHistory(path_)->empty());
  EXPECT_TRUE(AppendHistory(path_, "put a 1").ok());
  EXPECT_TRUE(AppendHistory(path_, "get a").ok());
  EXPECT_EQ(*LoadHistory(path_), (std::vector<std::string>{"put a 1", "get a"}));
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(folder_ + "/a/b"), 0700u);
  ASSERT_EQ(chmod(path_.c_str(), 0644), 0);
  EXPECT_TRUE(LoadHistory(path_).ok());
  EXPECT_EQ(ModeOf(path_), 0600u);
}

TEST_F(LineHistoryTest, KeepsTheNewestThousand) {
  ASSERT_TRUE(LoadHistory(path_).ok());
  {
    std::ofstream file(path_);
    for (int i = 0; i < 1010; ++i) file << i << "\n";
  }
  const auto lines = LoadHistory(path_);
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(lines->size(), 1000u);
  EXPECT_EQ(lines->front(), "10");
  EXPECT_EQ(lines->back(), "1009");
  EXPECT_EQ(std::filesystem::file_size(path_), 90u * 3 + 900 * 4 + 10 * 5);
  EXPECT_EQ(ModeOf(path_), 0600u);
}

TEST_F(LineHistoryTest, SaysIfItCannotBeKept) {
  EXPECT_EQ(LoadHistory("/dev/null/history").status().message(),
            "/dev/null/history cannot be written: lines are remembered until the end only. Give "
            "XDG_STATE_HOME a folder that can be written");
  EXPECT_FALSE(AppendHistory("/dev/null/history", "x").ok());
  EXPECT_FALSE(AppendHistory("/dev/full", "x").ok());
}

}  // namespace
}  // namespace althing
