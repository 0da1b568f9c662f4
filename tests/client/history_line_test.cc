#include "client/report/history_line.h"

#include <gtest/gtest.h>

#include "tests/check/history.h"

namespace althing {
namespace {

const CallOutcome kAnswered = {absl::OkStatus(), true};

v1::Command Command(v1::Operation operation, const std::string& value = "") {
  v1::Command command;
  command.set_operation(operation);
  command.set_key("k");
  command.set_value(value);
  return command;
}

v1::ProposeReply Reply(bool found, uint64_t version, const std::string& value = "") {
  v1::ProposeReply reply;
  v1::Result& result = *reply.add_results();
  result.set_found(found);
  result.set_version(version);
  result.set_value(value);
  return reply;
}

std::string Line(const v1::Command& command, const v1::ProposeReply& reply,
                 const CallOutcome& outcome = kAnswered) {
  return HistoryLine({3, command, reply, outcome, 5, 9});
}

TEST(HistoryLineTest, WritesWhatWasAskedAndAnswered) {
  EXPECT_EQ(Line(Command(v1::OPERATION_PUT, "v"), Reply(false, 1)),
            R"({"client":3,"key":"k","op":"put","value":"v","call_ns":5,"return_ns":9,)"
            R"("outcome":"ok","result":{"found":false,"version":1}})"
            "\n");
  EXPECT_EQ(Line(Command(v1::OPERATION_GET), Reply(true, 2, "v")),
            R"({"client":3,"key":"k","op":"get","call_ns":5,"return_ns":9,)"
            R"("outcome":"ok","result":{"found":true,"value":"v","version":2}})"
            "\n");
  EXPECT_EQ(Line(Command(v1::OPERATION_GET), Reply(false, 2)),
            R"({"client":3,"key":"k","op":"get","call_ns":5,"return_ns":9,)"
            R"("outcome":"ok","result":{"found":false,"version":2}})"
            "\n");
  EXPECT_EQ(
      Line(Command(v1::OPERATION_APPEND, "\xff"), Reply(true, 3)),
      R"({"client":3,"key":"k","op":"append","value_base64":"/w==","call_ns":5,"return_ns":9,)"
      R"("outcome":"ok","result":{"found":true,"version":3}})"
      "\n");
}

TEST(HistoryLineTest, WritesConditionsAndWhetherTheyHeld) {
  v1::Command put = Command(v1::OPERATION_PUT, "v");
  put.set_if_version(0);
  EXPECT_EQ(Line(put, Reply(false, 1)),
            R"({"client":3,"key":"k","op":"put","value":"v","expect_version":0,"call_ns":5,)"
            R"("return_ns":9,"outcome":"ok","result":{"applied":true,"found":false,"version":1}})"
            "\n");
  v1::Command remove = Command(v1::OPERATION_DELETE);
  remove.set_if_value("x");
  v1::ProposeReply reply = Reply(true, 4, "y");
  reply.mutable_results(0)->set_condition_failed(true);
  EXPECT_EQ(Line(remove, reply),
            R"({"client":3,"key":"k","op":"delete","expect_value":"x","call_ns":5,"return_ns":9,)"
            R"("outcome":"ok","result":{"applied":false,"found":true,"value":"y","version":4}})"
            "\n");
}

TEST(HistoryLineTest, OnlyWhatWasRefusedOrNotSentHasFailed) {
  const v1::Command get = Command(v1::OPERATION_GET);
  const auto line_of = [&get](const CallOutcome& outcome) {
    return HistoryLine({0, get, {}, outcome, 5});
  };
  const absl::Status broken = absl::UnavailableError("");
  const std::string start = R"({"client":0,"key":"k","op":"get","call_ns":5,"return_ns":null,)";
  EXPECT_EQ(line_of({.status = broken, .sent = true}), start + "\"outcome\":\"unknown\"}\n");
  EXPECT_EQ(line_of({.status = absl::ResourceExhaustedError(""), .sent = true}),
            start + "\"outcome\":\"unknown\"}\n")
      << "without the replica's word";
  EXPECT_EQ(line_of({.status = broken, .sent = true, .refused = true}),
            start + "\"outcome\":\"failed\"}\n");
  EXPECT_EQ(line_of({.status = broken, .sent = false}), start + "\"outcome\":\"failed\"}\n");
}

// The checker's reader, which knows nothing of this writer, understands every line.
TEST(HistoryLineTest, CanBeReadBack) {
  v1::Command append = Command(v1::OPERATION_APPEND, "\xff\n");
  append.set_if_value("\xfe");
  v1::ProposeReply failed = Reply(true, 4, "\xfd");
  failed.mutable_results(0)->set_condition_failed(true);
  const std::string text = Line(append, failed) +
                           Line(Command(v1::OPERATION_DELETE), Reply(true, 5)) +
                           Line(Command(v1::OPERATION_GET), {}, {absl::CancelledError(""), true});
  const auto history = check::ParseHistory(text);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->size(), 3);
  EXPECT_EQ((*history)[0].value, "\xff\n");
  EXPECT_EQ((*history)[0].expect_value, "\xfe");
  EXPECT_EQ((*history)[0].result.value, "\xfd");
  EXPECT_EQ((*history)[0].result.applied, false);
  EXPECT_EQ((*history)[1].result.version, 5);
  EXPECT_EQ((*history)[2].outcome, check::Outcome::kUnknown);
}

}  // namespace
}  // namespace althing
