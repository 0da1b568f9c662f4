// Where a call goes when replicas fail, seen from the library's users.
#include "client/library/failover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/client/library/fake_cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// `act` at the first proposal of commands that the replica gets, or at all of them.
FakeCluster::Behave Once(size_t replica, Act act) {
  return [=, done = std::make_shared<std::atomic<bool>>(false)](size_t at, const auto& request) {
    if (at != replica || !HasCommands(request) || done->exchange(true)) return Act::kServe;
    return act;
  };
}
FakeCluster::Behave Always(size_t replica, Act act) {
  return [=](size_t at, const auto& request) {
    return at == replica && HasCommands(request) ? act : Act::kServe;
  };
}
FakeCluster::Behave Everywhere(Act act) {
  return [=](size_t, const auto& request) { return HasCommands(request) ? act : Act::kServe; };
}

TEST(FailoverTest, AWriteThatWasExecutedBeforeTheConnectionBrokeCountsOnce) {
  FakeCluster cluster(3, Once(0, Act::kExecuteBreak));
  const auto client = cluster.MakeClient();
  const Outcome outcome = client->Append("k", "x");
  ASSERT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_TRUE(outcome.repeated);
  EXPECT_EQ(outcome.version(), 1u) << "the first answer";
  EXPECT_EQ(outcome.replica, 1u);
  EXPECT_EQ(outcome.tries, 2u);
  EXPECT_EQ(cluster.Value("k"), "x");
  const std::vector<Seen> seen = cluster.seen();
  const v1::Request& first = seen[seen.size() - 2].request;
  EXPECT_EQ(first.number(), 1u);
  EXPECT_EQ(first.SerializeAsString(), seen.back().request.SerializeAsString());
}

TEST(FailoverTest, AWriteThatWasLostOnTheWayIsWrittenElsewhere) {
  FakeCluster cluster(3, Once(0, Act::kBreak));
  const Outcome outcome = cluster.MakeClient()->Append("k", "x");
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_FALSE(outcome.repeated);
  EXPECT_EQ(cluster.Value("k"), "x");
}

TEST(FailoverTest, WithoutSessionsAnUnknownOutcomeIsNeverRepeated) {
  FakeCluster cluster(3, Once(0, Act::kExecuteBreak));
  ClientOptions options = cluster.options();
  options.exactly_once = false;
  const auto client = *Client::Create(options);
  const Outcome outcome = client->Append("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(outcome.written, Written::kUnknown);
  EXPECT_EQ(outcome.tries, 1u);
  EXPECT_THAT(outcome.where, HasSubstr("replica 0 (127.0.0.1:"));
  EXPECT_EQ(cluster.open_sessions(), 0u);
}

TEST(FailoverTest, WithoutSessionsARefusedWriteGoesElsewhere) {
  FakeCluster cluster(3, Always(0, Act::kRefuse));
  ClientOptions options = cluster.options();
  options.exactly_once = false;
  const Outcome outcome = (*Client::Create(options))->Append("k", "x");
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(cluster.Value("k"), "x");
}

TEST(FailoverTest, AReplicaThatRefusesIsLeftOutForAWhile) {
  FakeCluster cluster(2, Always(0, Act::kRefuse));
  const auto client = cluster.MakeClient();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client->Append("k", "x").replica, 1u);
  size_t at_first = 0;
  for (const Seen& seen : cluster.seen())
    at_first += seen.replica == 0 && HasCommands(seen.request);
  EXPECT_LE(at_first, 3u);
}

TEST(FailoverTest, AReplicaThatHangsDoesNotEatTheDeadline) {
  FakeCluster cluster(2, Always(0, Act::kHang));
  const auto client = cluster.MakeClient();
  const absl::Time begin = absl::Now();
  const Outcome outcome = client->Append("k", "x", {}, absl::Seconds(2));
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(outcome.replica, 1u);
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(1500));
  const absl::Time second = absl::Now();
  EXPECT_TRUE(client->Append("k", "x", {}, absl::Seconds(20)).ok());
  EXPECT_LT(absl::Now() - second, absl::Seconds(4)) << "it is known to hang";
  EXPECT_EQ(cluster.Value("k"), "xx");
}

TEST(FailoverTest, TheFirstAnswerCountsAlsoOfAReplicaThatTookLong) {
  std::promise<void> second_asked;
  FakeCluster cluster(2, [&, asked = second_asked.get_future().share()](size_t at, const auto& r) {
    if (!HasCommands(r)) return Act::kServe;
    if (at == 0) asked.wait();
    if (at == 1) second_asked.set_value();
    return at == 1 ? Act::kHang : Act::kServe;
  });
  const Outcome outcome = cluster.MakeClient()->Append("k", "x", {}, absl::Seconds(4));
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(outcome.replica, 0u);
  EXPECT_EQ(outcome.tries, 2u);
}

