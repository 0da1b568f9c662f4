#include "replica/runtime/drop_lottery.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace althing {
namespace {

std::vector<bool> Draws(double percent, uint64_t seed, int count) {
  DropLottery lottery(percent, seed);
  std::vector<bool> draws;
  for (int i = 0; i < count; ++i) draws.push_back(lottery.Draw());
  return draws;
}

int Dropped(const std::vector<bool>& draws) {
  int dropped = 0;
  for (const bool drop : draws) dropped += drop ? 1 : 0;
  return dropped;
}

TEST(DropLotteryTest, DropsTheShareThatIsAsked) {
  constexpr int kDraws = 100'000;
  for (const double percent : {0.5, 5.0, 30.0, 90.0}) {
    const double share = 100.0 * Dropped(Draws(percent, 1, kDraws)) / kDraws;
    EXPECT_NEAR(share, percent, 0.5);
    EXPECT_GT(share, 0);
  }
}

TEST(DropLotteryTest, ZeroDropsNothing) { EXPECT_EQ(Dropped(Draws(0, 1, 10'000)), 0); }

TEST(DropLotteryTest, TheSeedDecidesTheSequence) {
  EXPECT_EQ(Draws(30, 7, 1000), Draws(30, 7, 1000));
  EXPECT_NE(Draws(30, 7, 1000), Draws(30, 8, 1000));
}

TEST(DropLotteryTest, TheSequenceIsTheSameOnEveryMachine) {
  std::string sequence;
  for (const bool drop : Draws(50, 1, 32)) sequence += drop ? 'x' : '.';
  EXPECT_EQ(sequence, "...xx...x.x.x.xx....xxxxxx..x...");
}

}  // namespace
}  // namespace althing
