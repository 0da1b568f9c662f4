#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/admin_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using LogCommandTest = AdminFixture;

TEST_F(LogCommandTest, ShowsAndSetsTheLevel) {
  b_.status.set_log_level("error");
  EXPECT_EQ(RunLog(client_, {}, {}, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): log level info\n" + "replica 1 (" +
                            b_.address() + "): log level error\n");
  out_.str("");
  EXPECT_EQ(RunLog(client_, {}, "debug", out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): log level debug, was info\n" +
                            "replica 1 (" + b_.address() + "): log level debug, was error\n");
  out_.str("");
  EXPECT_EQ(RunLog(client_, {.output = OutputFormat::kJson, .replica = 1}, "warn", out_, err_),
            kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":1,"level":"warn","previous_level":"debug"}]})"
                        "\n");
  EXPECT_EQ(a_.status.log_level(), "debug");
  EXPECT_EQ(b_.status.log_level(), "warn");
}

TEST_F(LogCommandTest, ANameThatTheReplicaRefusesIsInvalidInput) {
  a_.admin_status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "there is no log level x");
  EXPECT_EQ(RunLog(client_, {.replica = 0}, "x", out_, err_), kExitInvalidInput);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), testing::HasSubstr("there is no log level x"));
}

TEST_F(LogCommandTest, AReplicaThatIsNotThereIsUnavailable) {
  EXPECT_EQ(RunLog(half_dead_, {}, {}, out_, err_), kExitUnavailable);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): log level info\n");
}

}  // namespace
}  // namespace althing
