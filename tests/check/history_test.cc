#include "tests/check/history.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace althing::check {
namespace {

constexpr char kPut[] =
    R"({"client":3,"key":"k","op":"put","value":"v","call_ns":5,"return_ns":9,"outcome":"ok",)"
    R"("result":{"found":false,"version":1}})";

std::string Read(absl::string_view text) {
  const auto history = ParseHistory(text);
  if (!history.ok()) return std::string(history.status().message());
  std::string words;
  for (const Operation& operation : *history) {
    absl::StrAppend(&words, Describe(operation, 0), "\n");
  }
  return words;
}

TEST(HistoryTest, ReadsEachKindOfOperation) {
  const std::string text = absl::StrCat(
      kPut, "\n\n",
      R"({"client":"a b","key":"k","op":"get","call_ns":-1500000,"return_ns":2000000,"outcome":"ok",)"
      R"("result":{"found":true,"value":"v"}})",
      "\r\n",
      R"({"client":1,"key_base64":"/w==","op":"get","call_ns":1,"return_ns":2,"outcome":"ok",)"
      R"("result":{"found":false,"version":0}})",
      "\n",
      R"({"client":1,"key":"k","op":"delete","call_ns":1,"return_ns":null,"outcome":"unknown"})",
      "\n",
      R"({"client":1,"key":"k","op":"append","value_base64":"/w==","call_ns":1,"return_ns":3,)"
      R"("outcome":"failed"})",
      "\n",
      R"({"client":1,"key":"k","op":"cas","expect_version":0,"value":"x","call_ns":1,"return_ns":3,)"
      R"("outcome":"ok","result":{"applied":true,"version":7}})",
      "\n",
      R"({"client":1,"key":"k","op":"delete","expect_version":2,"call_ns":1,"return_ns":3,)"
      R"("outcome":"ok","result":{"applied":true,"found":true}})",
      "\n",
      R"({"client":1,"key":"k","op":"cas","expect_value_base64":"eQ==","value":"x","call_ns":1,)"
      R"("return_ns":3,"outcome":"ok","result":{"applied":false,"value":"z","version":7}})");
  EXPECT_EQ(
      Read(text),
      "client 3: put \"v\" -> had none, version 1, 0.000 to 0.000 ms (line 1)\n"
      "client a b: get -> \"v\", -1.500 to 2.000 ms (line 3)\n"
      "client 1: get -> no value, version 0, 0.000 to 0.000 ms (line 4)\n"
      "client 1: delete -> outcome unknown, from 0.000 ms on (line 5)\n"
      "client 1: append \"\\xff\" -> failed, 0.000 to 0.000 ms (line 6)\n"
      "client 1: put \"x\" if version 0 -> applied, version 7, 0.000 to 0.000 ms (line 7)\n"
      "client 1: delete if version 2 -> applied, had a value, 0.000 to 0.000 ms (line 8)\n"
      "client 1: put \"x\" if value \"y\" -> not applied, \"z\", version 7, 0.000 to 0.000 ms "
      "(line 9)\n");
  EXPECT_EQ((*ParseHistory(text))[2].key, "\xff");
}

TEST(HistoryTest, ReadsAnEmptyFile) { EXPECT_EQ(ParseHistory("\n\n")->size(), 0); }

TEST(HistoryTest, SaysInWhichLineWhatIsWrong) {
  const std::pair<const char*, const char*> changes[] = {
      {R"("client":3)", R"("client":-3)"},
      {R"("key":"k")", R"("kez":"k")"},
      {R"("key":"k")", R"("key_base64":"%")"},
      {R"("key":"k")", R"("key":7)"},
      {R"("key":"k")", R"("key":"k","key_base64":"")"},
      {R"("op":"put")", R"("op":"set")"},
      {R"("op":"put")", R"("op":"get")"},
      {R"("op":"put")", R"("op":"cas")"},
      {R"("op":"put")", R"("op":"put","expect_version":1,"expect_value":"a")"},
      {R"("op":"put")", R"("op":"put","expect_version":1)"},
      {R"("value":"v",)", ""},
      {R"("call_ns":5)", R"("call_ns":5.5)"},
      {R"("call_ns":5)", R"("call_ns":10)"},
      {R"("return_ns":9)", R"("return_ns":null)"},
      {R"("outcome":"ok")", R"("outcome":"fine")"},
      {R"("outcome":"ok")", R"("outcome":"unknown")"},
      {R"("version":1)", R"("version":-1)"},
      {R"("found":false)", R"("found":0)"},
      {R"("found":false)", R"("applied":true)"},
      {R"("found":false,"version":1}})", ""},
      {R"("found":false)", R"("shape":7)"},
      {R"("op":"put","value":"v","call_ns":5,"return_ns":9,"outcome":"ok","result":{"found":false)",
       R"("op":"get","call_ns":5,"return_ns":9,"outcome":"ok","result":{"found":true)"}};
  std::string words;
  for (const auto& [what, instead] : changes) {
    const std::string text = absl::StrReplaceAll(kPut, {{what, instead}});
    ASSERT_NE(text, kPut);
    absl::StrAppend(&words, Read(absl::StrCat(kPut, "\n", text)), "\n");
  }
  EXPECT_EQ(words, R"(2: "client" must be a name or a number
2: "key" is missing
2: "key_base64" is not base64
2: "key" must be a string
2: "key" is given twice, as text and as base64
2: "op" must be one of get, put, delete, append, cas
2: the line may not have "value" in an operation of this kind and outcome; see docs/history.md
2: the line needs expect_version or expect_value, since it is a cas
2: the line may not have both expect_version and expect_value
2: the line cannot be used: "result.applied" is missing: whether the expectation held
2: "value" is missing: what was to be written
2: "call_ns" must be a whole number of nanoseconds
2: "return_ns" is before call_ns: both must come from one clock that never goes back
2: "return_ns" is missing, and the outcome is ok
2: "outcome" must be one of ok, failed, unknown
2: the line may not have "result" in an operation of this kind and outcome; see docs/history.md
2: the line cannot be used: "result.version" must be 0 or more
2: the line cannot be used: "result.found" must be true or false
2: the line cannot be used: result may not have "applied" in an operation of this kind and outcome; see docs/history.md
2: line 1, column 97: not JSON: syntax error while parsing object key - unexpected end of input; expected string literal
2: the line cannot be used: result may not have "shape" in an operation of this kind and outcome; see docs/history.md
2: the line cannot be used: "result.value" is missing, and the get found one
)");
}

TEST(HistoryTest, RefusesWhatIsNoObject) {
  EXPECT_EQ(Read("[1]"), "1: the line must be an object, {...}");
  EXPECT_EQ(Read("\n{\"a\":1,\"a\":2}"), "2: \"a\" is given twice; keep one");
}

}  // namespace
}  // namespace althing::check
