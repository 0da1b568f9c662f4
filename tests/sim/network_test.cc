#include "tests/sim/network.h"

#include <gtest/gtest.h>

namespace althing::sim {
namespace {

constexpr MemberIndex k0{0}, k1{1};

Plan Quiet() {
  Plan plan;
  plan.n = 3;
  plan.delay_min_ns = 100;
  plan.delay_max_ns = 5000;
  return plan;
}

TEST(NetworkTest, DeliversEachMessageOnceAfterItsDelay) {
  const Plan plan = Quiet();
  Network network(plan);
  bool overtaken = false;
  int64_t last = 0;
  for (int64_t now = 0; now < 10'000; now += 100) {
    const Network::Arrivals arrivals = network.Send(k0, k1, now);
    ASSERT_EQ(arrivals.size(), 1u);
    EXPECT_GE(arrivals[0], now + 100);
    EXPECT_LE(arrivals[0], now + 5000);
    overtaken |= arrivals[0] < last;
    last = arrivals[0];
  }
  EXPECT_TRUE(overtaken);
}

TEST(NetworkTest, KeepsTheOrderOfALinkIfAsked) {
  Plan plan = Quiet();
  plan.fifo = true;
  Network network(plan);
  int64_t last = -1;
  for (int64_t now = 0; now < 10'000; now += 100) {
    const int64_t arrival = network.Send(k0, k1, now)[0];
    EXPECT_GT(arrival, last);
    last = arrival;
  }
}

TEST(NetworkTest, LosesAndDoublesByChance) {
  Plan plan = Quiet();
  plan.loss_permille = 300;
  plan.double_permille = 100;
  Network network(plan);
  size_t copies = 0;
  for (int i = 0; i < 1000; ++i) copies += network.Send(k0, k1, i).size();
  EXPECT_EQ(copies, 1000 + network.copies() - network.losses());
  EXPECT_NEAR(static_cast<double>(network.losses()), 300, 60);
  EXPECT_NEAR(static_cast<double>(network.copies()), 100, 40);
}

TEST(NetworkTest, LosesOnlyWhatThePlanKeepsOfItsLosses) {
  Plan plan = Quiet();
  plan.loss_permille = 300;
  plan.losses_kept = std::set<uint64_t>{0, 2};
  Network network(plan);
  size_t lost = 0;
  for (int i = 0; i < 1000; ++i) lost += network.Send(k0, k1, i).empty();
  EXPECT_EQ(lost, 2u);
}

TEST(NetworkTest, CutsAreCountedAndOneWay) {
  const Plan plan = Quiet();
  Network network(plan);
  Fault cut;
  cut.links[0].Add(k1);
  network.Begin(cut);
  network.Begin(cut);
  EXPECT_TRUE(network.Send(k0, k1, 0).empty());
  EXPECT_FALSE(network.Send(k1, k0, 0).empty());
  network.End(cut);
  EXPECT_FALSE(network.Connected(k0, k1));
  network.End(cut);
  EXPECT_TRUE(network.Connected(k0, k1));
}

TEST(NetworkTest, AClogHoldsMessagesBack) {
  const Plan plan = Quiet();
  Network network(plan);
  Fault clog{.kind = Fault::Kind::kClog, .until_ns = 1'000'000};
  clog.links[0].Add(k1);
  network.Begin(clog);
  EXPECT_GE(network.Send(k0, k1, 0)[0], 1'000'000);
  EXPECT_LE(network.Send(k1, k0, 0)[0], 5000);
}

TEST(NetworkTest, AfterTheHealingTheCoreIsWellAndAlone) {
  Plan plan = Quiet();
  plan.loss_permille = 1000;
  Network network(plan);
  network.Heal(MemberSet(0b011));
  EXPECT_EQ(network.Send(k0, k1, 0).size(), 1u);
  EXPECT_TRUE(network.Send(k0, MemberIndex{2}, 0).empty());
  EXPECT_TRUE(network.Send(MemberIndex{2}, k0, 0).empty());
}

}  // namespace
}  // namespace althing::sim
