// Replicas between which the network is cut, wholly, one way or in part: whoever is connected with
// a quorum goes on, the others refuse, and when all is well again all hold the same.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/aftermath.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"
#include "tests/process/network.h"
#include "tests/process/proxy.h"

namespace althing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// On the clock of a history.
int64_t NowNs() { return Clock::now().time_since_epoch().count(); }

constexpr int kKeys = 6;
constexpr uint64_t kCalls = 100;
// Within this time each key goes on.
constexpr milliseconds kGoOn{2000};
// ... where one alone has a quorum, and all that the others left is for it to finish. They say that
// they are at work on it until they have noticed that they are cut off.
constexpr milliseconds kAloneGoesOn{4000};
// After this time what a fault has done to latencies is over.
constexpr milliseconds kRecovered{2000};
// A dead connection is noticed within 3 s.
constexpr std::chrono::seconds kNoticed{4};

// Clients are outside of the network and reach each replica at any time.
class PartitionTest : public testing::Test {
 protected:
  void SetUp() override {
    cluster_ = std::make_unique<Cluster>(kFive);
    const std::string obstacle = Network::Obstacle(cluster_->directory());
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
    network_ = std::make_unique<Network>(kFive, cluster_->directory());
    Json replicas = Json::array();
    for (int i = 0; i < kFive; ++i) {
      replicas.push_back({{"id", i},
                          {"host", Network::Host(i)},
                          {"client_port", cluster_->client_port(i)},
                          {"peer_port", cluster_->peer_port(i)}});
    }
    const std::string config = cluster_->WriteConfig("inside.json", {{"replicas", replicas}});
    for (int i = 0; i < kFive; ++i) {
      network_->member(i).Run([&] { cluster_->StartWith(i, config); });
      const int port = cluster_->client_port(i);
      proxies_.push_back(std::make_unique<Proxy>(
          ProxyRoute{.target_port = port,
                     .target_address = Network::Host(i),
                     .own_port = port,
                     .there = [this](const auto& action) { network_->router().Run(action); }}));
    }
    ASSERT_TRUE(cluster_->WaitLinked());
  }

  void TearDown() override {
    proxies_.clear();
    cluster_.reset();
    network_.reset();
  }

  // Clients of all replicas, on few keys: whoever goes on meets what the others left.
  void StartLoad() {
    load_.emplace(*cluster_, LoadPlan{.replicas = {0, 1, 2, 3, 4},
                                      .clients = 10,
                                      .keys = kKeys,
                                      .operations_max = kNoEnd,
                                      .timeout = absl::Seconds(2),
                                      .all_operations = true,
                                      .after_failure = absl::Milliseconds(20)});
    ASSERT_TRUE(load_->WaitProgress(kCalls));
  }

  // Each of these decides and executes writes of all keys.
  void ExpectServe(const std::vector<int>& replicas) {
    const milliseconds bound = replicas.size() == 1 ? kAloneGoesOn : kGoOn;
    for (const int i : replicas) {
      const auto longest = WriteAllKeys(*load_, i, kKeys).longest;
      EXPECT_LT(longest, bound) << "at replica " << i;
      longest_ = std::max(longest_, std::chrono::duration_cast<milliseconds>(longest));
    }
  }

