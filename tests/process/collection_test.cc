// What all replicas have executed leaves their memory.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

TEST(CollectionTest, WhatAllHaveExecutedIsForgottenByAllUnlessOneIsAway) {
  Cluster cluster(3, {{"timing", {{"collect_ms", 20}}}});
  ASSERT_TRUE(cluster.StartAll());
  const auto write = [&](int at) {
    for (int k = 0; k < 50; ++k) {
      ASSERT_TRUE(cluster.Put(at, absl::StrCat("key", k), absl::StrCat(at)).status.ok());
    }
  };
  const auto held = [&](int at) {
    const Json metrics = cluster.Metrics(at);
    return metrics["InstancesHeld"].get<uint64_t>() + metrics["KeysIndexed"].get<uint64_t>();
  };
  for (const int at : {0, 1, 2}) write(at);
  for (const int at : {0, 1, 2}) {
    EXPECT_TRUE(WaitUntil([&] { return held(at) == 0; })) << cluster.Metrics(at);
    EXPECT_EQ(cluster.Metrics(at)["Collected"], 150) << at;
    EXPECT_EQ(cluster.Metrics(at)["Rejected"], 0) << at;
  }
  EXPECT_THAT(cluster.RunClient({"explain", "--instance", "1.7"}).out,
              HasSubstr("1.7 executed by all replicas, and its details are gone\n"));
  EXPECT_EQ(cluster.Get(2, "key7"), "2 version 3") << "the value stays";

  cluster.replica(2).Signal(SIGSTOP);
  write(0);
  EXPECT_GE(held(0), 100u);
  cluster.replica(2).Signal(SIGCONT);
  for (const int at : {0, 1, 2}) {
    EXPECT_TRUE(WaitUntil([&] { return held(at) == 0; })) << cluster.Metrics(at);
  }
}

}  // namespace
}  // namespace althing
