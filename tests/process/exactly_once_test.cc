// The client library against real replicas whose connections and lives end at the worst moments:
// each write takes effect once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "althing/client.h"
#include "client/workload/random.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/proxy.h"

namespace althing {
namespace {

constexpr int kThreads = 6;
constexpr int kLostConnections = 40;

struct Appended {
  std::map<std::string, std::string> yes;  // Token -> its key.
  std::set<std::string> unknown;
  std::atomic<uint64_t> repeated = 0;
};

class ExactlyOnceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cluster_.StartAll());
    for (int i = 0; i < cluster_.members(); ++i) {
      proxies_.push_back(std::make_unique<Proxy>(cluster_.client_port(i)));
    }
  }

  std::unique_ptr<Client> MakeLibrary(ClientOptions options) const {
    for (size_t i = 0; i < proxies_.size(); ++i) {
      options.endpoints.push_back(
          {static_cast<uint32_t>(i), absl::StrCat("127.0.0.1:", proxies_[i]->port())});
    }
    options.retry_burst = 100'000;
    return *Client::Create(std::move(options));
  }

  // Each thread appends a token of its own, again and again until `stop`: in turn to a key of its
  // own and to one that all share.
  void Append(Client& client, int thread, const std::atomic<bool>& stop) {
    for (int i = 0; !stop; ++i) {
      const std::string name = i % 4 == 0 ? "shared" : absl::StrCat("key", thread);
      const std::string token = absl::StrCat(thread, ".", i);
      const Outcome outcome = client.Append(name, token + ";");
      const std::lock_guard lock(mutex_);
      keys_.insert(name);
      if (outcome.repeated) ++appended_.repeated;
      if (outcome.written == Written::kYes) appended_.yes[token] = name;
      if (outcome.written == Written::kUnknown) appended_.unknown.insert(token);
      ++done_;
    }
  }

  void RunThreads(Client& client, const std::function<void()>& disturb) {
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] { Append(client, t, stop); });
    }
    disturb();
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }

  bool WaitProgress(uint64_t count) {
    const uint64_t goal = done_ + count;
    return WaitUntil([&] { return done_ >= goal; });
  }

  // How often each token is in the values of all keys.
  std::map<std::string, int> CountTokens(Client& client) {
    std::map<std::string, int> counts;
    for (const std::string& key : keys_) {
      const Outcome outcome = client.Get(key);
      EXPECT_TRUE(outcome.ok()) << key << ": " << outcome.status;
      for (const auto part : absl::StrSplit(outcome.value(), ';', absl::SkipEmpty())) {
        ++counts[std::string(part)];
      }
    }
    return counts;
  }

  // Each append took effect, and did so once.
  void ExpectEachTokenOnce(Client& client) {
    EXPECT_TRUE(appended_.unknown.empty()) << *appended_.unknown.begin();
    EXPECT_EQ(appended_.yes.size(), done_.load());
    const std::map<std::string, int> counts = CountTokens(client);
    EXPECT_EQ(counts.size(), appended_.yes.size());
    for (const auto& [token, count] : counts) EXPECT_EQ(count, 1) << token;
    for (const auto& [token, key] : appended_.yes) {
      EXPECT_TRUE(counts.contains(token)) << token << " of " << key << " is lost";
    }
  }

  // Commits leave late, so that whoever dies or pauses has decided what nobody else knows.
  Cluster cluster_{5, {{"debug", {{"commit_delay_ms", 20}}}}};
  std::vector<std::unique_ptr<Proxy>> proxies_;
  std::atomic<uint64_t> done_ = 0;
  std::mutex mutex_;
  std::set<std::string> keys_;
  Appended appended_;
};

TEST_F(ExactlyOnceTest, AWriteOfWhichTheAnswerWasLostIsAnsweredElsewhereAndCountsOnce) {
  const auto client = MakeLibrary({.timeout = absl::Seconds(60)});
  ASSERT_EQ(client->Append("warm", "x").replica, 0u);
  proxies_[0]->Mute();
  std::promise<Outcome> promise;
  client->Append("key", "x", {}, [&](const Outcome& outcome) { promise.set_value(outcome); });
  ASSERT_TRUE(WaitUntil([this] { return cluster_.Get(1, "key") == "x version 1"; }));
  proxies_[0]->Cut();
  const Outcome outcome = promise.get_future().get();
  ASSERT_TRUE(outcome.ok()) << outcome.status;
  EXPECT_TRUE(outcome.repeated);
  EXPECT_EQ(outcome.version(), 1u);
  EXPECT_NE(outcome.replica, 0u);
  EXPECT_EQ(outcome.instance.substr(0, 2), "0.") << "the instance that carried it first";
  for (int i = 0; i < cluster_.members(); ++i) EXPECT_EQ(cluster_.Get(i, "key"), "x version 1");
}

TEST_F(ExactlyOnceTest, EachAppendThroughConnectionsThatAreCutTakesEffectOnce) {
  const auto client =
      MakeLibrary({.choice = ClientOptions::Choice::kRoundRobin, .timeout = absl::Seconds(30)});
  RunThreads(*client, [this] {
    Random random(2026);
    for (int cut = 0; cut < kLostConnections; ++cut) {
      EXPECT_TRUE(WaitProgress(1 + random.Below(40)));
      proxies_[random.Below(proxies_.size())]->Cut();
    }
  });
  EXPECT_GT(appended_.repeated.load(), 0u) << "answers that were lost";
  ExpectEachTokenOnce(*client);
}

TEST_F(ExactlyOnceTest, EachAppendTakesEffectOnceWhileTwoOfFiveDie) {
  const auto client =
      MakeLibrary({.choice = ClientOptions::Choice::kRoundRobin, .timeout = absl::Seconds(30)});
  RunThreads(*client, [&] {
    EXPECT_TRUE(WaitProgress(200));
    for (const int victim : {4, 0}) {
      cluster_.Kill(victim);
      // All threads go on, each with both of its keys.
      EXPECT_TRUE(WaitProgress(400));
    }
  });
  ExpectEachTokenOnce(*client);
}

TEST_F(ExactlyOnceTest, EachAppendTakesEffectOnceWhileAReplicaIsPaused) {
  const auto client =
      MakeLibrary({.choice = ClientOptions::Choice::kRoundRobin, .timeout = absl::Seconds(30)});
  RunThreads(*client, [&] {
    EXPECT_TRUE(WaitProgress(200));
    cluster_.replica(2).Signal(SIGSTOP);
    const auto stopped = std::chrono::steady_clock::now();
    // The others finish what it began, whoever waits for that.
    EXPECT_TRUE(WaitUntil([&] {
      const Answer answer = cluster_.Put(0, "beside", "x");
      return answer.status.ok() &&
             std::chrono::steady_clock::now() - stopped > std::chrono::seconds(2);
    }));
    cluster_.replica(2).Signal(SIGCONT);
    EXPECT_TRUE(WaitProgress(400));
  });
  ExpectEachTokenOnce(*client);
  EXPECT_TRUE(cluster_.WaitExecuted());
}

}  // namespace
}  // namespace althing
