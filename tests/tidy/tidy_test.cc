// The rules, applied to the tree itself.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pb/config_schema.h"
#include "tests/tidy/ban_rules.h"
#include "tests/tidy/include_rules.h"
#include "tests/tidy/log_rules.h"
#include "tests/tidy/shape_rules.h"
#include "tests/tidy/source.h"
#include "tests/tidy/tree_rules.h"

namespace althing::tidy {
namespace {

class TidyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { tree_ = ReadTree(ALTHING_SOURCE_DIR); }
  static void TearDownTestSuite() { tree_.clear(); }

  static const Source& Find(const std::string& path) {
    for (const Source& source : tree_) {
      if (source.path == path) return source;
    }
    ADD_FAILURE() << path << " is missing";
    static const Source kNone;
    return kNone;
  }

  static void Expect(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) ADD_FAILURE() << ToString(finding);
  }
  static void ExpectOfEach(std::vector<Finding> (*rule)(const Source&)) {
    for (const Source& source : tree_) Expect(rule(source));
  }

  static inline std::vector<Source> tree_;
};

// A walk that finds nothing would let every rule pass.
TEST_F(TidyTest, SeesTheTree) {
  EXPECT_GT(tree_.size(), 50u);
  EXPECT_NE(Find("pb/config_file.cc").text, "");
  EXPECT_NE(Find(".ci/run").text, "");
  for (const Source& source : tree_) {
    EXPECT_NE(source.path.rfind("build/", 0), 0u) << source.path;
    EXPECT_NE(source.path.rfind(".git/", 0), 0u) << source.path;
  }
}

TEST_F(TidyTest, FoldersKeepTheirOrder) { ExpectOfEach(CheckFolderOrder); }
TEST_F(TidyTest, LibrariesStayInTheirFolders) { ExpectOfEach(CheckLibraries); }
TEST_F(TidyTest, CoreIsPure) { ExpectOfEach(CheckCoreIsPure); }
TEST_F(TidyTest, PublicHeadersNeedLittle) { ExpectOfEach(CheckPublicHeaders); }
TEST_F(TidyTest, MutexesStayInTheirFolders) { ExpectOfEach(CheckMutexes); }
TEST_F(TidyTest, FilesAreSmall) { ExpectOfEach(CheckFileSize); }
TEST_F(TidyTest, FunctionsAreSmall) { ExpectOfEach(CheckFunctionSize); }
TEST_F(TidyTest, HeadersAreGuarded) { ExpectOfEach(CheckHeaderGuard); }
TEST_F(TidyTest, NothingIsUnfinished) { ExpectOfEach(CheckNothingIsUnfinished); }
TEST_F(TidyTest, NothingBannedIsUsed) { ExpectOfEach(CheckBannedCode); }
TEST_F(TidyTest, NoPathOfAMachineIsNamed) { ExpectOfEach(CheckMachinePaths); }
TEST_F(TidyTest, TestsMirrorTheCode) {
  Expect(CheckTestsExist(tree_, Find("tests/tidy/untested.txt")));
}
TEST_F(TidyTest, EverySettingIsUsed) { Expect(CheckSettingsAreUsed(tree_, ConfigFields())); }
TEST_F(TidyTest, SchemaStatesTheDefaults) {
  Expect(CheckSchemaComments(Find("pb/config.proto"), ConfigFields()));
}
TEST_F(TidyTest, EveryEventOfTheLogIsDescribed) {
  Expect(CheckEvents(tree_, Find("docs/logs.md")));
}
TEST_F(TidyTest, ReferenceOfSettingsIsComplete) {
  Expect(CheckReference(Find("docs/config.md"), ConfigFields()));
}

}  // namespace
}  // namespace althing::tidy
