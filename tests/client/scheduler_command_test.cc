#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/commands/admin_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using SchedulerCommandTest = AdminFixture;

TEST_F(SchedulerCommandTest, ShowsAndSetsTheDisciplines) {
  b_.status.set_outgoing_scheduler("lifo");
  EXPECT_EQ(RunScheduler(client_, {}, {}, {}, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): incoming fifo; outgoing fifo\n" +
                            "replica 1 (" + b_.address() + "): incoming fifo; outgoing lifo\n");
  out_.str("");
  EXPECT_EQ(RunScheduler(client_, {}, "round_robin", {}, out_, err_), kExitOk);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() +
                            "): incoming round_robin, was fifo; outgoing fifo, was fifo\n" +
                            "replica 1 (" + b_.address() +
                            "): incoming round_robin, was fifo; outgoing lifo, was lifo\n");
  out_.str("");
  EXPECT_EQ(
      RunScheduler(client_, {.output = OutputFormat::kJson, .replica = 1}, {}, "fifo", out_, err_),
      kExitOk);
  EXPECT_EQ(out_.str(), R"({"replicas":[{"replica":1,"incoming":"round_robin","outgoing":"fifo",)"
                        R"("previous_incoming":"round_robin","previous_outgoing":"lifo"}]})"
                        "\n");
  EXPECT_EQ(a_.status.incoming_scheduler(), "round_robin");
  EXPECT_EQ(b_.status.outgoing_scheduler(), "fifo");
}

TEST_F(SchedulerCommandTest, ANameThatTheReplicaRefusesIsInvalidInput) {
  a_.admin_status = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no scheduler is called x");
  EXPECT_EQ(RunScheduler(client_, {.replica = 0}, "x", {}, out_, err_), kExitInvalidInput);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), testing::HasSubstr("no scheduler is called x"));
}

TEST_F(SchedulerCommandTest, AReplicaThatIsNotThereIsUnavailable) {
  EXPECT_EQ(RunScheduler(half_dead_, {}, {}, {}, out_, err_), kExitUnavailable);
  EXPECT_EQ(out_.str(), "replica 0 (" + a_.address() + "): incoming fifo; outgoing fifo\n");
}

}  // namespace
}  // namespace althing
