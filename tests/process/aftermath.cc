#include "tests/process/aftermath.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {

std::string KeyOfLoad(int k) { return absl::StrCat("key", k); }

Took WriteAllKeys(Load& load, int at, int keys) {
  Took took;
  for (int k = 0; k < keys; ++k) {
    const auto begin = std::chrono::steady_clock::now();
    const absl::Status status = load.Write(at, k);
    const std::chrono::nanoseconds one = std::chrono::steady_clock::now() - begin;
    took.all += one;
    took.longest = std::max(took.longest, one);
    EXPECT_TRUE(status.ok()) << KeyOfLoad(k) << " at " << at << ": " << status;
  }
  return took;
}

uint64_t Sum(Cluster& cluster, const char* counter) {
  uint64_t sum = 0;
  for (int i = 0; i < cluster.members(); ++i) {
    if (cluster.running(i)) sum += cluster.Metrics(i)[counter].get<uint64_t>();
  }
  return sum;
}

void ExpectAgreement(Cluster& cluster, int keys) {
  EXPECT_TRUE(cluster.WaitExecuted());
  for (int k = 0; k < keys; ++k) {
    std::set<std::string> values;
    for (int i = 0; i < cluster.members(); ++i) {
      if (cluster.running(i)) values.insert(cluster.Get(i, KeyOfLoad(k)));
    }
    EXPECT_EQ(values.size(), 1u) << KeyOfLoad(k) << ": " << testing::PrintToString(values);
  }
  EXPECT_EQ(Sum(cluster, "Divergences"), 0u);
  EXPECT_EQ(Sum(cluster, "Rejected"), 0u);
}

std::vector<std::string> Undecided(Cluster& cluster, int coordinator, uint64_t* begun) {
  const auto client = cluster.MakeClient();
  std::vector<size_t> asked;
  for (int i = 0; i < cluster.members(); ++i) {
    if (!cluster.running(i)) continue;
    asked.push_back(static_cast<size_t>(i));
    EXPECT_TRUE(client->Connect(asked.back(), kCallTimeout)) << i;
  }
  std::vector<std::string> undecided;
  for (*begun = 0;; ++*begun) {
    v1::ExplainRequest request;
    request.mutable_instance()->set_coordinator(static_cast<uint32_t>(coordinator));
    request.mutable_instance()->set_slot(*begun + 1);
    bool mentioned = false;
    std::vector<std::string> here;
    for (const auto& answer : client->Explain(asked, request, kCallTimeout)) {
      EXPECT_TRUE(answer.status.ok()) << answer.status;
      const bool known = answer.reply.instances_size() > 0;
      mentioned = mentioned || (known && answer.reply.instances(0).mentioned());
      if (known && answer.reply.instances(0).phase() == v1::INSTANCE_PHASE_COMMITTED) continue;
      here.push_back(absl::StrCat(coordinator, ".", *begun + 1, " at ", answer.reply.replica()));
    }
    if (!mentioned) return undecided;
    undecided.insert(undecided.end(), here.begin(), here.end());
  }
}

void ExpectAllDecided(Cluster& cluster, const std::vector<int>& coordinators) {
  for (const int coordinator : coordinators) {
    std::vector<std::string> undecided;
    uint64_t begun = 0;
    EXPECT_TRUE(WaitUntil([&] {
      undecided = Undecided(cluster, coordinator, &begun);
      return undecided.empty();
    })) << testing::PrintToString(undecided);
    EXPECT_GT(begun, 0u) << "replica " << coordinator << " coordinated nothing";
  }
}

}  // namespace althing
