#include "tests/bench/crash/crash_picture.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<CrashWindow> Windows() {
  return {{.from_ms = -100, .per_second = 4000, .shared_p99_ms = 2, .other_p99_ms = 1},
          {.from_ms = 0, .per_second = 1000, .other_p99_ms = 10},
          {.from_ms = 100, .per_second = 4000, .shared_p99_ms = 90, .other_p99_ms = 1}};
}

size_t Count(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST(CrashPictureTest, NamesTheKillThePauseAndTheUnits) {
  const std::string svg = CrashPicture(Windows(), {.pause_ms = 87.6, .pause_from_ms = 3},
                                       {.kill = "kill -9 of <4>", .lines = {"N = 5 & more"}});
  EXPECT_THAT(svg, HasSubstr("kill -9 of &lt;4&gt;"));
  EXPECT_THAT(svg, HasSubstr("88 ms without an answer on the shared key"));
  EXPECT_THAT(svg, HasSubstr("N = 5 &amp; more"));
  EXPECT_THAT(svg, HasSubstr("seconds since the kill"));
  EXPECT_THAT(svg, HasSubstr(">5000<")) << "the axis ends above the most";
  EXPECT_THAT(svg, HasSubstr(">100 ms<"));
  EXPECT_EQ(Count(svg, "<svg"), 1u);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(CrashPictureTest, WhatWasNotAnsweredIsAGapAndNoPoint) {
  const std::string svg = CrashPicture(Windows(), {}, {});
  EXPECT_EQ(Count(svg, "<circle"), 5u);
  // The shared key's line begins anew behind the gap.
  const size_t shared = svg.rfind("<path d=\"M", svg.rfind("stroke=\"#d55e00\""));
  ASSERT_NE(shared, std::string::npos);
  EXPECT_EQ(Count(svg.substr(shared, svg.find("fill", shared) - shared), "M"), 2u);
}

}  // namespace
}  // namespace althing
