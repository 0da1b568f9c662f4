#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/admin_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using MetricsCommandTest = AdminFixture;

TEST_F(MetricsCommandTest, MetricsOfAllReplicasAreOneObject) {
  a_.metrics = R"({"z": 1, "a": [2]})";
  EXPECT_EQ(RunMetrics(client_, json_, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":0,"address":")" + a_.address() +
                            R"(","metrics":{"z":1,"a":[2]}},{"replica":1,"address":")" +
                            b_.address() + R"(","metrics":{}}]})" + "\n");
}

TEST_F(MetricsCommandTest, MetricsOfOneReplicaStandAlone) {
  b_.metrics = R"({"z":1,"a":2})";
  EXPECT_EQ(RunMetrics(client_, {.replica = 1}, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "{\n  \"z\": 1,\n  \"a\": 2\n}\n");
}

TEST_F(MetricsCommandTest, MetricsOfTheLivingArePrintedBesideTheError) {
  EXPECT_EQ(RunMetrics(half_dead_, json_, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), StartsWith(R"({"replicas":[{"replica":0,)"));
  EXPECT_THAT(err_.str(), StartsWith("error: metrics: replica 1 (127.0.0.1:"));
}

TEST_F(MetricsCommandTest, MetricsThatAreNoJsonAreAnError) {
  a_.metrics = "{";
  EXPECT_EQ(RunMetrics(client_, {.replica = 0}, out_, err_), kExitServerError);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("INTERNAL: the metrics are not valid JSON. Written: no."));
}

}  // namespace
}  // namespace althing
