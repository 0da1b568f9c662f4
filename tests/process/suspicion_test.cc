// Peers that stand still with their connections open: nothing breaks, and still they must not count
// among those who can be reached.
#include <csignal>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

class SuspicionTest : public testing::Test {
 protected:
  SuspicionTest() { EXPECT_TRUE(cluster_.StartAll()); }
  // What replica i knows of the peer.
  uint64_t Gauge(int i, int peer, const char* name) {
    return cluster_.Metrics(i)["Peers"][std::to_string(peer)][name].get<uint64_t>();
  }

  Cluster cluster_{3};
};

TEST_F(SuspicionTest, APeerThatStandsStillIsUnreachableUntilItGoesOn) {
  ASSERT_TRUE(WaitUntil([&] { return Gauge(0, 2, "RoundTripNs") > 0; }));
  EXPECT_LT(Gauge(0, 2, "RoundTripNs"), 1'000'000'000u);
  cluster_.replica(2).Signal(SIGSTOP);
  for (const int i : {0, 1}) {
    EXPECT_TRUE(WaitUntil([&] { return Gauge(i, 2, "Suspected") == 1; })) << i;
  }
  EXPECT_THAT(cluster_.Log(0), HasSubstr("why=silent"));
  // On a busy machine one of these two may suspect the other as well, for a moment.
  EXPECT_TRUE(WaitUntil([&] { return cluster_.Put(0, "k", "v").status.ok(); }));
  EXPECT_TRUE(WaitUntil([&] { return cluster_.Put(1, "k", "w").status.ok(); }));
  cluster_.replica(2).Signal(SIGCONT);
  ASSERT_TRUE(cluster_.WaitLinked());
  EXPECT_EQ(Gauge(0, 2, "Suspected"), 0u);
  EXPECT_GE(Gauge(0, 2, "Suspicions"), 1u);
  EXPECT_EQ(cluster_.Get(2, "k"), "w version 2") << "what was refused wrote nothing";
}

TEST_F(SuspicionTest, WhoIsLeftAloneByThemIsNotReadyAndRefuses) {
  cluster_.replica(1).Signal(SIGSTOP);
  cluster_.replica(2).Signal(SIGSTOP);
  ASSERT_TRUE(
      WaitUntil([&] { return Gauge(0, 1, "Suspected") == 1 && Gauge(0, 2, "Suspected") == 1; }));
  const Answer answer = cluster_.Put(0, "k", "v");
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("only 1 of 3 replicas"));
  EXPECT_THAT(cluster_.RunClient({"status"}).out, HasSubstr("unavailable"));
  cluster_.replica(1).Signal(SIGCONT);
  cluster_.replica(2).Signal(SIGCONT);
  ASSERT_TRUE(cluster_.WaitLinked());
  EXPECT_TRUE(cluster_.Put(0, "k", "v").status.ok());
}

}  // namespace
}  // namespace althing
