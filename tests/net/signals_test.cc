#include "replica/net/signals.h"

#include <csignal>
#include <optional>
#include <set>
#include <thread>

#include "gtest/gtest.h"

namespace althing {
namespace {

TEST(SignalsTest, AreKeptUntilTheyAreTaken) {
  // A thread of its own, so that the other tests' threads keep their mask.
  std::set<int> taken;
  bool more = true;
  std::thread([&] {
    BlockSignals();
    for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) pthread_kill(pthread_self(), signal);
    for (int i = 0; i < 3; ++i) taken.insert(TakeSignal().value_or(-1));
    more = TakeSignal().has_value();
  }).join();
  EXPECT_EQ(taken, (std::set<int>{SIGTERM, SIGINT, SIGUSR1}));
  EXPECT_FALSE(more);
}

TEST(SignalsTest, ThoseThatStopAreTakenFromAmongTheOthers) {
  bool stops = true, stops_later = false;
  std::optional<int> left;
  std::thread([&] {
    BlockSignals();
    pthread_kill(pthread_self(), SIGUSR1);
    stops = TakeStopSignal();
    pthread_kill(pthread_self(), SIGINT);
    stops_later = TakeStopSignal();
    left = TakeSignal();
  }).join();
  EXPECT_FALSE(stops);
  EXPECT_TRUE(stops_later);
  EXPECT_EQ(left, SIGUSR1);
}

}  // namespace
}  // namespace althing
