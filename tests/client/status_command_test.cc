#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/admin_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using StatusCommandTest = AdminFixture;

TEST_F(StatusCommandTest, StatusOfAHealthyClusterIsExitZero) {
  EXPECT_EQ(RunStatus(client_, {}, out_, err_), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith("healthy: 2/2, tolerates 0 more failures, no decisions yet\n"
                                     "ID  ADDRESS"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(StatusCommandTest, StatusOfADegradedClusterIsNot) {
  a_.status.set_failures_tolerated(1);
  EXPECT_EQ(RunStatus(half_dead_, {}, out_, err_), kExitUnknown);
  EXPECT_THAT(out_.str(), StartsWith("degraded: 1/2, "));
  EXPECT_THAT(out_.str(), HasSubstr("does not answer: UNAVAILABLE"));
}

TEST_F(StatusCommandTest, StatusOfASilentClusterIsUnavailable) {
  AdminClient dead({{0, DeadAddress()}}, {});
  EXPECT_EQ(RunStatus(dead, json_, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), StartsWith(R"({"health":"unavailable",)"));
}

}  // namespace
}  // namespace althing