  // Each of these notices that it is cut off, and then says so at once.
  void ExpectRefuse(const std::vector<int>& replicas) {
    const auto client = cluster_->MakeClient();
    for (const int i : replicas) {
      const auto at = static_cast<size_t>(i);
      EXPECT_TRUE(client->Connect(at, kCallTimeout));
      EXPECT_TRUE(WaitUntil([&] { return !client->Status({at}, kCallTimeout)[0].reply.ready(); }))
          << "replica " << i;
      const auto begin = Clock::now();
      const Answer answer =
          client->Propose(at, MakeCommand(v1::OPERATION_PUT, KeyOfLoad(0), "lost"), kCallTimeout);
      EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable) << i << answer.status;
      EXPECT_TRUE(answer.refused) << i << ": it is known not to have been written";
      EXPECT_LT(Clock::now() - begin, kGoOn) << "replica " << i;
    }
  }

  // The network is whole again: everybody serves, nothing is left undecided, and clients saw one
  // store all the time.
  History ExpectRecovery() {
    network_->Heal();
    EXPECT_TRUE(cluster_->WaitLinked());
    ExpectServe({0, 1, 2, 3, 4});
    std::cout << "the longest write took " << longest_.count() << " ms\n";
    History history = load_->Stop();
    EXPECT_EQ(FindContradiction(history), "");
    EXPECT_GT(SuccessfulWrites(history).size(), 0u);
    for (const std::string& code : load_->ErrorCodes()) {
      EXPECT_THAT(code, testing::AnyOf("UNAVAILABLE", "DEADLINE_EXCEEDED"));
    }
    ExpectAllDecided(*cluster_, {0, 1, 2, 3, 4});
    ExpectAgreement(*cluster_, kKeys);
    return history;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Network> network_;
  std::vector<std::unique_ptr<Proxy>> proxies_;
  std::optional<Load> load_;
  milliseconds longest_{0};  // Of the writes that were to succeed.
};

// In milliseconds, of what clients called within this time; that all of it succeeded is demanded
// too.
double Percentile99(const History& history, int64_t from_ns, int64_t to_ns) {
  std::vector<double> took_ms;
  for (const check::Operation& operation : history) {
    if (operation.call_ns < from_ns || operation.call_ns >= to_ns) continue;
    EXPECT_EQ(operation.outcome, check::Outcome::kOk);
    took_ms.push_back(static_cast<double>(operation.return_ns - operation.call_ns) / 1e6);
  }
  EXPECT_GE(took_ms.size(), 100u);
  if (took_ms.empty()) return 0;
  std::ranges::sort(took_ms);
  return took_ms[took_ms.size() * 99 / 100];
}

struct Topology {
  std::string name;
  std::vector<std::pair<int, int>> links;  // What is left.
  std::vector<int> serve, refuse;
};

void PrintTo(const Topology& topology, std::ostream* out) { *out << topology.name; }

class TopologyTest : public PartitionTest, public testing::WithParamInterface<Topology> {};

TEST_P(TopologyTest, WhoeverIsConnectedWithAQuorumGoesOn) {
  const Topology& topology = GetParam();
  StartLoad();
  network_->Set(network_->AllBut(topology.links));
  const auto cut = Clock::now();
  // Before the connections are known to be dead, and after it.
  ExpectServe(topology.serve);
  ExpectRefuse(topology.refuse);
  do {
    ExpectServe(topology.serve);
  } while (Clock::now() - cut < kNoticed);
  ExpectServe(topology.serve);
  ExpectRecovery();
}

INSTANTIATE_TEST_SUITE_P(
    All, TopologyTest,
    testing::Values(
        Topology{"MajorityAndMinority", {{0, 1}, {1, 2}, {0, 2}, {3, 4}}, {0, 1, 2}, {3, 4}},
        Topology{"OneCutOff", {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}, {0, 1, 2, 3}, {4}},
        // One alone has a quorum.
        Topology{"QuorumLoss", {{0, 1}, {0, 2}, {0, 3}, {0, 4}}, {0}, {1, 2, 3, 4}},
        Topology{"Chained", {{0, 1}, {1, 2}, {2, 3}, {3, 4}}, {1, 2, 3}, {0, 4}},
        // No two have the same quorum.
        Topology{"Ring", {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 0}}, {0, 1, 2, 3, 4}, {}}),
    [](const auto& info) { return info.param.name; });

