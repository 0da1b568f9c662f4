#include "althing/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "tests/client/library/fake_cluster.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using Operation = KeyCommand::Operation;

TEST(ClientTest, PutsGetsAppendsAndDeletes) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  Outcome outcome = client->Put("k", "a");
  EXPECT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_EQ(outcome.written, Written::kYes);
  EXPECT_FALSE(outcome.found());
  EXPECT_EQ(outcome.version(), 1u);
  EXPECT_EQ(client->Append("k", "b").version(), 2u);
  outcome = client->Get("k");
  EXPECT_EQ(outcome.value(), "ab");
  EXPECT_EQ(outcome.written, Written::kNo);
  EXPECT_TRUE(client->Delete("k").found());
  EXPECT_FALSE(client->Get("k").found());
  EXPECT_EQ(client->Get("k").version(), 3u);
}

TEST(ClientTest, AFailedConditionIsAnAnswer) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  EXPECT_TRUE(client->Put("k", "a", {.if_absent = true}).ok());
  const Outcome outcome = client->Put("k", "b", {.if_absent = true});
  EXPECT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome.condition_failed());
  EXPECT_EQ(outcome.written, Written::kNo);
  EXPECT_EQ(outcome.value(), "a");
  EXPECT_FALSE(client->Append("k", "b", {.if_version = 1}).condition_failed());
  EXPECT_FALSE(client->Delete("k", {.if_value = "ab"}).condition_failed());
}

TEST(ClientTest, ATransactionGivesOneResultOfEachCommand) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  const Outcome outcome = client->Transact(
      {{Operation::kPut, "a", "1"}, {Operation::kGet, "a"}, {Operation::kAppend, "b", "2"}});
  ASSERT_EQ(outcome.results.size(), 3u) << outcome.status;
  EXPECT_EQ(outcome.results[1].value, "1");
  EXPECT_EQ(outcome.written, Written::kYes);
  const Outcome no = client->Transact(
      {{Operation::kPut, "a", "x"}, {Operation::kPut, "b", "y", {.if_absent = true}}});
  EXPECT_TRUE(no.condition_failed());
  EXPECT_EQ(no.written, Written::kNo);
  EXPECT_EQ(cluster.Value("a"), "1");
}

TEST(ClientTest, EveryCallHasAFormWithACallback) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  std::vector<std::string> values;
  const auto wait = [&values](const std::function<void(Client::Callback)>& call) {
    std::promise<void> done;
    call([&](const Outcome& outcome) {
      values.push_back(absl::StrCat(outcome.value(), " ", outcome.version()));
      done.set_value();
    });
    done.get_future().wait();
  };
  wait([&](auto done) { client->Put("k", "a", {}, done); });
  wait([&](auto done) { client->Append("k", "b", {}, done); });
  wait([&](auto done) { client->Get("k", done); });
  wait([&](auto done) { client->Transact({{Operation::kGet, "k"}}, done); });
  wait([&](auto done) { client->Delete("k", {}, done); });
  EXPECT_THAT(values, ElementsAre(" 1", " 2", "ab 2", "ab 2", " 3"));
}

TEST(ClientTest, WhatMakesNoSenseIsNotSent) {
  FakeCluster cluster(1);
  const auto client = cluster.MakeClient();
  for (const Outcome& outcome :
       {client->Get(""), client->Transact({}),
        client->Put("k", "v", {.if_version = 1, .if_absent = true}),
        client->Transact({{Operation::kGet, "k", "v"}}),
        client->Transact({{Operation::kGet, "k", "", {.if_absent = true}}})}) {
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(outcome.tries, 0u);
  }
  EXPECT_TRUE(cluster.seen().empty());
}

TEST(ClientTest, RefusesOptionsThatCannotWork) {
  const std::vector<Endpoint> endpoints = {{0, "127.0.0.1:1"}};
  const auto code = [](ClientOptions options) { return Client::Create(options).status().code(); };
  EXPECT_EQ(code({}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.endpoints = endpoints, .timeout = absl::ZeroDuration()}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.endpoints = endpoints, .retry_share = 1.5}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.endpoints = endpoints, .rounds_max = 0}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.endpoints = endpoints}), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace althing
