#include "replica/net/completion_source.h"

#include <chrono>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/alarm.h"
#include "gtest/gtest.h"
#include "replica/net/tag.h"
#include "replica/runtime/steady_clock.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CountingTag : public Tag {
 public:
  void Proceed(bool ok) override { seen.push_back(ok); }
  std::vector<bool> seen;
};

class FrozenClock : public Clock {
 public:
  int64_t NowNs() override { return now_ns; }
  int64_t now_ns = 1'000'000'000'000;
};

gpr_timespec Past() { return gpr_inf_past(GPR_CLOCK_MONOTONIC); }
gpr_timespec Never() { return gpr_inf_future(GPR_CLOCK_MONOTONIC); }

class CompletionSourceTest : public testing::Test {
 protected:
  CompletionSourceTest()
      : source_(clock_, main_, {&rare_}, [this](int64_t now_ns) { times_.push_back(now_ns); }) {}

  FrozenClock clock_;
  grpc::CompletionQueue main_, rare_;
  std::vector<int64_t> times_;
  CompletionSource source_;
};

TEST_F(CompletionSourceTest, HandlesAllThatIsReady) {
  CountingTag tags[3];
  grpc::Alarm alarms[3];
  for (int i = 0; i < 3; ++i) alarms[i].Set(&main_, Past(), &tags[i]);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (tags[2].seen.empty() && std::chrono::steady_clock::now() < end) {
    source_.Poll(clock_.now_ns + 5'000'000);
  }
  for (const CountingTag& tag : tags) EXPECT_THAT(tag.seen, ElementsAre(true));
  source_.Drain();
}

TEST_F(CompletionSourceTest, AnotherThreadCanWakeItAgainAndAgain) {
  for (int round = 0; round < 3; ++round) {
    // The clock stands still, so that only an event ends the wait before housekeeping is due.
    source_.Poll(clock_.now_ns);
    std::thread other([this] {
      source_.Wake();
      source_.Wake();
    });
    const auto start = std::chrono::steady_clock::now();
    source_.Poll(clock_.now_ns + 60'000'000'000);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(9));
    other.join();
    source_.Poll(clock_.now_ns);
  }
  source_.Drain();
}

TEST_F(CompletionSourceTest, ReturnsAtTheDeadline) {
  const auto start = std::chrono::steady_clock::now();
  source_.Poll(clock_.now_ns + 5'000'000);
  const auto waited = std::chrono::steady_clock::now() - start;
  EXPECT_GE(waited, std::chrono::milliseconds(4));
  source_.Drain();
}

TEST_F(CompletionSourceTest, ReturnsForHousekeepingLongBeforeAFarDeadline) {
  const auto start = std::chrono::steady_clock::now();
  source_.Poll(clock_.now_ns + 60'000'000'000);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  source_.Drain();
}

TEST_F(CompletionSourceTest, KeepsHouseOncePerPeriod) {
  const int64_t start_ns = clock_.now_ns;
  source_.Poll(start_ns);
  source_.Poll(start_ns);
  clock_.now_ns += CompletionSource::kHousekeepingNs - 1;
  source_.Poll(start_ns);
  clock_.now_ns += 1;
  source_.Poll(start_ns);
  EXPECT_THAT(times_, ElementsAre(start_ns, start_ns + CompletionSource::kHousekeepingNs));
  source_.Drain();
}

TEST_F(CompletionSourceTest, LooksIntoRareQueuesWhenKeepingHouse) {
  CountingTag tag;
  grpc::Alarm alarm;
  alarm.Set(&rare_, Past(), &tag);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (tag.seen.empty() && std::chrono::steady_clock::now() < end) {
    source_.Poll(clock_.now_ns);
    clock_.now_ns += CompletionSource::kHousekeepingNs;
  }
  EXPECT_THAT(tag.seen, ElementsAre(true));
  source_.Drain();
}

TEST_F(CompletionSourceTest, DrainLetsWhatIsLeftEnd) {
  CountingTag left, rare_left;
  grpc::Alarm alarm, rare_alarm;
  alarm.Set(&main_, Never(), &left);
  rare_alarm.Set(&rare_, Never(), &rare_left);
  source_.Poll(clock_.now_ns);
  EXPECT_THAT(left.seen, IsEmpty());
  alarm.Cancel();
  rare_alarm.Cancel();
  source_.Drain();
  EXPECT_THAT(left.seen, ElementsAre(false));
  EXPECT_THAT(rare_left.seen, ElementsAre(false));
}

}  // namespace
}  // namespace althing
