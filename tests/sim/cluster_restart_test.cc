// Bare cores with logs and checkpoints: they forget, and who starts again goes on.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "tests/sim/cluster.h"
#include "tests/sim/outcomes.h"

namespace althing::sim {
namespace {

class ClusterRestartTest : public testing::Test {
 protected:
  void Settle() {
    for (int i = 0; i < 100; ++i) {
      cluster_.Deliver();
      cluster_.Advance(10);
    }
  }
  Cluster cluster_{{.n = 3, .window = 4, .collect_ticks = 1, .restartable = true}};
};

TEST_F(ClusterRestartTest, MembersThatStartAgainForgetToo) {
  Random random(1);
  for (int step = 0; step < 400; ++step) {
    const int at = static_cast<int>(random.Below(3));
    cluster_.Propose(at, pb::OPERATION_APPEND, absl::StrCat("k", random.Below(3)), "v");
    cluster_.Deliver();
    cluster_.Advance(1 + random.Below(10));
    if (random.Below(4) == 0) cluster_.TakeCheckpoint(at);
    if (random.Below(20) == 0) cluster_.CutShort(at);
    const absl::Status status = cluster_.CheckInvariants();
    ASSERT_TRUE(status.ok()) << status;
  }
  Settle();
  EXPECT_EQ(FindConflictingOutcomes(cluster_), "");
  // Applied, executed everywhere, known to be so.
  for (int round = 0; round < 3; ++round) {
    for (int at = 0; at < 3; ++at) cluster_.TakeCheckpoint(at);
    Settle();
  }
  for (int at = 0; at < 3; ++at) {
    EXPECT_EQ(cluster_.held(at).instances + cluster_.held(at).keys, 0u);
    EXPECT_GT(cluster_.Sum(at, Event::Kind::kCollected), 200u);
  }
}

TEST_F(ClusterRestartTest, WhatNoCheckpointHasIsKept) {
  for (int i = 0; i < 5; ++i) cluster_.Propose(0, pb::OPERATION_APPEND, "k", "v");
  Settle();
  for (int at = 0; at < 2; ++at) cluster_.TakeCheckpoint(at);
  Settle();
  for (int at = 0; at < 2; ++at) cluster_.TakeCheckpoint(at);
  Settle();
  EXPECT_TRUE(cluster_.collects());
  EXPECT_GT(cluster_.held(0).instances, 0u) << "member 2 would execute them again";
  EXPECT_FALSE(cluster_.ExecutedEverywhereBefore(Id(0, 1), Id(0, 2)));
}

}  // namespace
}  // namespace althing::sim
