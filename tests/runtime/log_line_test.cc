#include "replica/runtime/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::MatchesRegex;

std::string Field(const LogField& field) {
  std::string line;
  AppendLogField(&line, field);
  return line;
}

TEST(LogLineTest, AValueThatIsOneWordStandsAsItIs) {
  EXPECT_EQ(Field({"port", 7100}), "port=7100");
  EXPECT_EQ(Field({"at", "host:7100,[::1]:7'(0)"}), "at=host:7100,[::1]:7'(0)");
  EXPECT_EQ(Field({"slot", uint64_t{18'446'744'073'709'551'615u}}), "slot=18446744073709551615");
  EXPECT_EQ(Field({"on", true}) + " " + Field({"off", false}), "on=true off=false");
  EXPECT_EQ(Field({"a", absl::string_view("b")}) + Field({"c", std::string("d")}), "a=bc=d");
}

TEST(LogLineTest, AnyOtherValueIsQuotedSoThatItCanBeReadBackAndStaysOnOneLine) {
  EXPECT_EQ(Field({"why", ""}), R"(why="")");
  EXPECT_EQ(Field({"why", "two words"}), R"(why="two words")");
  EXPECT_EQ(Field({"why", "a=b"}), R"(why="a=b")");
  EXPECT_EQ(Field({"why", "say \"no\""}), R"(why="say \"no\"")");
  EXPECT_EQ(Field({"why", "C:\\n"}), R"(why="C:\\n")");
  EXPECT_EQ(Field({"why", "one\ntwo\r\n"}), R"(why="one\ntwo\x0d\n")");
  EXPECT_EQ(Field({"why", std::string("\0\x1b[1m\x7f\xc3\xa9\xff", 9)}),
            R"(why="\x00\x1b[1m\x7f\xc3\xa9\xff")");
}

TEST(LogLineTest, WritesTheEventAndItsFieldsAtOrAboveTheLevel) {
  const auto write_all = [] {
    LogDebug("a", {{"n", 1}});
    LogInfo("b", {});
    LogWarn("c", {{"why", "x y"}, {"left_out", 0}});
    LogError("d", {});
    LogTrace("event=e from=1");
  };
  const std::string expected[] = {"debug event=a n=1\n", "info event=b\n",
                                  "warning event=c why=\"x y\" left_out=0\n", "error event=d\n"};
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    const LogCapture log(level);
    EXPECT_EQ(CurrentLogLevel(), level);
    write_all();
    std::string lines;
    for (size_t i = static_cast<size_t>(level); i < 4; ++i) lines += expected[i];
    // Traces have a switch of their own.
    EXPECT_EQ(log.text(), lines + "critical event=e from=1\n");
    for (const LogLevel one : {LogLevel::kDebug, LogLevel::kError}) {
      EXPECT_EQ(LogsAt(one), one >= level);
    }
  }
}

TEST(LogLineTest, BracesAreNotSpecial) {
  const LogCapture log;
  LogInfo("a", {{"why", "{}{0}%v"}});
  EXPECT_EQ(log.text(), "info event=a why={}{0}%v\n");
}

TEST(LogLineTest, ALineOfTheProcessBeginsWithTimeLevelAndReplica) {
  const LogCapture restores_the_log;
  ::testing::internal::CaptureStderr();
  StartLog(ReplicaId{7}, LogLevel::kDebug);
  LogDebug("a", {{"n", 1}});
  LogInfo("b", {});
  LogWarn("c", {});
  SetLogLevel(LogLevel::kError);
  LogWarn("left", {});
  LogError("d", {});
  LogTrace("event=e");
  const std::string text = ::testing::internal::GetCapturedStderr();
  const std::string time =
      "time=[0-9]+-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]"
      "[+-][0-9][0-9]:[0-9][0-9] ";
  EXPECT_THAT(text, MatchesRegex(time + "level=debug replica=7 event=a n=1\n" +  //
                                 time + "level=info replica=7 event=b\n" +       //
                                 time + "level=warn replica=7 event=c\n" +       //
                                 time + "level=error replica=7 event=d\n" +      //
                                 time + "level=trace replica=7 event=e\n"));
}

TEST(LogLineTest, LevelsHaveNamesAndOthersAreRefusedWithTheChoices) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    EXPECT_EQ(ParseLogLevel(LogLevelName(level)).value(), level);
  }
  for (const char* wrong : {"", "trace", "Info", "warning"}) {
    const auto refused = ParseLogLevel(wrong);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(refused.status().message()),
              "there is no log level \"" + std::string(wrong) +
                  "\"; use one of: debug, info, warn, error");
  }
}

}  // namespace
}  // namespace althing
