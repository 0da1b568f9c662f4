// Clients of which the connections are cut again and again: what they see is what one store would
// answer, and a write whose answer was lost happened once or never.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/workload/random.h"
#include "gtest/gtest.h"
#include "tests/check/judge.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"
#include "tests/process/proxy.h"

namespace althing {
namespace {

constexpr int kCuts = 60;

class CutConnectionsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(cluster_.StartAll());
    for (int i = 0; i < cluster_.members(); ++i) {
      proxies_.push_back(std::make_unique<Proxy>(cluster_.client_port(i)));
    }
  }

  std::vector<int> Ports() const {
    std::vector<int> ports;
    for (const auto& proxy : proxies_) ports.push_back(proxy->port());
    return ports;
  }

  // Cuts the way to one replica after the other while the clients go on.
  History RunAndCut(LoadPlan plan) {
    plan.replicas = {0, 1, 2, 3, 4};
    plan.operations_max = 1'000'000;
    plan.timeout = absl::Seconds(20);
    plan.ports = Ports();
    Load load(cluster_, plan);
    Random random(2026);
    for (int cut = 0; cut < kCuts; ++cut) {
      EXPECT_TRUE(load.WaitProgress(1 + random.Below(40)));
      proxies_[random.Below(proxies_.size())]->Cut();
    }
    EXPECT_TRUE(load.WaitProgress(20 * kCuts));
    return load.Stop();
  }

  uint64_t Cuts() const {
    uint64_t cuts = 0;
    for (const auto& proxy : proxies_) cuts += proxy->cut();
    return cuts;
  }

  Cluster cluster_{5};
  std::vector<std::unique_ptr<Proxy>> proxies_;
};

TEST_F(CutConnectionsTest, ManyClientsOnFewHotKeysSeeOneStore) {
  const History history = RunAndCut({.clients = 12, .keys = 2});
  EXPECT_EQ(FindContradiction(history), "");
  const check::Judgement judgement = check::Judge(history);
  EXPECT_GT(Cuts(), kCuts) << "connections that were open";
  EXPECT_GT(judgement.unknown, kCuts / 4) << "calls that were under way";
  EXPECT_GT(history.size() - judgement.unknown - judgement.failed, 20 * kCuts);
}

// What was appended can be seen in the value, each time that it was.
TEST_F(CutConnectionsTest, EachLostAppendHappenedOnceOrNever) {
  const History history = RunAndCut({.clients = 8, .keys = 3, .all_operations = true});
  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_GT(check::Judge(history).unknown, kCuts / 8);
  for (int i = 0; i < cluster_.members(); ++i) {
    for (const char* key : {"key0", "key1", "key2"}) {
      const std::string value = cluster_.Get(i, key);
      std::vector<std::string> parts = absl::StrSplit(value, ';');
      std::sort(parts.begin(), parts.end());
      EXPECT_EQ(std::adjacent_find(parts.begin(), parts.end()), parts.end())
          << key << ": " << value;
    }
  }
}

}  // namespace
}  // namespace althing