TEST_F(PartitionTest, WhoAloneReachesAllCatchesUpAndServesThoughItMissedMuch) {
  StartLoad();
  network_->Set(network_->AllBut({{1, 2}, {1, 3}, {1, 4}, {2, 3}, {2, 4}, {3, 4}}));
  ExpectRefuse({0});
  const uint64_t before = cluster_->Metrics(1)["ExecutedCommands"];
  ASSERT_TRUE(WaitUntil(
      [&] { return cluster_->Metrics(1)["ExecutedCommands"].get<uint64_t>() >= before + 500; }));
  // Nobody else has a quorum now.
  network_->Set(network_->AllBut({{0, 1}, {0, 2}, {0, 3}, {0, 4}}));
  const auto alone = Clock::now();
  const auto client = cluster_->MakeClient();
  ASSERT_TRUE(client->Connect(0, kCallTimeout));
  EXPECT_TRUE(WaitUntil([&] { return client->Status({0}, kCallTimeout)[0].reply.ready(); }));
  ExpectServe({0});
  std::cout << "alone, it served after "
            << std::chrono::duration_cast<milliseconds>(Clock::now() - alone).count() << " ms\n";
  ExpectRefuse({1, 2, 3, 4});
  ExpectServe({0});
  ExpectRecovery();
}

TEST_F(PartitionTest, OneThatHearsNobodyAndIsHeardByAllDoesNotStopTheOthers) {
  StartLoad();
  network_->Set({{1, 0}, {2, 0}, {3, 0}, {4, 0}});
  ExpectServe({1, 2, 3, 4});
  ExpectRefuse({0});
  ExpectServe({1, 2, 3, 4});
  ExpectRecovery();
}

TEST_F(PartitionTest, OneThatIsHeardByNobodyAndHearsAllDoesNotStopTheOthers) {
  StartLoad();
  network_->Set({{0, 1}, {0, 2}, {0, 3}, {0, 4}});
  ExpectServe({1, 2, 3, 4});
  ExpectRefuse({0});
  ExpectServe({1, 2, 3, 4});
  ExpectRecovery();
}

TEST_F(PartitionTest, AFlappingLinkHarmsNobodyForLong) {
  constexpr int kFlaps = 20;
  uint64_t lost = 0;
  StartLoad();
  const int64_t healthy = NowNs();
  ASSERT_TRUE(load_->WaitProgress(10 * kCalls));
  const int64_t flaps = NowNs();
  for (int flap = 0; flap < kFlaps; ++flap) {
    network_->Set(flap % 2 == 0 ? std::vector<Network::Way>{{0, 1}, {1, 0}}
                                : std::vector<Network::Way>());
    const auto until = Clock::now() + milliseconds(200);
    do {
      const int at = flap % kFive;
      const absl::Status status = load_->Write(at, flap % kKeys);
      EXPECT_TRUE(status.ok()) << "at " << at << ": " << status;
    } while (Clock::now() < until);
    lost += network_->Lost();
  }
  EXPECT_GT(lost, 0u);
  network_->Heal();
  const int64_t recovered = NowNs() + std::chrono::nanoseconds(kRecovered).count();
  while (NowNs() < recovered) ASSERT_TRUE(load_->WaitProgress(1));
  ASSERT_TRUE(load_->WaitProgress(10 * kCalls));
  const int64_t end = NowNs();
  const History history = ExpectRecovery();
  const double before_ms = Percentile99(history, healthy, flaps);
  const double after_ms = Percentile99(history, recovered, end);
  std::cout << "p99 before " << before_ms << " ms, after " << after_ms << " ms\n";
  EXPECT_LT(after_ms, 2 * before_ms + 20);
}

TEST_F(PartitionTest, WithATenthOfThePacketsLostEverybodyServes) {
  StartLoad();
  network_->Set({}, 10);
  ExpectServe({0, 1, 2, 3, 4});
  EXPECT_TRUE(load_->WaitProgress(kCalls));
  ExpectServe({0, 1, 2, 3, 4});
  EXPECT_GT(network_->Lost(), 0u);
  ExpectRecovery();
}

}  // namespace
}  // namespace althing