TEST(FailoverTest, AReadGoesOnUntilItIsAnswered) {
  FakeCluster cluster(3, [](size_t at, const auto& request) {
    if (!HasCommands(request)) return Act::kServe;
    return at == 0 ? Act::kBreak : at == 1 ? Act::kRefuse : Act::kServe;
  });
  const Outcome outcome = cluster.MakeClient()->Get("k");
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(outcome.tries, 3u);
  EXPECT_EQ(cluster.open_sessions(), 0u) << "reads need none";
}

TEST(FailoverTest, OverloadIsNotAnsweredWithMoreLoad) {
  FakeCluster cluster(3, Always(0, Act::kOverloaded));
  const Outcome outcome = cluster.MakeClient()->Put("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(outcome.status.message(), "the queue is full");
  EXPECT_EQ(outcome.written, Written::kNo);
  EXPECT_EQ(outcome.tries, 1u);
}

TEST(FailoverTest, TheBudgetEndsTheRetries) {
  FakeCluster cluster(3, Everywhere(Act::kRefuse));
  ClientOptions options = cluster.options();
  options.retry_share = 0;
  options.retry_burst = 4;
  options.timeout = absl::Seconds(60);
  const auto client = *Client::Create(options);
  const Outcome outcome = client->Put("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(outcome.status.message(), HasSubstr("; the retry budget is used up"));
  EXPECT_EQ(outcome.written, Written::kNo);
  EXPECT_EQ(outcome.tries, 5u);
  EXPECT_EQ(client->Put("k", "x").tries, 1u) << "the budget is everyone's";
}

TEST(FailoverTest, TheRoundsEndTheRetries) {
  FakeCluster cluster(3, Everywhere(Act::kRefuse));
  ClientOptions options = cluster.options();
  options.rounds_max = 2;
  const Outcome outcome = (*Client::Create(options))->Put("k", "x");
  EXPECT_EQ(outcome.tries, 6u);
  EXPECT_THAT(outcome.status.message(), HasSubstr("): alone; replica 1 (127.0.0.1:"));
  EXPECT_THAT(outcome.status.message(), Not(HasSubstr("budget")));
}

TEST(FailoverTest, WhereNobodyListensNothingIsWritten) {
  ClientOptions options = {.endpoints = FakeCluster(2).endpoints(), .rounds_max = 2};
  const Outcome outcome = (*Client::Create(options))->Put("k", "x");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(outcome.status.message(), HasSubstr("): no connection could be made; replica 1"));
  EXPECT_EQ(outcome.written, Written::kNo);
  EXPECT_EQ(outcome.tries, 0u);
  options.rounds_max = std::nullopt;
  options.timeout = absl::Milliseconds(300);
  const Outcome late = (*Client::Create(options))->Get("k");
  EXPECT_EQ(late.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(late.status.message(), HasSubstr("the deadline passed: replica 0"));
}

TEST(FailoverTest, ADeadlineWithoutAnAnswerLeavesTheOutcomeUnknown) {
  FakeCluster cluster(2, Everywhere(Act::kHang));
  const Outcome outcome = cluster.MakeClient()->Put("k", "x", {}, absl::Milliseconds(400));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(outcome.written, Written::kUnknown);
  EXPECT_EQ(outcome.tries, 2u);
}

TEST(FailoverTest, AReplicaThatReturnsIsFoundSoon) {
  FakeCluster cluster(2);
  const auto client = cluster.MakeClient();
  EXPECT_EQ(client->Get("k").replica, 0u);
  cluster.Stop(0);
  EXPECT_EQ(client->Get("k").replica, 1u);
  cluster.Start(0);
  const absl::Time returned = absl::Now();
  EXPECT_TRUE(Eventually([&client] { return client->Get("k").replica == 0; }));
  EXPECT_LT(absl::Now() - returned, absl::Seconds(2));
}

TEST(FailoverTest, RoundRobinUsesAllReplicas) {
  FakeCluster cluster(3);
  ClientOptions options = cluster.options();
  options.choice = ClientOptions::Choice::kRoundRobin;
  const auto client = *Client::Create(options);
  std::set<uint32_t> replicas;
  EXPECT_TRUE(Eventually([&] {
    replicas.insert(client->Get("k").replica);
    return replicas.size() == 3;
  }));
}

}  // namespace
}  // namespace althing
