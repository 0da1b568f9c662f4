#include "tests/sim/draw_restarts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace althing::sim {
namespace {

TEST(DrawRestartsTest, DrawsEachKind) {
  int none = 0, in_order = 0, within_a_turn = 0, twice = 0, together = 0, without_disk = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = DrawPlan(seed, 100);
    std::map<int, int> of_member;
    std::map<int64_t, int> at;
    int back = 0;
    for (const Crash& crash : plan.crashes) {
      if (!crash.back_after_ns.has_value()) {
        EXPECT_FALSE(plan.core.Has(crash.member)) << "seed " << seed;
        continue;
      }
      ++back;
      in_order += crash.in_order;
      within_a_turn += crash.sends_kept > 0;
      ++of_member[crash.member.value];
      ++at[crash.at_ns];
    }
    none += back == 0;
    without_disk += !plan.restartable;
    EXPECT_TRUE(plan.restartable || back == 0) << "seed " << seed;
    twice += std::ranges::any_of(of_member, [](const auto& m) { return m.second > 1; });
    together += std::ranges::any_of(at, [&](const auto& t) { return t.second == plan.n; });
  }
  EXPECT_GT(none, 20);
  EXPECT_LT(none, 100);
  EXPECT_GT(without_disk, 10);
  EXPECT_GT(in_order, 20);
  EXPECT_GT(within_a_turn, 100);
  EXPECT_GT(twice, 50);
  EXPECT_GT(together, 10);
}

TEST(DrawRestartsTest, CanBeLeftOut) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Plan calm = DrawPlan(seed, 100), restless = calm;
    Apply({.without = {"restarts"}}, calm);
    Apply({.without = {"crashes"}}, restless);
    EXPECT_TRUE(std::ranges::none_of(
        calm.crashes, [](const Crash& crash) { return crash.back_after_ns.has_value(); }));
    EXPECT_TRUE(std::ranges::all_of(
        restless.crashes, [](const Crash& crash) { return crash.back_after_ns.has_value(); }));
  }
}

}  // namespace
}  // namespace althing::sim
