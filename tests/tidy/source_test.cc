#include "tests/tidy/source.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;

TEST(SourceTest, TakesCommentsAndLiteralsOutOfCode) {
  const CodeView view = TakeApart("a = \"x\\\"y\"; // c\nb /* d\ne */ 1'000 'q' '\\'' f");
  EXPECT_EQ(view.code, "a = \"    \";     \nb     \n     1'000 \" \" \"  \" f");
  EXPECT_EQ(view.comments, "            // c\n  /* d\ne */                 ");
}

TEST(SourceTest, TakesRawStringsOutOfCode) {
  EXPECT_EQ(TakeApart("f(R\"x(\" // )\" )x\", 1); // c").code, "f(\"             \", 1);     ");
}

TEST(SourceTest, EndsUnclosedThingsWithTheText) {
  EXPECT_EQ(TakeApart("a /* b").code, "a     ");
  EXPECT_EQ(TakeApart("a \"b").code, "a \"\"");
  EXPECT_EQ(TakeApart("R\"(b").code.size(), 4u);
  EXPECT_EQ(TakeApart("").code, "");
}

TEST(SourceTest, FindsWholeWords) {
  std::vector<size_t> found;
  ForEachWord("rand grand rand_ rand", "rand", [&](size_t at) { found.push_back(at); });
  EXPECT_THAT(found, ElementsAre(0, 17));
}

TEST(SourceTest, CountsLinesFromOne) {
  EXPECT_EQ(LineOf("a\nb\n", 0), 1);
  EXPECT_EQ(LineOf("a\nb\n", 2), 2);
}

TEST(SourceTest, PointsAtALineAsEditorsDo) {
  EXPECT_EQ(ToString({"a/b.cc", 3, "words"}), "a/b.cc:3: words");
}

}  // namespace
}  // namespace althing::tidy
