#include "client/repl/catalog.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace althing {
namespace {

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    app_.add_option("-o,--output", text_)->check(CLI::IsMember({"text", "json"}));
    CLI::App* get = app_.add_subcommand("get", "Read");
    get->add_option("KEY", text_);
    get->add_option("--replica", text_);
    get->add_option_group("condition")->add_flag("--if-absent", flag_);
    CLI::App* trace = app_.add_subcommand("trace", "Trace");
    trace->add_option("--level", text_);
    trace->add_subcommand("show", "Show")
        ->add_option("--format", text_)
        ->check(CLI::IsMember({"text", "mermaid"}));
    catalog_ = CatalogOf(app_, {"0", "12"});
    catalog_.push_back({.name = "use", .arguments = {"replica", "any"}});
  }

  // The begun word and what may complete it.
  std::string At(const std::string& before) const {
    const Completions found = Complete(catalog_, {"blue", "black", "red"}, before);
    return absl::StrCat(found.begun, ": ", absl::StrJoin(found.words, " "));
  }

  CLI::App app_;
  std::string text_;
  bool flag_ = false;
  Catalog catalog_;
};

TEST_F(CatalogTest, CompletesCommands) {
  EXPECT_EQ(At(""), ": get trace use");
  EXPECT_EQ(At("  t"), "t: trace");
  EXPECT_EQ(At("replica=0 g"), "g: get");
  EXPECT_EQ(At("x"), "x: ");
}

TEST_F(CatalogTest, CompletesFlagsOfTheCommandItsGroupsAndTheProgram) {
  EXPECT_EQ(At("get -"), "-: --help --if-absent --output --replica -h -o");
  EXPECT_EQ(At("get k --re"), "--re: --replica");
  EXPECT_EQ(At("trace --f"), "--f: ");
  EXPECT_EQ(At("trace show --f"), "--f: --format");
}

TEST_F(CatalogTest, CompletesWhatAFlagMayBe) {
  EXPECT_EQ(At("get --output "), ": json text");
  EXPECT_EQ(At("get k -o j"), "j: json");
  EXPECT_EQ(At("get --replica 1"), "1: 12");
  EXPECT_EQ(At("trace show --format m"), "m: mermaid");
}

TEST_F(CatalogTest, CompletesKeysAndArguments) {
  EXPECT_EQ(At("get b"), "b: black blue");
  EXPECT_EQ(At("get blue r"), "r: ");
  EXPECT_EQ(At("trace "), ": show");
  EXPECT_EQ(At("use "), ": any replica");
  EXPECT_EQ(At("unknown b"), "b: ");
}

TEST_F(CatalogTest, KnowsWhatWordsHaveInCommon) {
  EXPECT_EQ(CommonBegin({"black", "blue"}), "bl");
  EXPECT_EQ(CommonBegin({"a", "ab"}), "a");
  EXPECT_EQ(CommonBegin({"ab", "a"}), "a");
  EXPECT_EQ(CommonBegin({"one"}), "one");
}

}  // namespace
}  // namespace althing
