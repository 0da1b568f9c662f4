// Ten times more than a replica can do, in simulated time: what it still answers in time, what it
// refuses and what waits. A command costs the loop a fixed time, a call that came too late a
// hundredth of it; what the channel refuses costs the loop nothing here
// (tests/process/overload_test.cc has that cost).
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "replica/core/random.h"
#include "replica/core/replica_core.h"
#include "replica/runtime/event_loop.h"
#include "replica/storage/memory_log.h"
#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using testing::FakeClock;

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kCommandNs = 100'000;  // So that the replica can do 10,000 a second.
constexpr int64_t kTooLateNs = 1'000;
constexpr uint32_t kWaitingMax = 2000;

// The real core, whose proposals take time.
class SlowCore : public Core {
 public:
  SlowCore(const CoreOptions& options, FakeClock& clock) : core_(options), clock_(clock) {}
  uint32_t partitions() const override { return core_.partitions(); }
  absl::Status Restore(const pb::Record& record) override { return core_.Restore(record); }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) override {
    return core_.RestoreCheckpoint(piece);
  }
  absl::Status EndRestore() override { return core_.EndRestore(); }
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output) override {
    if (std::holds_alternative<Propose>(input)) clock_.now_ns += kCommandNs;
    core_.Step(partition, now, std::move(input), output);
  }
  const std::vector<Quarantine>& quarantines() const override { return core_.quarantines(); }
  size_t waiting(PartitionId partition) const override { return core_.waiting(partition); }
  Held held(PartitionId partition) const override { return core_.held(partition); }
  absl::Status Explain(LogicalTime now, const pb::ExplainRequest& request,
                       pb::ExplainReply& reply) const override {
    return core_.Explain(now, request, reply);
  }

 private:
  ReplicaCore core_;
  FakeClock& clock_;
};

std::string EncodedPut(const std::string& key) {
  pb::RequestBatch batch;
  pb::Command& command = *batch.add_requests()->add_commands();
  command.set_operation(pb::OPERATION_PUT);
  command.set_key(key);
  return batch.SerializeAsString();
}

// Clients, and the ways to and from them.
class Clients : public EventSource, public Transport {
 public:
  struct Counts {
    uint64_t in_time = 0, late = 0, refused = 0, expired = 0;
    uint64_t waiting_most = 0;
    int64_t refused_after_ns = 0;  // The longest that a refusal took.
  };
  Clients(FakeClock& clock, Channel& channel) : clock_(clock), channel_(channel) {}

  uint64_t closed_loop = 0;       // Clients that call again when they are answered.
  uint64_t calls_per_second = 0;  // Of those who do not wait for answers.
  int64_t timeout_ns = 0;
  int64_t end_ns = 0;
  std::function<void()> stop;
  Counts counts;

  void Poll(int64_t deadline_ns) override {
    if (clock_.now_ns >= end_ns) return stop();
    const uint64_t before = last_request_;
    Arrive();
    ExpireOverdue();
    if (last_request_ != before || deadline_ns <= clock_.now_ns) return;
    int64_t next_ns = std::min(deadline_ns, next_expiry_ns_);
    if (calls_per_second > 0) next_ns = std::min(next_ns, next_call_ns_);
    clock_.now_ns = std::min(next_ns, end_ns);
  }
  void Send(MemberIndex, OutMessage) override {}
  void Beat(MemberIndex, const pb::Pulse&) override {}
  void SetHealth(MemberIndex, const PeerView&) override {}
  bool Answer(RequestId request, const absl::Status& status, const pb::ProposeReply&) override {
    const auto found = calls_.find(request);
    if (found == calls_.end()) return false;
    const Call call = found->second;
    calls_.erase(found);
    if (call.again) --closed_loop_waiting_;
    if (absl::IsResourceExhausted(status)) {
      ++counts.refused;
      counts.refused_after_ns =
          std::max(counts.refused_after_ns, clock_.now_ns - (call.deadline_ns - timeout_ns));
    } else if (!status.ok()) {
      EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
      clock_.now_ns += kTooLateNs;
      ++counts.expired;
    } else {
      ++(clock_.now_ns <= call.deadline_ns ? counts.in_time : counts.late);
    }
    return true;
  }
  void Expire(RequestId request) override {
    Answer(request, absl::DeadlineExceededError("outcome unknown"), {});
  }
  void EndTurn() override {}

 private:
  struct Call {
    int64_t deadline_ns;
    bool again;
  };

