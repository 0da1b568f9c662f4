#include "client/report/table.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(TableTest, PadsColumnsAndEndsNoLineInSpaces) {
  EXPECT_EQ(RenderTable({{"ID", "NAME"}, {"10", "x"}, {"7", ""}}), "ID  NAME\n10  x\n7\n");
}

TEST(TableTest, GroupsDigits) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1000), "1,000");
  EXPECT_EQ(WithCommas(1234567), "1,234,567");
  EXPECT_EQ(WithCommas(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(TableTest, SmallPercentagesStayVisible) {
  EXPECT_EQ(Percent(0), "0");
  EXPECT_EQ(Percent(97), "97");
  EXPECT_EQ(Percent(12.34), "12.3");
  EXPECT_EQ(Percent(0.0123), "0.012");
  EXPECT_EQ(Percent(100), "100");
}

}  // namespace
}  // namespace althing
