#include "client/commands/kv_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/kv_flags.h"

namespace althing {
namespace {

// The words, each in brackets, or the error.
std::string Split(const std::string& line) {
  const auto words = SplitWords(line);
  if (!words.ok()) return std::string(words.status().message());
  std::string out;
  for (const std::string& word : *words) absl::StrAppend(&out, "[", word, "]");
  return out;
}

// The command as text, or the error.
std::string Parse(const std::string& line, const KvOptions& defaults = {}) {
  const auto options = ParseKvWords(*SplitWords(line), defaults);
  if (!options.ok()) return std::string(options.status().message());
  std::istringstream in("from stdin");
  const absl::StatusOr<KeyCommand> command = MakeCommand(*options, in);
  if (!command.ok()) return std::string(command.status().message());
  const Condition& condition = command->condition;
  return absl::StrCat(
      VerbOf(command->operation), " ", command->key, "=", command->value,
      condition.if_version ? absl::StrCat(" if_version ", *condition.if_version) : "",
      condition.if_value ? absl::StrCat(" if_value ", *condition.if_value) : "",
      condition.if_absent ? " if_absent" : "");
}

TEST(KvLineTest, SplitsALineAsAShellWould) {
  EXPECT_EQ(Split("  put a\t1 \n"), "[put][a][1]");
  EXPECT_EQ(Split(""), "");
  EXPECT_EQ(Split("put '' \"\""), "[put][][]");
  EXPECT_EQ(Split(R"(put 'a "\b' "c '\" \\ \d" e\ f\'g'h'"i")"),
            R"([put][a "\b][c '" \ \d][e f'ghi])");
  EXPECT_EQ(Split("get k#1 # get j"), "[get][k#1]");
  EXPECT_EQ(Split("# all of it"), "");
  EXPECT_EQ(Split("put '#' \\# ''#"), "[put][#][#][#]");
}

TEST(KvLineTest, SaysWhatIsNotFinished) {
  EXPECT_EQ(Split("put 'a"), "a quotation is not closed. Write a second '");
  EXPECT_EQ(Split("put \"a"), "a quotation is not closed. Write a second \"");
  EXPECT_EQ(Split("put a\\"), "nothing follows the backslash. Write it twice");
}

TEST(KvLineTest, TakesTheFlagsOfTheProgramsCommands) {
  EXPECT_EQ(Parse("put a 1"), "put a=1");
  EXPECT_EQ(Parse("append a 1 --if-version 3"), "append a=1 if_version 3");
  EXPECT_EQ(Parse("put --if-value=x a 1"), "put a=1 if_value x");
  EXPECT_EQ(Parse("del a --if-absent"), "del a= if_absent");
  EXPECT_EQ(Parse("get 6b --encoding hex"), "get k=");
  EXPECT_EQ(Parse("put -- a -5"), "put a=-5");
  EXPECT_EQ(Parse("put a --value-file -"), "put a=from stdin");
  EXPECT_EQ(Parse("put a ''"), "put a=");
}

TEST(KvLineTest, TakesTheDefaultsThatItIsGiven) {
  const KvOptions hex = {.encoding = Encoding::kHex};
  EXPECT_EQ(Parse("put 6b 76", hex), "put k=v");
  EXPECT_EQ(Parse("put 6b 76 --encoding utf8", hex), "put 6b=76");
}

TEST(KvLineTest, RefusesWhatIsNoCommand) {
  EXPECT_EQ(Parse("set a 1"), "there is no command \"set\". Choose put, append, get or del");
  EXPECT_EQ(Parse("get"), "get: KEY is required");
  EXPECT_EQ(Parse("get a b"), "get: The following argument was not expected: b");
  EXPECT_EQ(Parse("get a --if-absent"),
            "get: The following argument was not expected: --if-absent");
  EXPECT_EQ(Parse("del a --if-absent --if-version 1"),
            "del: Requires at most 1 options be given from [--if-version,--if-value,--if-absent]");
  EXPECT_EQ(Parse("put a 1 --encoding morse"), "put: --encoding: morse not in {utf8,hex,base64}");
  EXPECT_EQ(Parse("get a --encoding hex"), "KEY is not hex. Write two digits 0-9 a-f a byte");
}

}  // namespace
}  // namespace althing
