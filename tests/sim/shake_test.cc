// Random schedules: messages are lost, doubled, delayed and overtaken, links are cut and healed;
// then the network is well again, and everything must have happened exactly once, in one order, as
// real time demands. Nobody crashes here: without recovery the instances of a dead coordinator stay
// undecided.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

struct Call {
  RequestId request;
  std::string key, value;
  bool write = false;
  uint64_t called = 0;    // In steps of the schedule.
  uint64_t returned = 0;  // 0: not yet.
};

class Schedule {
 public:
  explicit Schedule(uint64_t seed)
      : random_(seed),
        n_(3 + 2 * static_cast<int>(random_.Below(3))),
        keys_(1 + random_.Below(4)),
        loss_percent_(random_.Below(40)),
        double_percent_(random_.Below(20)),
        cluster_({.n = n_,
                  .thrifty = random_.Below(2) == 0,
                  .flush_at_once = random_.Below(2) == 0,
                  .window = static_cast<uint32_t>(1 + random_.Below(4))}) {}

  void Run() {
    for (step_ = 1; step_ <= 400; ++step_) {
      RandomStep();
      if (step_ % 20 == 0) CheckInvariants();
    }
    for (int i = 0; i < n_; ++i) {
      for (int j = 0; j < n_; ++j) {
        if (i != j) cluster_.SetReachable(i, j, true);
      }
    }
    for (int round = 0; round < 200 && !AllExecutedEverywhere(); ++round) {
      ++step_;
      for (int i = 0; i < n_; ++i) cluster_.Flush(i);
      cluster_.Deliver();
      cluster_.Advance(5);
      NoteAnswers();
    }
  }

  void Check() {
    CheckInvariants();
    ASSERT_TRUE(AllAnswered()) << "a command was not answered after the network healed";
    ASSERT_TRUE(AllExecutedEverywhere()) << "a member did not catch up after the network healed";
    CheckAgreement();
    for (uint64_t k = 0; k < keys_; ++k) CheckKey(absl::StrCat("k", k));
  }

  uint64_t slow() const { return Count(Event::Kind::kSlowDecision); }
  uint64_t fast() const { return Count(Event::Kind::kFastDecision); }
  uint64_t two_flush() const { return Count(Event::Kind::kTwoFlushDecision); }
  uint64_t digest() const { return cluster_.digest(); }

 private:
  uint64_t Count(Event::Kind kind) const {
    uint64_t count = 0;
    for (int i = 0; i < n_; ++i) count += cluster_.Count(i, kind);
    return count;
  }
  int Member() { return static_cast<int>(random_.Below(static_cast<uint64_t>(n_))); }

  void RandomStep() {
    const uint64_t dice = random_.Below(100);
    if (dice < 8) {
      Propose();
    } else if (dice < 80) {
      DeliverRandomly();
    } else if (dice < 90) {
      cluster_.Flush(Member());
    } else if (dice < 97) {
      cluster_.Advance(1 + random_.Below(4));
    } else {
      const int at = Member(), member = Member();
      if (at != member) cluster_.SetReachable(at, member, random_.Below(2) == 0);
    }
    NoteAnswers();
  }

  void Propose() {
    Call call;
    call.write = random_.Below(3) > 0;
    call.key = absl::StrCat("k", random_.Below(keys_));
    call.value = call.write ? absl::StrCat("v", calls_.size()) : "";
    call.called = step_;
    call.request = cluster_.Propose(Member(), call.write ? pb::OPERATION_PUT : pb::OPERATION_GET,
                                    call.key, call.value);
    calls_.push_back(call);
  }

  void DeliverRandomly() {
    if (cluster_.waiting().empty()) return;
    const uint64_t pick = random_.Below(cluster_.waiting().size());
    uint64_t at = 0;
    const Filter chosen = [&](const Message&) { return at++ == pick; };
    const uint64_t dice = random_.Below(100);
    if (dice < loss_percent_) {
      cluster_.Drop(chosen);
    } else {
      cluster_.DeliverOne(chosen, dice >= 100 - double_percent_);
    }
  }