  void Arrive() {
    if (calls_per_second > 0) {
      next_call_ns_ = std::max(next_call_ns_, clock_.now_ns - kSecondNs / 10);
      while (next_call_ns_ <= clock_.now_ns) {
        MakeCall(next_call_ns_, false);
        next_call_ns_ += kSecondNs / static_cast<int64_t>(calls_per_second);
      }
    }
    // Those who are refused wait a millisecond before they call again.
    if (clock_.now_ns < next_round_ns_) return;
    next_round_ns_ = clock_.now_ns + kSecondNs / 1000;
    while (closed_loop_waiting_ < closed_loop && MakeCall(clock_.now_ns, true)) {
    }
  }
  bool MakeCall(int64_t now_ns, bool again) {
    const RequestId request{++last_request_};
    const int64_t deadline_ns = now_ns + timeout_ns;
    const std::string key = absl::StrCat("key", random_.Below(100'000));
    if (!channel_
             .Push({PartitionId{}, now_ns, ClientProposal{request, EncodedPut(key), deadline_ns}})
             .ok()) {
      ++counts.refused;
      return false;
    }
    calls_.emplace(request, Call{deadline_ns, again});
    if (again) ++closed_loop_waiting_;
    counts.waiting_most = std::max<uint64_t>(counts.waiting_most, calls_.size());
    return true;
  }
  // As ProposeService does it: now and then.
  void ExpireOverdue() {
    if (clock_.now_ns < next_expiry_ns_) return;
    next_expiry_ns_ = clock_.now_ns + kSecondNs / 10;
    for (const auto& [request, call] : calls_) {
      if (call.deadline_ns > clock_.now_ns) break;  // All have the same time, so later ones too.
      EXPECT_TRUE(channel_.Push({PartitionId{}, clock_.now_ns, ProposalExpired{request}}).ok());
    }
  }

  FakeClock& clock_;
  Channel& channel_;
  Random random_{7};
  std::map<RequestId, Call> calls_;
  uint64_t last_request_ = 0, closed_loop_waiting_ = 0;
  int64_t next_call_ns_ = 0, next_round_ns_ = 0, next_expiry_ns_ = 0;
};

struct Load {
  const char* scheduler;
  int64_t timeout_ms;
};

class OverloadTest : public ::testing::TestWithParam<Load> {
 protected:
  // Two simulated seconds of this; the counts of the second one.
  Clients::Counts Run(uint64_t closed_loop, uint64_t calls_per_second) {
    FakeClock clock;
    Channel channel(1, kWaitingMax, 100);
    CoreOptions core_options{
        .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(1, {}, {})};
    core_options.waiting_proposals_max = kWaitingMax;
    SlowCore core(core_options, clock);
    MemoryLog log;
    Scheduler<MsgContainer> scheduler;
    EXPECT_TRUE(scheduler.Use(GetParam().scheduler).ok());
    Clients clients(clock, channel);
    Metrics metrics(1, 1, "{}");
    Trace trace(MemberIndex{0});
    EventLoop loop({.self = MemberIndex{0}},
                   {core, log, channel, scheduler, clients, clients, clock, metrics, trace});
    clients.closed_loop = closed_loop;
    clients.calls_per_second = calls_per_second;
    clients.timeout_ns = GetParam().timeout_ms * 1'000'000;
    clients.end_ns = kSecondNs;
    clients.stop = [&] {
      if (clients.end_ns == 2 * kSecondNs) return loop.Stop();
      clients.end_ns = 2 * kSecondNs;
      const uint64_t waiting_most = clients.counts.waiting_most;
      clients.counts = {};
      clients.counts.waiting_most = waiting_most;
    };
    loop.Run();
    return clients.counts;
  }
};

TEST_P(OverloadTest, KeepsFourFifthsOfThePeakAndRefusesTheRestAtOnce) {
  const Clients::Counts peak = Run(64, 0);
  EXPECT_GT(peak.in_time, 9'000);
  EXPECT_EQ(peak.refused + peak.late, 0);
  EXPECT_LE(peak.waiting_most, 64);
  for (const uint64_t times : {2, 10}) {
    for (const uint64_t closed_loop : {uint64_t{0}, uint64_t{5000}}) {
      const Clients::Counts flood = Run(closed_loop, times * 10'000);
      const std::string what =
          absl::StrCat(times, " times, ", closed_loop, " wait: in time ", flood.in_time, ", late ",
                       flood.late, ", refused ", flood.refused, ", expired ", flood.expired);
      EXPECT_GE(flood.in_time, peak.in_time * 8 / 10) << what;
      // Or it was taken, and its time is over.
      EXPECT_GT(flood.refused + flood.expired, (times - 1) * 8'000) << what;
      // A turn, and no deadline: what is refused is refused when it comes.
      EXPECT_LE(flood.refused_after_ns, kSecondNs / 5) << what;
      // In the channel, before the core and in the instances of one turn.
      EXPECT_LE(flood.waiting_most, 2 * kWaitingMax + 1000) << what;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(SchedulersAndDeadlines, OverloadTest,
                         ::testing::Values(Load{"fifo", 1000}, Load{"fifo", 100},
                                           Load{"lifo", 1000}, Load{"lifo", 100},
                                           Load{"round_robin", 1000}, Load{"round_robin", 100}),
                         [](const auto& load) {
                           return absl::StrCat(load.param.scheduler, "_", load.param.timeout_ms);
                         });

}  // namespace
}  // namespace althing
