#include "tests/sim/shake.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tests/sim/death_note.h"

namespace althing::sim {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kSeeds = 300;
#else
constexpr uint64_t kSeeds = 3000;
#endif

// ALTHING_SHAKE_SEEDS in the environment asks for more of them.
uint64_t Seeds() {
  const char* seeds = std::getenv("ALTHING_SHAKE_SEEDS");
  return seeds == nullptr ? kSeeds : std::strtoull(seeds, nullptr, 10);
}

TEST(ShakeTest, EverythingHappensOnceAndInOneOrderWhateverTheNetworkDoes) {
  std::map<Event::Kind, ShakeResult::Tally> events;
  uint64_t unknown = 0;
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    SayOnDeath(absl::StrCat("seed ", seed));
    const ShakeResult result = Shake(seed);
    ASSERT_EQ(result.failure, "") << "seed " << seed;
    for (const auto& [kind, tally] : result.events) {
      events[kind].count += tally.count;
      events[kind].sum += tally.sum;
    }
    unknown += result.unknown;
  }
  if (Seeds() < 3000) return;
  // Each way to a decision was really taken.
  EXPECT_GT(events[Event::Kind::kFastDecision].count, 1000u);
  EXPECT_GT(events[Event::Kind::kSlowDecision].count, 1000u);
  EXPECT_GT(events[Event::Kind::kTwoFlushDecision].count, 20u);
  // And each fate of a request was met.
  EXPECT_GT(events[Event::Kind::kRepeatedRequests].count, 1000u);
  EXPECT_GT(events[Event::Kind::kSessionsExpired].count, 100u);
  EXPECT_GT(unknown, 20u);
  EXPECT_GT(events[Event::Kind::kRecoveredPayload].sum, 1000u);
  EXPECT_GT(events[Event::Kind::kRecoveredNoop].sum, 1000u);
  EXPECT_GT(events[Event::Kind::kRecoveryWaits].sum, 100u);
  EXPECT_GT(events[Event::Kind::kRecoveryRetried].sum, 1000u);
}

TEST(ShakeTest, ASeedRepeatsItself) { EXPECT_EQ(Shake(7).digest, Shake(7).digest); }

}  // namespace
}  // namespace althing::sim
