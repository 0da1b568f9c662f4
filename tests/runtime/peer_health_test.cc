#include "replica/runtime/peer_health.h"

#include <functional>
#include <map>
#include <utility>

#include "gtest/gtest.h"

namespace althing {
namespace {

constexpr MemberIndex kA{0}, kB{1}, kC{2};
constexpr int64_t kInterval = 100, kSuspect = 1000, kWay = 7;

// Two of three members, 0 and 1, whose clocks differ, and a network between them. 2 is not there.
class PeerHealthTest : public ::testing::Test {
 protected:
  static constexpr int64_t kStart = 5'000, kOtherClock = 900'000;

  // Both loops turn each 10, from `now_` on. Words get through as `a_to_b_` and `b_to_a_` say.
  void Run(int64_t for_ns) {
    for (const int64_t end = now_ + for_ns; now_ < end; ++now_) {
      for (; !on_way_.empty() && on_way_.begin()->first <= now_; on_way_.erase(on_way_.begin())) {
        on_way_.begin()->second();
      }
      if (now_ % 10 == 0) Turn();
    }
  }
  void Turn() {
    const int64_t other_now = now_ + kOtherClock;
    a_.OnTime(now_);
    b_.OnTime(other_now);
    if (a_.TakeBeat(now_)) {
      const pb::Pulse pulse = a_.MakePulse(kB, now_);
      if (a_to_b_) OnArrival([=, this] { b_.OnPulse(kA, pulse, other_now + kWay); });
    }
    if (b_.TakeBeat(other_now)) {
      const pb::Pulse pulse = b_.MakePulse(kA, other_now);
      if (b_to_a_) OnArrival([=, this, at = now_ + kWay] { a_.OnPulse(kB, pulse, at); });
    }
  }
  void OnArrival(std::function<void()> arrive) { on_way_.emplace(now_ + kWay, std::move(arrive)); }

