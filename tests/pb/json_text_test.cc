#include "pb/json_text.h"

#include "gtest/gtest.h"

namespace althing {
namespace {

std::string Message(absl::string_view text) {
  return std::string(ParseJson(text).status().message());
}

TEST(JsonTextTest, BuildsTheWholeTree) {
  const auto tree = ParseJson(
      R"({"a": [1, -2, 0.5, [true, null], {"b": "c\u00e9"}], "d": {}, "e": 18446744073709551615})");
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->dump(),
            "{\"a\":[1,-2,0.5,[true,null],{\"b\":\"c\xC3\xA9\"}],\"d\":{},"
            "\"e\":18446744073709551615}");
}

TEST(JsonTextTest, CountsLinesAndColumnsFromOne) {
  EXPECT_EQ(Message("?"),
            "line 1, column 1: not JSON: syntax error while parsing value - invalid "
            "literal");
  EXPECT_EQ(Message("{\n\n  ?"),
            "line 3, column 3: not JSON: syntax error while parsing object key - invalid literal");
}

TEST(JsonTextTest, SaysWhereAKeyIsGivenTwice) {
  EXPECT_EQ(Message(R"({"a": [0, {"b": {"c": 1, "d": 2, "c": 3}}]})"),
            "a[1].b: \"c\" is given twice; keep one");
  EXPECT_TRUE(ParseJson(R"([{"a": 1}, {"a": 2, "b": {"a": 3}}])").ok());
}

TEST(JsonTextTest, AllowsSixteenLevels) {
  EXPECT_TRUE(ParseJson(std::string(16, '[') + std::string(16, ']')).ok());
  EXPECT_EQ(Message(std::string(17, '[') + std::string(17, ']')),
            "nested deeper than 16 levels; no setting is, so look for brackets too many");
}

TEST(JsonTextTest, KeepsMessagesOnOneShortLine) {
  EXPECT_EQ(QuoteForMessage("a\nb\x7F"), R"("a\x0ab\x7f")");
  EXPECT_EQ(QuoteForMessage(std::string(48, 'x')), "\"" + std::string(48, 'x') + "\"");
  EXPECT_EQ(QuoteForMessage(std::string(49, 'x')), "\"" + std::string(48, 'x') + "...\"");
  EXPECT_LT(Message("\"" + std::string(100'000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace althing
