#include "client/workload/phases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace althing {
namespace {

using ::testing::HasSubstr;

TEST(PhasesTest, AreReadFromWords) {
  EXPECT_EQ(*ParsePhases("10:1000,2.5:0:50"),
            (std::vector<Phase>{{.seconds = 10, .rate = 1000},
                                {.seconds = 2.5, .rate = 0, .read_percent = 50}}));
  EXPECT_EQ(*ParsePhases("10:-:5"), (std::vector<Phase>{{.seconds = 10, .read_percent = 5}}));
  for (const char* wrong : {"", "10", "10:x", "10:1:2:3", "10:1,", "a:1"}) {
    EXPECT_THAT(std::string(ParsePhases(wrong).status().message()), HasSubstr("is no phase. Write"))
        << wrong;
  }
}

TEST(PhasesTest, WhatIsOutOfRangeIsNamed) {
  const std::pair<std::vector<Phase>, const char*> wrong[] = {
      {{{.seconds = 0}}, "the seconds of a phase are out of range"},
      {{{.seconds = 1, .rate = -1}}, "a rate is out of range"},
      {{{.seconds = 1, .read_percent = 101}}, "the reads of a phase are a percentage"},
      {{{.rate = 1}, {.seconds = 1, .rate = 1}}, "only the last phase may be without an end"},
      {{{.seconds = 1}, {.seconds = 1, .rate = 1}}, "some phases have a rate and some have none"}};
  for (const auto& [phases, text] : wrong) {
    EXPECT_THAT(std::string(CheckPhases(phases).message()), HasSubstr(text));
  }
  EXPECT_TRUE(CheckPhases({{.seconds = 1, .rate = 5}, {.rate = 0}}).ok());
}

TEST(PhasesTest, ArrivalsKeepTheRateOfEachPhase) {
  Arrivals arrivals(
      {{.seconds = 10, .rate = 1000}, {.seconds = 5, .rate = 0}, {.seconds = 10, .rate = 5000}}, 1);
  int count[3] = {};
  int64_t last_ns = 0;
  while (const std::optional<Arrival> next = arrivals.Next()) {
    EXPECT_GE(next->offset_ns, last_ns);
    last_ns = next->offset_ns;
    ++count[next->phase];
    EXPECT_EQ(next->phase, next->offset_ns < 10'000'000'000 ? 0u : 2u);
    if (next->phase == 2) {
      EXPECT_GE(next->offset_ns, 15'000'000'000);
    }
  }
  EXPECT_LT(last_ns, 25'000'000'000);
  EXPECT_EQ(count[0], 10'000);
  EXPECT_EQ(count[1], 0);
  EXPECT_EQ(count[2], 50'000);
}

// Of a Poisson process the gaps are exponential: their mean is 1/rate, and e^-x of them are longer
// than x times that; and the number of moments in a tenth of a second varies with its root.
void ExpectPoisson(const Phase& phase) {
  Arrivals arrivals({phase}, 4);
  int64_t last_ns = 0;
  double longer[4] = {};
  constexpr int kGaps = 200'000;
  std::vector<double> in_tenth(190);
  for (int i = 0; i < kGaps; ++i) {
    const int64_t now_ns = arrivals.Next()->offset_ns;
    for (int x = 1; x < 4; ++x) longer[x] += now_ns - last_ns > x * 100'000;
    last_ns = now_ns;
    if (const auto tenth = static_cast<size_t>(now_ns / 100'000'000); tenth < 190)
      ++in_tenth[tenth];
  }
  EXPECT_NEAR(static_cast<double>(last_ns) / kGaps, 100'000, 700);
  for (int x = 1; x < 4; ++x) EXPECT_NEAR(longer[x] / kGaps, std::exp(-x), 0.005);
  double square = 0;
  for (double count : in_tenth) square += (count - 1000) * (count - 1000) / 190;
  EXPECT_NEAR(square, 1000, 300);
}

TEST(PhasesTest, MomentsAreThoseOfAPoissonProcess) {
  ExpectPoisson({.rate = 10'000});
  ExpectPoisson({.seconds = 20, .rate = 10'000});
}

TEST(PhasesTest, TheSeedDecidesTheMoments) {
  Arrivals a({{.rate = 1000}}, 1), b({{.rate = 1000}}, 1), c({{.rate = 1000}}, 2);
  const int64_t first_ns = a.Next()->offset_ns;
  EXPECT_EQ(first_ns, b.Next()->offset_ns);
  EXPECT_NE(first_ns, c.Next()->offset_ns);
}

}  // namespace
}  // namespace althing
