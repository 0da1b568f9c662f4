#include "client/repl/shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class ShellTest : public ::testing::Test {
 protected:
  // What is printed; runs are shown as "run put k v [replica encoding output]".
  std::string Do(const std::string& line) {
    out_.str("");
    err_.str("");
    goes_on_ = shell_.Execute(line);
    return out_.str() + err_.str();
  }

  int Run(const std::vector<std::string>& words, const LineSettings& settings) {
    const auto& replica = settings.common.replica;
    out_ << "run " << absl::StrJoin(words, " ") << " ["
         << (replica ? absl::StrCat(*replica) : "any") << " "
         << (settings.encoding == Encoding::kHex ? "hex" : "utf8") << " "
         << (settings.common.json() ? "json" : "text") << "]\n";
    return 3;
  }

  std::ostringstream out_, err_;
  bool goes_on_ = true;
  Shell shell_{{.cluster = "demo",
                .endpoints = {{0, "a:1"}, {2, "b:1"}},
                .catalog = {{.name = "put", .what = "Write; and more", .takes_key = true},
                            {.name = "status", .what = "Ask"}},
                .run = [this](const auto& words, const auto& now) { return Run(words, now); }},
               out_,
               err_};
};

TEST_F(ShellTest, RunsTheProgramsCommands) {
  EXPECT_EQ(Do("put 'a b' 1 # so"), "run put a b 1 [any utf8 text]\n");
  EXPECT_TRUE(goes_on_);
  EXPECT_EQ(Do(""), "");
  EXPECT_EQ(Do("  # only this"), "");
}

TEST_F(ShellTest, SettingsHoldForTheLinesThatFollow) {
  EXPECT_EQ(shell_.Prompt(), "demo any> ");
  EXPECT_EQ(Do("use replica 2"), "");
  EXPECT_EQ(shell_.Prompt(), "demo replica 2> ");
  Do("encoding hex");
  Do("output json");
  EXPECT_EQ(Do("status"), "run status [2 hex json]\n");
  EXPECT_EQ(Do("replica=0 put k v"), "run put --replica 0 k v [2 hex json]\n");
  EXPECT_EQ(Do("status"), "run status [2 hex json]\n");
  Do("use any");
  Do("encoding utf8");
  Do("output text");
  EXPECT_EQ(Do("status"), "run status [any utf8 text]\n");
}

TEST_F(ShellTest, TimingIsPrinted) {
  Do("timing on");
  EXPECT_THAT(Do("status"), MatchesRegex("run status .any utf8 text.\n.[0-9]+\\.[0-9]+ ms.\n"));
  Do("timing off");
  EXPECT_EQ(Do("status"), "run status [any utf8 text]\n");
}

TEST_F(ShellTest, ErrorsEndNothing) {
  const std::pair<const char*, const char*> wrong[] = {
      {"foo", "there is no command \"foo\". help lists those that there are"},
      {"put 'a", "a quotation is not closed. Write a second '"},
      {"use 2", "write it as: use replica I, or use any"},
      {"use replica x", "write it as: use replica I, or use any"},
      {"use replica 1", "there is no replica 1. Choose one of 0, 2"},
      {"replica=1 status", "there is no replica 1. Choose one of 0, 2"},
      {"replica=0", "nothing follows the replica. Write a command on the same line"},
      {"timing", "write it as: timing on, or timing off"},
      {"encoding morse", "write it as: encoding utf8, encoding hex or encoding base64"},
      {"output xml", "write it as: output text, or output json"},
      {"exit now", "write it as: exit"},
      {"help a b", "write it as: help [COMMAND]"},
      {"help foo", "there is no command \"foo\". help lists those that there are"}};
  for (const auto& [line, error] : wrong) {
    EXPECT_EQ(Do(line), absl::StrCat("error: ", error, ".\n"));
    EXPECT_TRUE(goes_on_);
  }
  EXPECT_EQ(shell_.Prompt(), "demo any> ");
}

TEST_F(ShellTest, HelpListsAllCommandsAndTellsOfOne) {
  const std::string help = Do("help");
  EXPECT_THAT(help, HasSubstr("  put        Write\n"));
  EXPECT_THAT(help, HasSubstr("  timing     Print how long each command took\n"));
  EXPECT_EQ(Do("help use"),
            "use replica I | use any\n"
            "  Which replica put, append, get, del, batch, script ask\n");
  EXPECT_EQ(Do("help put"), "run put --help [any utf8 text]\n");
}

TEST_F(ShellTest, ExitLeaves) {
  EXPECT_EQ(Do("exit"), "");
  EXPECT_FALSE(goes_on_);
}

TEST_F(ShellTest, CompletesItsOwnWordsAndKeysThatWereUsed) {
  const auto at = [this](const std::string& before) {
    return absl::StrJoin(shell_.Complete(before).words, " ");
  };
  EXPECT_EQ(at("t"), "timing");
  EXPECT_EQ(at("use "), "any replica");
  EXPECT_EQ(at("use replica "), "0 2");
  EXPECT_EQ(at("help st"), "status");
  EXPECT_EQ(at("put "), "");
  Do("put blue 1");
  Do("put 'two words' 1");
  Do("status red");
  EXPECT_EQ(at("put "), "blue");
}

}  // namespace
}  // namespace althing
