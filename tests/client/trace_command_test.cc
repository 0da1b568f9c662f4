#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/admin_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using TraceCommandTest = AdminFixture;

TEST_F(TraceCommandTest, TraceShowsAndSetsTheLevel) {
  b_.status.set_trace_level(2);
  EXPECT_EQ(RunTrace(client_, {}, std::nullopt, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): trace level 0\nreplica 1 (" +
                            b_.address() + "): trace level 2\n");
  out_.str("");
  EXPECT_EQ(RunTrace(client_, {}, 1, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): trace level 1, was 0\nreplica 1 (" +
                            b_.address() + "): trace level 1, was 2\n");
  out_.str("");
  EXPECT_EQ(RunTrace(client_, {.output = OutputFormat::kJson, .replica = 1}, 9, out_, err_),
            kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":1,"level":9,"previous_level":1}]})"
                        "\n");
  EXPECT_EQ(a_.status.trace_level(), 1u);
}

TEST_F(TraceCommandTest, TraceRefusesALevelThatDoesNotExist) {
  EXPECT_EQ(RunTrace(client_, {}, 3, out_, err_), kExitInvalidInput);
  EXPECT_EQ(err_.str(), "error: trace: there is no level 3. Choose 0, 1, 2 or 9. Written: no.\n");
  EXPECT_EQ(a_.status.trace_level(), 0u);
}

TEST_F(TraceCommandTest, AnErrorOfAReplicaIsAServerError) {
  a_.admin_status = grpc::Status(grpc::StatusCode::INTERNAL, "broken");
  EXPECT_EQ(RunTrace(client_, {}, 1, out_, err_), kExitServerError);
  EXPECT_EQ(out_.str(), "replica 1 (" + b_.address() + "): trace level 1, was 0\n");
  EXPECT_EQ(err_.str(), "error: trace: replica 0 (" + a_.address() +
                            "): INTERNAL: broken. Written: no. Look into the replica's log.\n");
}

}  // namespace
}  // namespace althing
