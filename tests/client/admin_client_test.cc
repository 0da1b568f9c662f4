#include "client/admin_client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/client/fake_replica.h"

namespace althing {
namespace {

v1::Command Put() {
  v1::Command command;
  command.set_operation(v1::OPERATION_PUT);
  command.set_key("k");
  command.set_value("v");
  return command;
}

TEST(AdminClientTest, ACallWithoutAConnectionWasNotSent) {
  AdminClient client({{0, DeadAddress()}}, {});
  const auto result = client.Propose(0, Put(), absl::Seconds(5));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(result.sent);
}

// The answer never comes and the caller gives up: nothing shows that the replica has the command,
// and yet it has.
TEST(AdminClientTest, ACallThatNobodyAnswersCountsAsSentAndIsSentOnce) {
  FakeReplica silent(0, [](grpc::ServerContext& context, const v1::Command&) {
    while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return grpc::Status::CANCELLED;
  });
  AdminClient client({{0, silent.address()}}, {});
  const auto result = client.Propose(0, Put(), absl::Milliseconds(200));
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(result.sent);
  EXPECT_EQ(silent.proposals(), 1);
}

TEST(AdminClientTest, AsksSeveralReplicasInTheirOrder) {
  FakeReplica a(0), b(1);
  AdminClient client({{0, a.address()}, {1, DeadAddress()}, {2, b.address()}}, {});
  const auto answers = client.Status({2, 1, 0}, absl::Seconds(5));
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].reply.replica(), 1u);
  EXPECT_EQ(answers[1].status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answers[2].reply.replica(), 0u);
}

TEST(AdminClientTest, ConnectsOrGivesUp) {
  FakeReplica a(0);
  AdminClient client({{0, a.address()}, {1, DeadAddress()}}, {});
  EXPECT_TRUE(client.Connect(0, absl::Seconds(5)));
  EXPECT_FALSE(client.Connect(1, absl::Milliseconds(100)));
  AdminClient interrupted({{0, DeadAddress()}}, [] { return true; });
  EXPECT_FALSE(interrupted.Connect(0, absl::Seconds(60)));
}

}  // namespace
}  // namespace althing
