#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/kv_flags.h"
#include "client/script/script.h"

namespace althing {
namespace {

const std::vector<Endpoint> kEndpoints = {{0, "a:1"}, {2, "b:1"}};

absl::StatusOr<Script> Read(const std::string& text, Encoding encoding = Encoding::kUtf8) {
  return ParseTextScript(text, {.name = "s.txt", .encoding = encoding, .endpoints = kEndpoints});
}

// The steps, each in brackets, or the error.
std::string Steps(const std::string& text, Encoding encoding = Encoding::kUtf8) {
  const absl::StatusOr<Script> script = Read(text, encoding);
  if (!script.ok()) return std::string(script.status().message());
  std::string out;
  for (const Step& step : script->steps) {
    absl::StrAppend(&out, "[");
    if (step.accesses.empty())
      absl::StrAppend(&out, "pause ", absl::ToInt64Milliseconds(step.pause));
    for (const Access& access : step.accesses) {
      absl::StrAppend(&out, &access == &step.accesses.front() ? "" : " | ",
                      VerbOf(access.command.operation), " ", access.command.key, "=",
                      access.command.value);
      if (access.replica) absl::StrAppend(&out, " at ", *access.replica);
      if (access.expect) {
        absl::StrAppend(&out, " expect ", access.expect->value.value_or("(none)"), " of ",
                        access.expect->place);
      }
    }
    absl::StrAppend(&out, "]");
  }
  return out;
}

TEST(TextScriptTest, ReadsAccessesInOrder) {
  EXPECT_EQ(Steps("# first\nput a 1 --if-absent # why\n\n  replica=2 get 'a b'\ndel a\n"),
            "[put a=1][get a b= at 2][del a=]");
  EXPECT_EQ(Read("\n\nget a")->steps[0].accesses[0].place, "s.txt:3");
  EXPECT_TRUE(Read("put a 1 --if-absent")->steps[0].accesses[0].command.condition.if_absent);
  EXPECT_FALSE(Read("get a")->count.has_value());
  EXPECT_EQ(Steps("put 6b 76\nget k --encoding utf8", Encoding::kHex), "[put k=v][get k=]");
}

TEST(TextScriptTest, ReadsPausesAndWhatIsUnderWayTogether) {
  EXPECT_EQ(
      Steps("put a 1\npause 250\nparallel\n  replica=0 put a 2\n  replica=2 put a 3\nend\nget a"),
      "[put a=1][pause 250][put a=2 at 0 | put a=3 at 2][get a=]");
}

TEST(TextScriptTest, ReadsWhatIsExpectedOfTheGetBefore) {
  EXPECT_EQ(Steps("get a\nexpect 1\nget b\n# still\nexpect --none\nget c\nexpect -- --none"),
            "[get a= expect 1 of s.txt:2][get b= expect (none) of s.txt:5]"
            "[get c= expect --none of s.txt:7]");
  EXPECT_EQ(Steps("parallel\nget a\nexpect 1\nput a 2\nend"),
            "[get a= expect 1 of s.txt:3 | put a=2]");
  EXPECT_EQ(Steps("get 61 --encoding hex\nexpect 7a"), "[get a= expect z of s.txt:2]");
}

TEST(TextScriptTest, EveryErrorNamesThePlaceAndWhatToDo) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "1: there is no access. Write at least one, as in: put KEY VALUE"},
      {"# nothing\n", "2: there is no access. Write at least one, as in: put KEY VALUE"},
      {"get a\nset a 1",
       "2: there is no command \"set\". Choose put, append, get or del, or pause, parallel, end or "
       "expect"},
      {"put a", "1: put: Exactly 1 option from [VALUE,--value-file] is required"},
      {"put 'a", "1: a quotation is not closed. Write a second '"},
      {"put '' 1", "1: the key is empty. A key has at least one byte"},
      {"put a --value-file -",
       "1: --value-file -: a script does not read values from standard input. Give a file"},
      {"replica=1 get a", "1: there is no replica 1. Choose one of 0, 2"},
      {"replica=x get a", "1: \"x\" is no replica's id. Write its number, as in replica=0"},
      {"replica=0", "1: nothing follows the replica. Write the access on the same line"},
      {"get a\npause", "2: pause takes one number. Write the milliseconds, 0 to 86400000"},
      {"pause 86400001", "1: pause takes one number. Write the milliseconds, 0 to 86400000"},
      {"parallel 2", "1: parallel stands alone on its line. Write what follows on the next one"},
      {"get a\nparallel\nget a", "2: parallel has no end. Write a line with the word end"},
      {"parallel\nparallel", "2: parallel stands within that of line 1. End that one before"},
      {"parallel\npause 1\nend",
       "2: pause stands within parallel, where all begins at once. Write it before or after"},
      {"parallel\nend",
       "2: nothing stands between parallel in line 1 and its end. Write accesses there"},
      {"end",
       "1: end stands without parallel. Write parallel before the first access that it ends"},
      {"end it", "1: end stands alone on its line. Write what follows on the next one"},
      {"put a 1\nexpect 1",
       "2: expect has no get before it. Write it on the line behind the get, once"},
      {"get a\nexpect 1\nexpect 1",
       "3: expect has no get before it. Write it on the line behind the get, once"},
      {"get a\npause 1\nexpect 1",
       "3: expect has no get before it. Write it on the line behind the get, once"},
      {"get a\nexpect",
       "2: expect takes one value. Write expect VALUE, or expect --none for a key without one"},
      {"get a\nexpect 1 2",
       "2: expect takes one value. Write expect VALUE, or expect --none for a key without one"},
      {"get 61 --encoding hex\nexpect z",
       "2: the expected value is not hex. Write two digits 0-9 a-f a byte"}};
  for (const auto& [text, error] : wrong) EXPECT_EQ(Steps(text), absl::StrCat("s.txt:", error));
}

}  // namespace
}  // namespace althing