  int64_t now_ = kStart;
  bool a_to_b_ = true, b_to_a_ = true;
  std::multimap<int64_t, std::function<void()>> on_way_;
  PeerHealth a_{{kA, 3, kInterval, kSuspect}, kStart};
  PeerHealth b_{{kB, 3, kInterval, kSuspect}, kStart + kOtherClock};
};

TEST_F(PeerHealthTest, MeasuresTheRoundTripWhateverTheClocksSay) {
  EXPECT_EQ(a_.View(kB, now_).round_trip_ns, 0);
  Run(2000);
  EXPECT_EQ(a_.View(kB, now_).round_trip_ns, 2 * kWay);
  EXPECT_EQ(b_.View(kA, now_ + kOtherClock).round_trip_ns, 2 * kWay);
  EXPECT_EQ(a_.View(kC, now_).round_trip_ns, 0);
}

TEST_F(PeerHealthTest, TheRoundTripIsAnAverageThatFollows) {
  Run(2000);
  const auto answer = [this](int64_t took_ns) {
    const pb::Pulse sent = a_.MakePulse(kB, now_);
    pb::Pulse echo;
    echo.set_sent_ns(1);
    echo.set_echo_ns(sent.sent_ns());
    echo.set_held_ns(30);
    now_ += took_ns + 30;
    a_.OnPulse(kB, echo, now_);
  };
  answer(2 * kWay + 80);
  EXPECT_EQ(a_.View(kB, now_).round_trip_ns, 2 * kWay + 10);
  for (int i = 0; i < 60; ++i) answer(400);
  EXPECT_NEAR(static_cast<double>(a_.View(kB, now_).round_trip_ns), 400, 10);
}

TEST_F(PeerHealthTest, SuspectsWhoIsSilentAndTakesItBackAtTheFirstSignOfLife) {
  Run(2000);
  EXPECT_EQ(a_.suspected(), MemberSet::Of(kC));
  b_to_a_ = false;
  Run(900);
  EXPECT_FALSE(a_.suspected().Has(kB));
  Run(200);
  EXPECT_TRUE(a_.suspected().Has(kB));
  EXPECT_EQ(a_.View(kB, now_).suspicions, 1u);
  EXPECT_GE(a_.View(kB, now_).silent_ns, kSuspect);
  b_to_a_ = true;
  Run(110);
  EXPECT_FALSE(a_.suspected().Has(kB));
  EXPECT_FALSE(a_.View(kB, now_).suspected);
  EXPECT_EQ(a_.View(kB, now_).suspicions, 1u);
}

// It is heard and hears nothing: nobody can work with that.
TEST_F(PeerHealthTest, OneDirectionIsNoSignOfLife) {
  Run(500);
  a_to_b_ = false;
  Run(1300);
  EXPECT_TRUE(a_.suspected().Has(kB));
  EXPECT_TRUE(b_.suspected().Has(kA));
  a_to_b_ = true;
  Run(250);
  EXPECT_FALSE(a_.suspected().Has(kB));
  EXPECT_FALSE(b_.suspected().Has(kA));
}

TEST_F(PeerHealthTest, WhoStoodStillItselfSuspectsNobodyForIt) {
  Run(500);
  now_ += 60'000;
  a_.OnTime(now_);
  EXPECT_EQ(a_.suspected(), MemberSet());
  // From then on time counts as ever.
  for (int i = 0; i < 8; ++i) a_.OnTime(now_ += kInterval);
  EXPECT_FALSE(a_.suspected().Has(kB));
  for (int i = 0; i < 3; ++i) a_.OnTime(now_ += kInterval);
  EXPECT_TRUE(a_.suspected().Has(kB));
}

TEST_F(PeerHealthTest, ANewConnectionIsASignOfLife) {
  Run(2000);
  EXPECT_TRUE(a_.suspected().Has(kC));
  a_.OnConnected(kC, now_);
  EXPECT_FALSE(a_.suspected().Has(kC));
  Run(900);
  EXPECT_FALSE(a_.suspected().Has(kC));
  Run(200);
  EXPECT_TRUE(a_.suspected().Has(kC));
}

TEST_F(PeerHealthTest, WhatCannotBeChangesNothing) {
  Run(2000);
  a_to_b_ = b_to_a_ = false;
  Run(500);
  const PeerView before = a_.View(kB, now_);
  pb::Pulse lie;
  lie.set_sent_ns(~uint64_t{0});
  for (const uint64_t echo : {uint64_t(now_) + 1, ~uint64_t{0}, uint64_t{1} << 63, uint64_t{0}}) {
    lie.set_echo_ns(echo);
    a_.OnPulse(kB, lie, now_);
  }
  EXPECT_EQ(a_.View(kB, now_).silent_ns, before.silent_ns);
  EXPECT_EQ(a_.View(kB, now_).round_trip_ns, before.round_trip_ns);
  // Held for longer than it was under way: a sign of life, and no measurement.
  lie.set_echo_ns(a_.MakePulse(kB, now_).sent_ns());
  lie.set_held_ns(~uint64_t{0});
  a_.OnPulse(kB, lie, now_ + 10);
  EXPECT_EQ(a_.View(kB, now_ + 10).silent_ns, 0);
  EXPECT_EQ(a_.View(kB, now_ + 10).round_trip_ns, before.round_trip_ns);
  // What it wants echoed it gets, whatever it is.
  EXPECT_EQ(a_.MakePulse(kB, now_ + 20).echo_ns(), ~uint64_t{0});
}

TEST_F(PeerHealthTest, APulseIsDueEachInterval) {
  EXPECT_EQ(a_.next_ns(), kStart);
  EXPECT_TRUE(a_.TakeBeat(kStart));
  EXPECT_FALSE(a_.TakeBeat(kStart + kInterval - 1));
  EXPECT_EQ(a_.next_ns(), kStart + kInterval);
  EXPECT_TRUE(a_.TakeBeat(kStart + kInterval));
}

TEST(PeerHealthAloneTest, ASingleReplicaHasNoPulse) {
  PeerHealth alone({kA, 1, kInterval, kSuspect}, 0);
  EXPECT_EQ(alone.next_ns(), INT64_MAX);
  EXPECT_FALSE(alone.TakeBeat(1'000'000));
  alone.OnTime(1'000'000);
  EXPECT_EQ(alone.suspected(), MemberSet());
}

}  // namespace
}  // namespace althing
