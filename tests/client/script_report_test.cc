#include "client/report/script_report.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

const KeyCommand kPut = {KeyCommand::Operation::kPut, "k", "v"};
const KeyCommand kGet = {KeyCommand::Operation::kGet, "k"};
const KeyCommand kDelete = {KeyCommand::Operation::kDelete, "k"};

Access At(const KeyCommand& command, std::optional<uint32_t> replica = std::nullopt) {
  return {.place = "s:3", .replica = replica, .command = command};
}

Outcome Answered(const KeyResult& result, Written written = Written::kYes) {
  return {.written = written, .results = {result}, .instance = "2.7", .partition = 1, .replica = 2};
}

Outcome Failure(Written written) {
  return {.status = absl::UnavailableError("gone"), .written = written};
}

std::string Text(const Access& access, const Outcome& outcome, bool together = false) {
  return AccessText({access, 0, together, outcome, 1'000'000, 3'500'000}, 5);
}

TEST(ScriptReportTest, ALineOfText) {
  EXPECT_EQ(Text(At(kPut), Answered({.version = 1})),
            "s:3     replica 2     2.500 ms  put k v: OK, version 1\n");
  EXPECT_EQ(Text(At(kGet), Answered({.found = true, .value = "a\nb", .version = 4}), true),
            "s:3   | replica 2     2.500 ms  get k: a\\nb, version 4\n");
  EXPECT_EQ(Text(At(kGet), Answered({})),
            "s:3     replica 2     2.500 ms  get k: (no value), version 0\n");
  EXPECT_EQ(Text(At(kDelete), Answered({.found = true, .version = 2})),
            "s:3     replica 2     2.500 ms  del k: 1 removed, version 2\n");
  EXPECT_EQ(Text(At(kPut), Failure(Written::kUnknown)),
            "s:3     any           2.500 ms  put k v: UNAVAILABLE, written: unknown\n");
  EXPECT_EQ(Text(At(kGet, 1), Failure(Written::kNo)),
            "s:3     replica 1     2.500 ms  get k: UNAVAILABLE, written: no\n");
  Outcome repeated = Answered({.version = 1});
  repeated.repeated = true;
  EXPECT_EQ(Text(At(kPut), repeated),
            "s:3     replica 2     2.500 ms  put k v: OK, version 1, repeated\n");
}

TEST(ScriptReportTest, ConditionsAndOddBytesAreShown) {
  KeyCommand command = {KeyCommand::Operation::kAppend, "a key", std::string(50, 'x')};
  command.condition.if_version = 3;
  EXPECT_EQ(Text(At(command), Answered({.found = true, .version = 4, .condition_failed = true})),
            "s:3     replica 2     2.500 ms  append \"a key\" " + std::string(40, 'x') +
                "... --if-version 3: the condition failed: the key has a value and version 4\n");
  command = {KeyCommand::Operation::kPut, "\xff", ""};
  command.condition.if_value = "w";
  Access access = At(command);
  EXPECT_EQ(Text(access, Answered({.version = 1})),
            "s:3     replica 2     2.500 ms  put \\377 \"\" --if-value w: OK, version 1\n");
  access.encoding = Encoding::kHex;
  EXPECT_EQ(Text(access, Answered({.version = 1})),
            "s:3     replica 2     2.500 ms  put ff \"\" --if-value 77: OK, version 1\n");
}

TEST(ScriptReportTest, JsonLeavesNothingOut) {
  const Access get = At(kGet, 2);
  EXPECT_EQ(
      AccessJson({get, 1, true, Answered({.found = true, .value = "v", .version = 4}), 10, 25}),
      R"({"place":"s:3","op":"get","together":true,"asked_replica":2,"latency_ns":15,)"
      R"("status":"OK","written":"yes","key":"k","found":true,"value":"v","version":4,)"
      R"("instance":"2.7","partition":1,"replica":2})"
      "\n");
  const Access put = At(kPut);
  EXPECT_EQ(AccessJson({put, 0, false, Failure(Written::kUnknown), 10, 25}),
            R"({"place":"s:3","op":"put","together":false,"asked_replica":null,"latency_ns":15,)"
            R"("status":"UNAVAILABLE","written":"unknown","key":"k","error":"gone"})"
            "\n");
}

TEST(ScriptReportTest, TheSumAtTheEnd) {
  ScriptResult result = {
      .accesses = 3, .answered = 2, .failed = 1, .duration_ns = 1'500'000'000, .unmet = "s:4: x"};
  EXPECT_EQ(ScriptSummaryText(result), "3 accesses, 2 answered, 1 failed, 1.500 s, 2 per second\n");
  EXPECT_EQ(ScriptSummaryJson(result),
            R"({"accesses":3,"answered":2,"failed":1,"duration_seconds":1.5,)"
            R"("accesses_per_second":2.0,"interrupted":false,"unmet":"s:4: x"})"
            "\n");
  result.accesses = 1;
  EXPECT_EQ(ScriptSummaryText(result).substr(0, 9), "1 access,");
}

TEST(ScriptReportTest, HistoryKnowsWhatIsUnknown) {
  const auto line = [](const Access& access, const Outcome& outcome) {
    return AccessHistory({access, 1, true, outcome, 10, 25});
  };
  EXPECT_EQ(line(At(kPut), Answered({.version = 1})),
            R"({"client":1,"key":"k","op":"put","value":"v","call_ns":10,"return_ns":25,)"
            R"("outcome":"ok","result":{"found":false,"version":1}})"
            "\n");
  const auto ends_with = [](const std::string& text, const std::string& end) {
    return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
  };
  EXPECT_TRUE(ends_with(line(At(kPut), Failure(Written::kNo)), "\"outcome\":\"failed\"}\n"));
  EXPECT_TRUE(ends_with(line(At(kPut), Failure(Written::kUnknown)), "\"outcome\":\"unknown\"}\n"));
  EXPECT_TRUE(ends_with(line(At(kGet), Failure(Written::kNo)), "\"outcome\":\"unknown\"}\n"));
  const Outcome cancelled = {.status = absl::CancelledError(), .written = Written::kUnknown};
  EXPECT_TRUE(
      ends_with(line(At(kPut), cancelled), "\"return_ns\":null,\"outcome\":\"unknown\"}\n"));
}

}  // namespace
}  // namespace althing
