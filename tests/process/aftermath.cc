#include "tests/process/aftermath.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

// What the running replicas know of instances of the only partition.
class Decisions {
 public:
  explicit Decisions(Cluster& cluster) : client_(cluster.MakeClient()) {
    for (int i = 0; i < cluster.members(); ++i) {
      if (!cluster.running(i)) continue;
      asked_.push_back(static_cast<size_t>(i));
      EXPECT_TRUE(client_->Connect(asked_.back(), kCallTimeout)) << i;
    }
  }

  // The highest slot of the coordinator that anyone has heard of: who has heard of one has heard of
  // all before it.
  uint64_t Begun(int coordinator) const {
    uint64_t begun = 0, beyond = 1;
    while (Mentioned(coordinator, beyond)) begun = std::exchange(beyond, 2 * beyond);
    while (beyond - begun > 1) {
      const uint64_t middle = begun + (beyond - begun) / 2;
      (Mentioned(coordinator, middle) ? begun : beyond) = middle;
    }
    return begun;
  }

  // Of the coordinator's instances 1 to `begun`, those whose outcome is not known somewhere, as
  // "4.17 at 0"; of all that others than the coordinator lack, the last one or "a gap".
  std::vector<std::string> Missing(int coordinator, uint64_t begun) const {
    std::vector<std::string> missing;
    const auto decided = [&](size_t at, uint64_t slot) {
      const bool is = View(at, coordinator, slot).phase() == v1::INSTANCE_PHASE_COMMITTED;
      if (!is) missing.push_back(absl::StrCat(coordinator, ".", slot, " at ", at));
      return is;
    };
    for (const size_t at : asked_) {
      if (at == static_cast<size_t>(coordinator)) {
        for (uint64_t slot = 1; slot <= begun; ++slot) decided(at, slot);
      } else if (begun > 0 && decided(at, begun) &&
                 View(at, coordinator, begun + 1).gap().will_ask()) {
        // It tells of each slot that is not committed whether anything of the column is missing.
        missing.push_back(absl::StrCat("a gap of ", coordinator, " at ", at));
      }
    }
    return missing;
  }

 private:
  bool Mentioned(int coordinator, uint64_t slot) const {
    return std::ranges::any_of(asked_,
                               [&](size_t at) { return View(at, coordinator, slot).mentioned(); });
  }
  v1::InstanceView View(size_t at, int coordinator, uint64_t slot) const {
    v1::ExplainRequest request;
    request.mutable_instance()->set_coordinator(static_cast<uint32_t>(coordinator));
    request.mutable_instance()->set_slot(slot);
    const auto answer = client_->Explain({at}, request, kCallTimeout)[0];
    EXPECT_TRUE(answer.status.ok()) << answer.status;
    return answer.reply.instances_size() > 0 ? answer.reply.instances(0) : v1::InstanceView();
  }

  const std::unique_ptr<AdminClient> client_;
  std::vector<size_t> asked_;
};

// It has not executed what its checkpoint holds: what it counts is less than what others count.
bool BeganAtACheckpoint(const Cluster& cluster, int replica) {
  const std::string log = cluster.Log(replica);
  const size_t restored = log.rfind(" event=restored ");
  if (restored == std::string::npos) return false;
  const std::string line = log.substr(restored, log.find('\n', restored) - restored);
  return line.find(" checkpoint=") != std::string::npos &&
         line.find(" checkpoint=0 ") == std::string::npos;
}

}  // namespace

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
  bool comparable = true;
  for (int i = 0; i < cluster.members(); ++i) comparable &= !BeganAtACheckpoint(cluster, i);
  if (comparable) {
    EXPECT_TRUE(cluster.WaitExecuted());
  }
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

void ExpectAllDecided(Cluster& cluster, const std::vector<int>& coordinators) {
  const Decisions decisions(cluster);
  for (const int coordinator : coordinators) {
    std::vector<std::string> undecided;
    uint64_t begun = 0;
    EXPECT_TRUE(WaitUntil([&] {
      begun = decisions.Begun(coordinator);
      undecided = decisions.Missing(coordinator, begun);
      return undecided.empty();
    })) << testing::PrintToString(undecided);
    EXPECT_GT(begun, 0u) << "replica " << coordinator << " coordinated nothing";
  }
}

}  // namespace althing
