// Sessions as the replicas see them.
#include "client/library/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/client/library/fake_cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using Operation = KeyCommand::Operation;

bool Opens(const v1::Request& request) { return request.has_open(); }
bool Keeps(const v1::Request& request) { return request.has_keep(); }

// The n-th proposal of commands (from 1) at any replica meets `act`.
FakeCluster::Behave Nth(int n, Act act) {
  return [=, count = std::make_shared<std::atomic<int>>(0)](size_t, const auto& request) {
    return HasCommands(request) && ++*count == n ? act : Act::kServe;
  };
}

TEST(SessionsTest, OneSessionServesAllWritesOfAPartitionAndIsClosedAtTheEnd) {
  FakeCluster cluster(3);
  {
    const auto client = cluster.MakeClient();
    std::vector<std::future<void>> answers;
    for (int i = 0; i < 20; ++i) {
      auto done = std::make_shared<std::promise<void>>();
      answers.push_back(done->get_future());
      client->Put("k", "x", {}, [done](const Outcome&) { done->set_value(); });
    }
    for (auto& answer : answers) answer.wait();
    EXPECT_EQ(cluster.open_sessions(), 1u);
  }
  EXPECT_EQ(cluster.CountSeen(Opens), 1u);
  EXPECT_EQ(cluster.open_sessions(), 0u);
  EXPECT_EQ(cluster.descriptions(), 1);
  std::set<uint64_t> numbers;
  for (const Seen& seen : cluster.seen()) {
    if (HasCommands(seen.request)) numbers.insert(seen.request.number());
  }
  EXPECT_EQ(numbers.size(), 20u);
  EXPECT_EQ(*numbers.rbegin(), 20u);
}

TEST(SessionsTest, CallsWaitForASessionThatIsSlowToOpen) {
  std::promise<void> opened;
  FakeCluster cluster(1, [may_open = opened.get_future().share()](size_t, const auto& request) {
    if (request.has_open()) may_open.wait();
    return Act::kServe;
  });
  const auto client = cluster.MakeClient();
  std::promise<Outcome> waiting;
  client->Put(
      "k", "x", {}, [&](const Outcome& outcome) { waiting.set_value(outcome); }, absl::Seconds(20));
  const Outcome late = client->Put("k", "y", {}, absl::Milliseconds(100));
  EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(late.status.message(), HasSubstr("before a session was opened"));
  EXPECT_EQ(late.written, Written::kNo);
  opened.set_value();
  EXPECT_TRUE(waiting.get_future().get().ok());
  EXPECT_EQ(cluster.Value("k"), "x");
}

