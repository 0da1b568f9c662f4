#include "client/commands/kv_call.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/client/fake_replica.h"

namespace althing {
namespace {

const std::vector<KeyCommand> kPut = {{KeyCommand::Operation::kPut, "k", "v"}};

TEST(KvCallTest, CallsTheFirstReplicaThatServes) {
  FakeReplica a(4), b(7);
  const auto client = MakeKvClient({{3, DeadAddress()}, {4, a.address()}, {7, b.address()}}, {});
  EXPECT_EQ(CallKv(**client, kPut, nullptr).replica, 4u);
}

TEST(KvCallTest, CallsTheChosenReplicaOnly) {
  FakeReplica a(4), b(7);
  const std::vector<Endpoint> endpoints = {{4, a.address()}, {7, b.address()}};
  EXPECT_EQ(CallKv(**MakeKvClient(endpoints, {.replica = 7}), kPut, nullptr).replica, 7u);
  EXPECT_EQ(MakeKvClient(endpoints, {.replica = 5}).status().message(),
            "there is no replica 5. Choose one of 4, 7");
}

TEST(KvCallTest, AnInterruptionEndsTheCall) {
  FakeReplica slow(0, [](grpc::ServerContext& context, const v1::Command&) {
    while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return grpc::Status::CANCELLED;
  });
  const auto client = MakeKvClient({{0, slow.address()}}, {.timeout = absl::Seconds(60)});
  const Outcome outcome = CallKv(**client, kPut, [&slow] { return slow.proposals() > 0; });
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(outcome.written, Written::kUnknown);
}

TEST(KvCallTest, ClientsAreKeptByTheReplicaThatTheyAsk) {
  FakeReplica a(4), b(7);
  KvClients clients({{4, a.address()}, {7, b.address()}}, nullptr);
  const auto any = clients.Get({});
  const auto seven = clients.Get({.replica = 7});
  EXPECT_EQ(CallKv(**any, kPut, nullptr).replica, 4u);
  EXPECT_EQ(CallKv(**seven, kPut, nullptr).replica, 7u);
  EXPECT_EQ(*clients.Get({}), *any);
  EXPECT_EQ(*clients.Get({.replica = 7}), *seven);
  EXPECT_EQ(clients.Get({.replica = 5}).status().message(),
            "there is no replica 5. Choose one of 4, 7");
  EXPECT_EQ(clients.Get({.replica = 5}).status().message(),
            "there is no replica 5. Choose one of 4, 7");
}

TEST(KvCallTest, AnInterruptedCallLeavesTheClientAsItIs) {
  FakeReplica moody(0, [](grpc::ServerContext& context, const v1::Command& command) {
    while (command.key() == "slow" && !context.IsCancelled()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return grpc::Status::OK;
  });
  KvClients clients({{0, moody.address()}}, nullptr);
  Client& client = **clients.Get({.timeout = absl::Seconds(60)});
  const Outcome slow = CallKv(client, {{KeyCommand::Operation::kPut, "slow", "v"}},
                              [&moody] { return moody.proposals() > 0; });
  EXPECT_EQ(slow.status.code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(CallKv(client, kPut, [] { return false; }).ok());
}

}  // namespace
}  // namespace althing
