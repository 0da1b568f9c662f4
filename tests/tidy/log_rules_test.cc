#include "tests/tidy/log_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kCode[] =
    "void LogInfo(std::string_view event, LogFields fields);\n"
    "  LogInfo(\"start\", {{\"n\", 1}});\n"
    "  LogWarn(\n"
    "      \"refused\", {});\n"
    "  // LogError(\"comment\", {})\n";
constexpr char kRows[] =
    "| event | level | meaning |\n"
    "|---|---|---|\n"
    "| `start` | info | it begins: `n` |\n"
    "| `refused` | warn | no: `why` |\n"
    "| `send`, `recv` | trace | not of this kind |\n";

TEST(LogRulesTest, EventsAndRowsThatAgreeAreFine) {
  EXPECT_THAT(CheckEvents({{"replica/net/a.cc", kCode}}, {"docs/logs.md", kRows}), IsEmpty());
  EXPECT_THAT(CheckEvents({{"replica/net/a.cc", kCode}, {"tests/a.cc", "LogInfo(\"x\", {});"}},
                          {"docs/logs.md", kRows}),
              IsEmpty());
}

TEST(LogRulesTest, AnEventWithoutARowAndARowWithoutAnEventAreFound) {
  const Source code = {"replica/net/a.cc", std::string(kCode) + "LogDebug(\"start\", {});\n"};
  EXPECT_THAT(CheckEvents({code}, {"docs/logs.md", std::string(kRows) + "| `gone` | error | |\n"}),
              ElementsAre(Finding{"replica/net/a.cc", 6,
                                  "no row \"| `start` | debug |\" in docs/logs.md: describe the "
                                  "event there"},
                          Finding{"docs/logs.md", 6, "gone is not logged at level error"}));
}

}  // namespace
}  // namespace althing::tidy
