#include "client/althing_target.h"

#include <gtest/gtest.h>

#include <atomic>

#include "client/library/loop.h"
#include "client/load_loop.h"
#include "pb/call_metadata.h"
#include "tests/check/history.h"
#include "tests/client/fake_replica.h"

namespace althing {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

TEST(AlthingTargetTest, WritesAndReadsWithTheirOutcome) {
  FakeReplica replica(0);
  AdminClient client({{0, replica.address()}}, {});
  AlthingTarget target({&client}, {0}, kTimeout);
  target.Reserve(2);
  const auto await = [&] { return target.Next(NowNs() + 5'000'000'000); };
  target.Start(1, {.read = true, .key = "k"});
  EXPECT_EQ(await(), 1u);
  EXPECT_TRUE(target.End(1).status.ok());
  EXPECT_FALSE(target.End(1).found);
  target.Start(0, {.key = "k", .value = "v"});
  EXPECT_EQ(await(), 0u);
  target.Start(1, {.read = true, .key = "k"});
  EXPECT_EQ(await(), 1u);
  EXPECT_TRUE(target.End(1).found);
  EXPECT_EQ(target.Next(NowNs()), std::nullopt);
}

TEST(AlthingTargetTest, OperationsTakeTurnsOverTheRouteAndClients) {
  FakeReplica a(0), b(1);
  AdminClient one({{0, a.address()}, {1, b.address()}}, {}),
      two({{0, a.address()}, {1, b.address()}}, {});
  AlthingTarget target({&one, &two}, {0, 1}, kTimeout);
  Generator generator({});
  LoadLoop loop(target, generator, {.concurrency = 6});
  EXPECT_EQ(loop.Run({.operations = 100}, {}).all.ok, 100u);
  EXPECT_EQ(a.proposals(), 50);
  EXPECT_EQ(b.proposals(), 50);
}

TEST(AlthingTargetTest, ALateAnswerIsAnErrorAndACancelledCallSaysSo) {
  std::atomic<bool> leave = false;
  FakeReplica replica(0, [&leave](grpc::ServerContext& context, const v1::Command&) {
    while (!leave && !context.IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::OK;
  });
  AdminClient client({{0, replica.address()}}, {});
  ASSERT_TRUE(client.Connect(0, kTimeout));
  AlthingTarget hasty({&client}, {0}, absl::Milliseconds(50));
  hasty.Reserve(1);
  hasty.Start(0, {.key = "k", .value = "v"});
  EXPECT_EQ(hasty.Next(NowNs() + 5'000'000'000), 0u);
  EXPECT_EQ(hasty.End(0).status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(hasty.End(0).cancelled);
  AlthingTarget patient({&client}, {0}, kTimeout);
  patient.Reserve(1);
  patient.Start(0, {.key = "k", .value = "v"});
  patient.CancelAll();
  EXPECT_EQ(patient.Next(NowNs() + 5'000'000'000), 0u);
  EXPECT_TRUE(patient.End(0).cancelled);
  leave = true;
}

TEST(AlthingTargetTest, TheHistoryHasEachOperationWithItsOutcome) {
  std::atomic<int> calls = 0;
  FakeReplica replica(0, [&calls](grpc::ServerContext& context, const v1::Command&) {
    const int call = calls++;
    if (call == 1) context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
    if (call == 2) context.AddTrailingMetadata(kWrittenKey, kWrittenUnknown);
    return call == 1 || call == 2 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "no")
                                  : grpc::Status::OK;
  });
  AdminClient client({{0, replica.address()}}, {});
  AlthingTarget target({&client}, {0}, kTimeout);
  Generator generator({.conflict_percent = 100});
  std::string lines;
  LoadLoop loop(target, generator, {.concurrency = 1, .on_access = [&](const LoadAccess& access) {
                                      lines += target.History(access.slot, access.sent_ns,
                                                              access.ended_ns);
                                    }});
  loop.Run({.operations = 4, .writes_only = true}, {});
  const auto history = check::ParseHistory(lines);
  ASSERT_TRUE(history.ok()) << history.status();
  std::vector<check::Outcome> outcomes;
  int64_t last_ns = 0;
  for (const check::Operation& operation : *history) {
    outcomes.push_back(operation.outcome);
    EXPECT_EQ(operation.client, "0");
    EXPECT_EQ(operation.key, "althing-conflict");
    EXPECT_GE(operation.call_ns, last_ns);
    last_ns = operation.return_ns;
  }
  EXPECT_EQ(outcomes, (std::vector{check::Outcome::kOk, check::Outcome::kFailed,
                                   check::Outcome::kUnknown, check::Outcome::kOk}));
}

}  // namespace
}  // namespace althing