  void NoteAnswers() {
    for (Call& call : calls_) {
      const size_t answers = cluster_.replies(call.request).size();
      ASSERT_LE(answers, 1u) << "request " << call.request.value << " was answered twice";
      if (call.returned == 0 && answers == 1) call.returned = step_;
    }
  }
  bool AllAnswered() const {
    return std::all_of(calls_.begin(), calls_.end(), [](const Call& c) { return c.returned != 0; });
  }

  bool AllExecutedEverywhere() const {
    for (int i = 0; i < n_; ++i) {
      if (cluster_.Sum(i, Event::Kind::kExecutedCommands) != calls_.size()) return false;
    }
    return true;
  }
  void CheckInvariants() {
    const absl::Status invariants = cluster_.CheckInvariants();
    ASSERT_TRUE(invariants.ok()) << invariants;
  }

  // Every outcome that anyone recorded is the same everywhere.
  void CheckAgreement() {
    std::map<std::pair<uint32_t, uint64_t>, std::string> outcomes;
    for (int i = 0; i < n_; ++i) {
      for (const pb::Record& record : cluster_.records(i)) {
        if (!record.has_committed()) continue;
        pb::CommittedRecord outcome = record.committed();
        outcome.clear_payload();  // Left out where an earlier record has it.
        const auto id = std::pair(outcome.id().coordinator(), outcome.id().slot());
        const auto [it, first] = outcomes.emplace(id, outcome.ShortDebugString());
        ASSERT_EQ(it->second, outcome.ShortDebugString());
      }
    }
  }

  // Versions number the writes of a key without gaps; a read of version v returns the value that
  // write v wrote; and what returned before something else was called comes before it.
  void CheckKey(const std::string& key) {
    std::map<uint64_t, const Call*> writes;
    std::vector<std::pair<uint64_t, const Call*>> all;
    for (const Call& call : calls_) {
      if (call.key != key) continue;
      const pb::Result& result = cluster_.replies(call.request).front().result.results(0);
      all.emplace_back(result.version(), &call);
      if (!call.write) continue;
      ASSERT_TRUE(writes.emplace(result.version(), &call).second) << "two writes of one version";
    }
    if (!writes.empty()) {
      ASSERT_EQ(writes.rbegin()->first, writes.size());
    }
    for (const auto& [version, call] : all) {
      if (call->write) continue;
      const pb::Result& result = cluster_.replies(call->request).front().result.results(0);
      ASSERT_EQ(result.value(), version == 0 ? "" : writes.at(version)->value);
    }
    for (const auto& [version_a, a] : all) {
      for (const auto& [version_b, b] : all) {
        if (a->returned >= b->called) continue;
        // A write that began after `a` returned has a higher version; a read at least the same.
        ASSERT_TRUE(b->write ? version_b > version_a : version_b >= version_a)
            << "request " << b->request.value << " went back behind request " << a->request.value;
      }
    }
  }

  Random random_;
  const int n_;
  const uint64_t keys_;
  const uint64_t loss_percent_;
  const uint64_t double_percent_;
  Cluster cluster_;
  uint64_t step_ = 0;
  std::vector<Call> calls_;
};

TEST(ShakeTest, EverythingHappensOnceAndInOneOrderWhateverTheNetworkDoes) {
  uint64_t fast = 0, slow = 0, two_flush = 0;
  for (uint64_t seed = 1; seed <= 1500 && !testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Schedule schedule(seed);
    schedule.Run();
    schedule.Check();
    fast += schedule.fast();
    slow += schedule.slow();
    two_flush += schedule.two_flush();
  }
  // Each way to a decision was really taken.
  EXPECT_GT(fast, 1000u);
  EXPECT_GT(slow, 1000u);
  EXPECT_GT(two_flush, 20u);
}

TEST(ShakeTest, ASeedRepeatsItself) {
  Schedule first(7), second(7);
  first.Run();
  second.Run();
  EXPECT_EQ(first.digest(), second.digest());
}

}  // namespace
}  // namespace althing::sim
