// The program: its exit codes, and what it prints and writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace althing::check {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPutLine[] =
    R"({"client":1,"key":"k","op":"put","value":"v","call_ns":5,"return_ns":9,"outcome":"ok",)"
    R"("result":{}})"
    "\n";
constexpr char kMiss[] =
    R"({"client":2,"key":"k","op":"get","call_ns":15,"return_ns":19,"outcome":"ok",)"
    R"("result":{"found":false}})"
    "\n";

class CheckHistoryTest : public testing::Test {
 protected:
  static std::string Path(const std::string& name) {
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    return absl::StrCat(testing::TempDir(), "check_history.", getpid(), ".", test, ".", name);
  }
  static std::string Read(const std::string& name) {
    std::ifstream in(Path(name));
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static void Write(const std::string& text) { std::ofstream(Path("in")) << text; }
  static int Run(const std::string& arguments) {
    const std::string command = absl::StrCat("'", ALTHING_BINARY_DIR, "/check_history' ", arguments,
                                             " >'", Path("out"), "' 2>'", Path("err"), "'");
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void TearDown() override {
    for (const char* name : {"in", "out", "err", "html"}) std::remove(Path(name).c_str());
  }
};

TEST_F(CheckHistoryTest, ARightHistoryIs0) {
  Write(kPutLine);
  EXPECT_EQ(Run(Path("in") + " --html " + Path("html")), 0);
  EXPECT_EQ(Read("out"), "linearizable: 1 operations on 1 keys, 0 of unknown outcome, 0 failed\n");
  EXPECT_EQ(Read("html"), "") << "nothing to show";
}

TEST_F(CheckHistoryTest, AViolationIs1AndIsShown) {
  Write(absl::StrCat(kPutLine, kMiss));
  EXPECT_EQ(Run("--html " + Path("html") + " " + Path("in")), 1);
  EXPECT_THAT(Read("out"), StartsWith("NOT LINEARIZABLE: "));
  EXPECT_THAT(Read("out"), HasSubstr("(line 2)\n"));
  EXPECT_THAT(Read("html"), StartsWith("<!DOCTYPE html>"));
  EXPECT_EQ(Run(Path("in")), 1) << "without a timeline too";
  EXPECT_EQ(Run(Path("in") + " --html /dev/null/x"), 74);
}

TEST_F(CheckHistoryTest, WhatCannotBeDecidedIs2) {
  std::string text =
      R"({"client":1,"key":"k","op":"get","call_ns":0,"return_ns":99,"outcome":"ok",)"
      R"("result":{"found":true,"value":"never"}})";
  for (int i = 0; i < 24; ++i) {
    absl::StrAppend(&text, "\n{\"client\":1,\"key\":\"k\",\"op\":\"put\",\"value\":\"", i,
                    R"(","call_ns":0,"return_ns":99,"outcome":"ok","result":{}})");
  }
  Write(text);
  EXPECT_EQ(Run(Path("in")), 2);
  EXPECT_THAT(Read("out"), StartsWith("undecided: "));
}

TEST_F(CheckHistoryTest, ABadFileIs65WithTheLine) {
  Write(absl::StrCat(kPutLine, "\n{}\n"));
  EXPECT_EQ(Run(Path("in")), 65);
  EXPECT_THAT(Read("err"), HasSubstr(absl::StrCat(Path("in"), ":3: \"client\" must")));
  EXPECT_EQ(Run("/dev/null/x"), 65);
  EXPECT_THAT(Read("err"), HasSubstr("/dev/null/x cannot be read: "));
}

TEST_F(CheckHistoryTest, WrongArgumentsAre64) {
  for (const char* arguments : {"", "--html", "a b", "a --html", "a --htm b", "''"}) {
    EXPECT_EQ(Run(arguments), 64) << arguments;
    EXPECT_THAT(Read("err"), StartsWith("Usage: check_history FILE"));
  }
}

}  // namespace
}  // namespace althing::check
