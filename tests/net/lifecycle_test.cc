#include "replica/net/lifecycle.h"

#include <csignal>
#include <deque>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMs = 1'000'000;

class LifecycleTest : public testing::Test {
 protected:
  Lifecycle::Actions MakeActions() {
    return {.take_signal =
                [this] {
                  std::optional<int> signal;
                  if (signals.empty()) return signal;
                  signal = signals.front();
                  signals.pop_front();
                  return signal;
                },
            .refuse_proposals = [this](std::string why) { done.push_back("refuse: " + why); },
            .open_calls = [this] { return open_calls; },
            .close_streams = [this] { done.push_back("close"); },
            .streams_closed = [this] { return streams_closed; },
            .memory_lost = [this] { return memory_lost; },
            .write_metrics = [this] { done.push_back("metrics"); },
            .stop = [this] { done.push_back("stop"); }};
  }

  std::deque<int> signals;
  size_t open_calls = 0;
  bool streams_closed = false;
  std::string memory_lost;
  std::vector<std::string> done;
  Lifecycle lifecycle_{2000 * kMs, MakeActions()};
};

TEST_F(LifecycleTest, DoesNothingOfItself) {
  lifecycle_.OnTime(0);
  lifecycle_.OnTime(10'000 * kMs);
  EXPECT_THAT(done, IsEmpty());
}

TEST_F(LifecycleTest, DrainsInSteps) {
  signals = {SIGTERM};
  open_calls = 2;
  lifecycle_.OnTime(0);
  lifecycle_.OnTime(10 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down"));
  open_calls = 0;
  lifecycle_.OnTime(20 * kMs);
  lifecycle_.OnTime(30 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down", "close"));
  streams_closed = true;
  lifecycle_.OnTime(40 * kMs);
  lifecycle_.OnTime(5000 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down", "close", "stop"));
  EXPECT_EQ(lifecycle_.exit_code(), ExitCode::kOk);
}

TEST_F(LifecycleTest, WaitsNoLongerThanTheDrainTime) {
  signals = {SIGINT};
  open_calls = 1;
  lifecycle_.OnTime(0);
  lifecycle_.OnTime(1999 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down"));
  lifecycle_.OnTime(2000 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down", "stop"));
  EXPECT_EQ(lifecycle_.exit_code(), ExitCode::kOk);
}

TEST_F(LifecycleTest, ASecondSignalStopsAtOnceAndAThirdChangesNothing) {
  signals = {SIGINT};
  open_calls = 1;
  lifecycle_.OnTime(0);
  signals = {SIGTERM, SIGTERM};
  lifecycle_.OnTime(10 * kMs);
  EXPECT_THAT(done, ElementsAre("refuse: the replica is shutting down", "stop"));
  EXPECT_EQ(lifecycle_.exit_code(), ExitCode::kOk);
}

TEST_F(LifecycleTest, Sigusr1WritesTheMetricsAndNothingElse) {
  signals = {SIGUSR1, SIGUSR1};
  lifecycle_.OnTime(0);
  EXPECT_THAT(done, ElementsAre("metrics", "metrics"));
}

TEST_F(LifecycleTest, ALostMemoryEndsTheReplicaWithACodeOfItsOwn) {
  memory_lost = "replica 1 has lost its memory";
  lifecycle_.OnTime(0);
  lifecycle_.OnTime(10 * kMs);
  EXPECT_THAT(done, ElementsAre("stop"));
  EXPECT_EQ(lifecycle_.exit_code(), ExitCode::kMemoryLost);
}

}  // namespace
}  // namespace althing
