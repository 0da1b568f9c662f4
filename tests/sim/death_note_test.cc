#include "tests/sim/death_note.h"

#include <gtest/gtest.h>

#include "replica/core/check.h"

namespace althing::sim {
namespace {

void Die() {
  SayOnDeath("seed 1");
  SayOnDeath("seed 2");
  CHECK(1 + 1 == 3);
}

TEST(DeathNoteTest, ABrokenCheckNamesTheSeed) {
  EXPECT_DEATH(Die(), "CHECK failed: 1 \\+ 1 == 3.*\n.*seed 2");
}

}  // namespace
}  // namespace althing::sim
