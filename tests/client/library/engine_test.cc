// Threads, callbacks and the end of a client.
#include "client/library/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/client/library/fake_cluster.h"

namespace althing {
namespace {

TEST(EngineTest, ManyThreadsOnReplicasThatFailAllTheTimeAppendEachOnce) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 60;
  std::atomic<int> count = 0;
  FakeCluster cluster(3, [&count](size_t, const auto&) {
    switch (++count % 12) {
      case 3:
        return Act::kExecuteBreak;
      case 6:
        return Act::kBreak;
      case 9:
        return Act::kRefuse;
      default:
        return Act::kServe;
    }
  });
  ClientOptions options = cluster.options();
  options.choice = ClientOptions::Choice::kRoundRobin;
  options.timeout = absl::Seconds(30);
  options.retry_burst = 10'000;
  const auto client = *Client::Create(options);
  std::atomic<int> repeated = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAppends; ++i) {
        const Outcome outcome = client->Append("k", absl::StrCat(t, ".", i, ";"));
        EXPECT_TRUE(outcome.ok()) << outcome.status;
        if (outcome.repeated) ++repeated;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> parts = absl::StrSplit(cluster.Value("k"), ';', absl::SkipEmpty());
  EXPECT_EQ(parts.size(), kThreads * kAppends);
  std::sort(parts.begin(), parts.end());
  EXPECT_EQ(std::adjacent_find(parts.begin(), parts.end()), parts.end());
  EXPECT_GT(repeated, 0);
}

TEST(EngineTest, ACallbackMayBeginCallsButNotWaitForThem) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  std::promise<Outcome> second, waited;
  client->Put("k", "x", {}, [&](const Outcome&) {
    waited.set_value(client->Get("k"));
    client->Get("k", [&](const Outcome& outcome) { second.set_value(outcome); });
  });
  EXPECT_EQ(waited.get_future().get().status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(second.get_future().get().value(), "x");
}

TEST(EngineTest, CloseWaitsForTheCallsUnderWay) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  std::atomic<int> answered = 0;
  for (int i = 0; i < 50; ++i) {
    client->Put("k", "x", {}, [&answered](const Outcome& o) { answered += o.ok(); });
  }
  client->Close(absl::Seconds(20));
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(cluster.open_sessions(), 0u);
  const Outcome outcome = client->Put("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(outcome.written, Written::kNo);
}

TEST(EngineTest, CloseEndsWhatDoesNotEndInTime) {
  FakeCluster cluster(1, [](size_t, const auto& request) {
    return request.commands_size() > 0 ? Act::kHang : Act::kServe;
  });
  const auto client = cluster.MakeClient();
  std::promise<Outcome> held;
  client->Put(
      "k", "x", {}, [&held](const Outcome& o) { held.set_value(o); }, absl::Seconds(60));
  EXPECT_TRUE(Eventually([&cluster] { return cluster.seen().size() == 2; }));
  client->Close(absl::Milliseconds(50));
  const Outcome outcome = held.get_future().get();
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(outcome.written, Written::kUnknown);
}

TEST(EngineTest, CancelEndsTheCallsUnderWayAndTheClientGoesOn) {
  FakeCluster cluster(2, [](size_t, const auto& request) {
    const bool slow = request.commands_size() > 0 && request.commands(0).key() == "slow";
    return slow ? Act::kHang : Act::kServe;
  });
  const auto client = cluster.MakeClient();
  EXPECT_TRUE(client->Put("k", "x").ok());
  std::promise<Outcome> write, read;
  const absl::Duration long_time = absl::Seconds(60);
  client->Put(
      "slow", "x", {}, [&write](const Outcome& o) { write.set_value(o); }, long_time);
  client->Get(
      "slow", [&read](const Outcome& o) { read.set_value(o); }, long_time);
  EXPECT_TRUE(Eventually([&cluster] {
    return cluster.CountSeen([](const v1::Request& request) {
      return request.commands_size() > 0 && request.commands(0).key() == "slow";
    }) == 2;
  }));
  client->CancelCalls();
  const Outcome written = write.get_future().get();
  EXPECT_EQ(written.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(written.written, Written::kUnknown);
  const Outcome got = read.get_future().get();
  EXPECT_EQ(got.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(got.written, Written::kNo);
  EXPECT_TRUE(client->Append("k", "y").ok());
  EXPECT_EQ(cluster.Value("k"), "xy");
  EXPECT_EQ(cluster.CountSeen([](const v1::Request& request) { return request.has_open(); }), 1u);
  client->Close(absl::Seconds(20));
  EXPECT_EQ(cluster.open_sessions(), 0u);
}

TEST(EngineTest, AWriteThatIsCancelledBeforeItHasASessionIsNeverSent) {
  std::atomic<bool> opens = false;
  FakeCluster cluster(1, [&opens](size_t, const v1::Request& request) {
    return request.has_open() && !opens ? Act::kRefuse : Act::kServe;
  });
  const auto client = cluster.MakeClient();
  std::promise<Outcome> held;
  const absl::Duration long_time = absl::Seconds(20);
  client->Put(
      "k", "x", {}, [&held](const Outcome& o) { held.set_value(o); }, long_time);
  EXPECT_TRUE(Eventually([&cluster] { return !cluster.seen().empty(); }));
  client->CancelCalls();
  const Outcome outcome = held.get_future().get();
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(outcome.written, Written::kNo);
  opens = true;
  EXPECT_TRUE(client->Put("k", "y", {}, long_time).ok());
  EXPECT_EQ(cluster.Value("k"), "y");
  EXPECT_EQ(cluster.CountSeen([](const auto& request) { return request.commands_size() > 0; }), 1u);
}

TEST(EngineTest, ACallbackMayCloseTheClient) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  std::promise<void> closed;
  client->Put("k", "x", {}, [&](const Outcome&) {
    client->Close(absl::Seconds(5));
    closed.set_value();
  });
  closed.get_future().wait();
  EXPECT_TRUE(Eventually(
      [&client] { return client->Get("k").status.code() == absl::StatusCode::kCancelled; }));
}

TEST(EngineTest, AClientThatReachesNobodyEndsAtOnce) {
  const ClientOptions options = {.endpoints = FakeCluster(2).endpoints()};
  const absl::Time begin = absl::Now();
  {
    const auto client = *Client::Create(options);
    client->Get("k", [](const Outcome&) {});
    client->Close(absl::ZeroDuration());
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1));
}

}  // namespace
}  // namespace althing
