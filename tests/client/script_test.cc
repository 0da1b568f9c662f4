#include "client/script/script.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

constexpr char kJson[] = "\n {\"Accesses\": [{\"R\": 0, \"T\": \"r\", \"K\": \"k\"}]}";

// The first place, or the error.
std::string Place(const std::string& text, ScriptFormat format) {
  const std::vector<Endpoint> endpoints = {{0, "a:1"}};
  const auto script = ParseScript(text, {.name = "s", .format = format, .endpoints = endpoints});
  return script.ok() ? script->steps[0].accesses[0].place : std::string(script.status().message());
}

TEST(ScriptTest, TheContentTellsTheFormats) {
  EXPECT_EQ(Place(kJson, ScriptFormat::kAuto), "s: Accesses[0]");
  EXPECT_EQ(Place("\nget k", ScriptFormat::kAuto), "s:2");
}

TEST(ScriptTest, AFormatThatIsNamedHolds) {
  EXPECT_EQ(Place(kJson, ScriptFormat::kJson), "s: Accesses[0]");
  EXPECT_EQ(Place(kJson, ScriptFormat::kText).substr(0, 4), "s:2:");
  EXPECT_EQ(Place("get k", ScriptFormat::kJson).substr(0, 9), "s: line 1");
}

}  // namespace
}  // namespace althing