TEST(SessionsTest, WithoutASessionNothingIsWritten) {
  FakeCluster cluster(2, [](size_t, const auto& request) {
    return request.has_open() ? Act::kOverloaded : Act::kServe;
  });
  const Outcome outcome = cluster.MakeClient()->Put("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(outcome.status.message(), "no session could be opened: the queue is full");
  EXPECT_EQ(outcome.written, Written::kNo);
}

TEST(SessionsTest, EachPartitionHasItsOwn) {
  FakeCluster cluster(2, nullptr, /*partitions=*/2);
  const auto client = cluster.MakeClient();
  std::string keys[2];  // One of each partition.
  for (int i = 0; keys[0].empty() || keys[1].empty(); ++i) {
    const std::string key = absl::StrCat("key", i);
    keys[client->Put(key, "x").partition] = key;
  }
  EXPECT_EQ(cluster.open_sessions(), 2u);
  for (const Seen& seen : cluster.seen()) {
    if (!HasCommands(seen.request)) continue;
    const Outcome read = client->Get(seen.request.commands(0).key());
    EXPECT_EQ(read.partition, seen.request.session().partition());
  }
  const Outcome both =
      client->Transact({{Operation::kPut, keys[0], "y"}, {Operation::kGet, keys[1]}});
  EXPECT_EQ(both.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(both.status.message(), HasSubstr("the keys lie in several partitions, 0 and 1"));
  EXPECT_EQ(cluster.Value(keys[0]), "x");
}

TEST(SessionsTest, AWriteThatMeetsAnExpiredSessionFirstGetsANewOne) {
  FakeCluster cluster(2, Nth(2, Act::kForget));
  const auto client = cluster.MakeClient();
  EXPECT_TRUE(client->Append("k", "a").ok());
  const Outcome outcome = client->Append("k", "b");
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(cluster.Value("k"), "ab");
  EXPECT_EQ(cluster.CountSeen(Opens), 2u);
  EXPECT_EQ(cluster.seen().back().request.number(), 1u) << "of the new session";
}

TEST(SessionsTest, AWriteThatMayHaveHappenedBeforeTheSessionExpiredIsNotRepeated) {
  const auto count = std::make_shared<std::atomic<int>>(0);
  FakeCluster cluster(2, [count](size_t, const auto& request) {
    const int n = HasCommands(request) ? ++*count : 0;
    return n == 1 ? Act::kExecuteBreak : n == 2 ? Act::kForget : Act::kServe;
  });
  const auto client = cluster.MakeClient();
  const Outcome outcome = client->Append("k", "a");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(outcome.written, Written::kUnknown);
  EXPECT_EQ(cluster.Value("k"), "a");
  EXPECT_TRUE(client->Append("k", "b").ok()) << "in another session";
  EXPECT_EQ(cluster.Value("k"), "ab");
}

TEST(SessionsTest, AnIdleSessionIsKeptOpen) {
  FakeCluster cluster(1, nullptr, 1, /*session_ms=*/150);
  const auto client = cluster.MakeClient();
  EXPECT_TRUE(client->Get("k").ok());
  EXPECT_TRUE(client->Put("k", "x").ok());
  EXPECT_TRUE(Eventually([&cluster] { return cluster.CountSeen(Keeps) >= 3; }));
  EXPECT_EQ(cluster.open_sessions(), 1u);
}

TEST(SessionsTest, AnIdleSessionThatIsGoneIsNotKept) {
  FakeCluster cluster(
      1,
      [](size_t, const auto& request) { return request.has_keep() ? Act::kForget : Act::kServe; },
      1, /*session_ms=*/60);
  const auto client = cluster.MakeClient();
  EXPECT_TRUE(client->Append("k", "a").ok());
  EXPECT_TRUE(Eventually([&cluster] { return cluster.CountSeen(Keeps) == 1; }));
  EXPECT_TRUE(client->Append("k", "b").ok());
  EXPECT_EQ(cluster.Value("k"), "ab");
  EXPECT_EQ(cluster.CountSeen(Opens), 2u);
}

TEST(SessionsTest, AnswersAreTrimmedBelowTheOldestCallUnderWay) {
  std::promise<void> go;
  FakeCluster cluster(1, [may_go = go.get_future().share()](size_t, const auto& request) {
    if (request.number() == 7) may_go.wait();
    return Act::kServe;
  });
  const auto client = cluster.MakeClient();
  const auto run = [&client](int count) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(client->Put("k", "x").ok());
  };
  run(6);
  std::promise<Outcome> held;
  client->Put(
      "k", "y", {}, [&held](const Outcome& o) { held.set_value(o); }, absl::Seconds(60));
  run(static_cast<int>(SessionNumbers::kTrimEvery));
  const auto lows = [&cluster] {
    std::vector<uint64_t> lows;
    for (const Seen& seen : cluster.seen()) {
      if (seen.request.has_trim()) lows.push_back(seen.request.trim().below());
    }
    return lows;
  };
  EXPECT_TRUE(Eventually([&] { return lows().size() == 1; }));
  EXPECT_EQ(lows().front(), 7u);
  go.set_value();
  EXPECT_TRUE(held.get_future().get().ok());
  run(static_cast<int>(SessionNumbers::kTrimEvery));
  EXPECT_TRUE(Eventually([&] { return lows().size() == 2; }));
  EXPECT_GT(lows().back(), SessionNumbers::kTrimEvery);
}

}  // namespace
}  // namespace althing
