#include "tests/check/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/check/sample.h"

namespace althing::check {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string Page(const History& history) { return Timeline(Judge(history), history); }

Operation By(std::string client, Operation operation) {
  operation.client = std::move(client);
  return operation;
}

TEST(TimelineTest, ShowsEachOperationAndMarksTheCulprits) {
  const std::string page =
      Page({By("1", Put("a", 1, {0, 1000})), By("2", Put("b", 2, {2000, 3000})),
            By("3", Get("a", 1, {4000, 5000})), By("4", Lost(Delete({}, {4500, 0}))),
            By("5", Failed(Delete({}, {4500, 4600})))});
  EXPECT_EQ(Count(page, "<g class=\"op "), 4) << "one bar each, none for what failed";
  EXPECT_EQ(Count(page, " culprit\""), 2);
  EXPECT_EQ(Count(page, "<g class=\"op write unknown\">"), 1);
  EXPECT_EQ(Count(page, "class=\"client\""), 4);
  EXPECT_THAT(page, HasSubstr("<g class=\"op get culprit\"><title>client 3: get -&gt; "
                              "&quot;a&quot;, version 1, 0.004 to 0.005 ms</title>"));
  EXPECT_LT(page.find(">client 3</text>"), page.find(">client 1</text>")) << "culprits on top";
  EXPECT_THAT(page, HasSubstr("<li>client 2: put &quot;b&quot; -&gt; version 2"));
  EXPECT_THAT(page, HasSubstr("so that one came too late"));
}

TEST(TimelineTest, NeedsNothingFromOutsideAndTrustsNoText) {
  const std::string page =
      Page({By("<script>", Put("</title><script>", 1, {0, 1})), By("2", Get("&", 1, {2, 3}))});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("client &lt;script&gt;"));
  EXPECT_EQ(Count(page, "http"), Count(page, "http://www.w3.org/2000/svg")) << "a name, no address";
  EXPECT_THAT(page, Not(HasSubstr("src=")));
}

// Of a client that makes several calls at once, the bars must not cover one another.
TEST(TimelineTest, OverlappingBarsOfOneClientGetRowsOfTheirOwn) {
  const std::string page = Page({Put("a", 1, {0, 1000}), Put("b", 2, {500, 1500}),
                                 Put("c", 3, {1200, 1600}), Get("a", 1, {4000, 5000})});
  const auto height_of_rows = [](const std::string& svg) {
    const size_t at = svg.find("class=\"stripe\"");
    return svg.substr(svg.find("height=", at), 11);
  };
  EXPECT_EQ(height_of_rows(page), "height=\"60\"");
  EXPECT_EQ(Count(page, "class=\"client\""), 1);
}

TEST(TimelineTest, LeavesOutWhatIsFarAway) {
  History history;
  for (uint64_t i = 1; i <= 400; ++i) {
    const auto at = static_cast<int64_t>(100 * i);
    history.push_back(Put(absl::StrCat(i), i, {at, at + 50}));
  }
  history.push_back(Get("399", 399, {41'000, 41'100}));
  const std::string page = Page(history);
  EXPECT_EQ(Count(page, "<g class=\"op "), 300);
  EXPECT_THAT(page, HasSubstr(">101 operations of this key, farther away in time, are left out."));
  EXPECT_THAT(page, HasSubstr("put &quot;400&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("put &quot;100&quot;")));
}

TEST(TimelineTest, ShowsEachKeyThatIsWrongUpToALimit) {
  History history;
  for (int i = 0; i < 25; ++i) {
    history.push_back(Get("x", 1, {0, 1}));
    history.back().key = absl::StrCat("k", i);
  }
  const std::string page = Page(history);
  EXPECT_EQ(Count(page, "<h2>"), 20);
  EXPECT_THAT(page, HasSubstr("<h1>25 keys are not linearizable, of 25</h1>"));
  EXPECT_THAT(page, HasSubstr("Only the first 20 keys are shown."));
}

}  // namespace
}  // namespace althing::check
