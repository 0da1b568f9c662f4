// Real replicas that are asked for more than they can do: the excess is refused at once, nothing
// grows without bound, and afterwards all is as before.
#include <algorithm>
#include <iostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/flood.h"
#include "tests/process/raw_connection.h"

namespace althing {
namespace {

using ::testing::IsEmpty;

constexpr uint64_t kWaitingMax = 300;
constexpr absl::Duration kSlice = absl::Milliseconds(500);

uint64_t Median(std::vector<uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

class OverloadTest : public testing::Test {
 protected:
  explicit OverloadTest(const Json& batch = Json::object())
      : cluster_(3, {{"queues", {{"client_messages_max", kWaitingMax}}}, {"batch", batch}}) {}
  void SetUp() override {
    ASSERT_TRUE(cluster_.StartAll());
    memory_ = PeakMemory(cluster_.replica(0).pid());
  }

  // Calls answered with OK in a slice while so many are always under way that none is refused: the
  // median of five.
  uint64_t Goodput() {
    std::vector<uint64_t> slices;
    for (int i = 0; i < 5; ++i) {
      const FloodResult slice = RunFlood(
          {.port = cluster_.client_port(0), .calls_max = kWaitingMax / 2, .length = kSlice});
      EXPECT_THAT(slice.errors, IsEmpty()) << slice.InWords();
      slices.push_back(slice.ok);
    }
    return Median(slices);
  }
  // Other programs may need the processors just now, too.
  bool Recovers(uint64_t peak) {
    return WaitUntil([&] { return Goodput() >= peak / 3; });
  }
  // Each call is done or refused: none waits for its deadline, or loses its connection.
  static void ExpectDoneOrRefused(const FloodResult& flood) {
    for (const auto& [code, count] : flood.errors) EXPECT_EQ(code, "RESOURCE_EXHAUSTED") << count;
  }
  // What was executed is kept, about a KiB each, and what gRPC needed for so many calls at once;
  // what was refused is not.
  void ExpectMemoryIsBounded(size_t calls_at_once) {
    const size_t kept = cluster_.Metrics(0)["ExecutedCommands"];
    EXPECT_LE(PeakMemory(cluster_.replica(0).pid()),
              memory_ + kept * 2048 + calls_at_once * 16384 + 64 * kMiB);
  }

  Cluster cluster_;
  size_t memory_ = 0;
};

// One command after the other, so that these machines can offer much more than is done.
class SlowReplicasTest : public OverloadTest {
 protected:
  SlowReplicasTest() : OverloadTest({{"commands_max", 1}, {"window_instances_max", 1}}) {}
};

TEST_F(SlowReplicasTest, TheExcessIsRefusedAndTheRestGoesOn) {
  constexpr size_t kCallsMax = 5'000;
  const uint64_t peak = Goodput();
  ASSERT_GT(peak, 0);
  std::vector<uint64_t> slices;
  for (int i = 0; i < 5; ++i) {
    const FloodResult flood = RunFlood({.port = cluster_.client_port(0),
                                        .calls_max = kCallsMax,
                                        .calls_per_second = 10 * peak * (absl::Seconds(1) / kSlice),
                                        .length = kSlice});
    ExpectDoneOrRefused(flood);
    EXPECT_GT(flood.refused_after.size(), flood.calls / 4) << flood.InWords();
    EXPECT_LT(flood.RefusedWithin(0.99), absl::Seconds(5)) << flood.InWords();
    slices.push_back(flood.ok);
  }
  std::cout << "done in half a second: " << peak << " at the peak, " << Median(slices)
            << " in the flood\n";
  // The flood takes the processors that the replicas need, so this is far from the four fifths that
  // the same queues keep in simulated time (tests/runtime/overload_test.cc). Where the flood
  // silences the peers it is below a hundredth.
  EXPECT_GE(Median(slices), peak / 80);
  EXPECT_TRUE(Recovers(peak));
  ExpectMemoryIsBounded(kCallsMax);
}

TEST_F(OverloadTest, MoreThanTheMachineCanDoLeavesNothingBehind) {
  constexpr size_t kCallsMax = 20'000;
  const uint64_t peak = Goodput();
  const size_t files = OpenFiles(cluster_.replica(0).pid());
  ExpectDoneOrRefused(RunFlood({.port = cluster_.client_port(0),
                                .calls_max = kCallsMax,
                                .calls_per_second = 1'000'000,
                                .length = kSlice}));
  ExpectMemoryIsBounded(kCallsMax);
  EXPECT_TRUE(cluster_.WaitLinked());
  EXPECT_TRUE(cluster_.WaitExecuted());
  EXPECT_TRUE(Recovers(peak));
  EXPECT_LE(OpenFiles(cluster_.replica(0).pid()), files + 4);
}

}  // namespace
}  // namespace althing
