// Clusters of every size that there is.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

class ClusterSizeTest : public testing::TestWithParam<int> {};

TEST_P(ClusterSizeTest, EveryReplicaWritesAndReads) {
  const int members = GetParam();
  Cluster cluster(members);
  ASSERT_TRUE(cluster.StartAll());
  for (int i = 0; i < members; ++i) {
    const Answer answer = cluster.Put(i, absl::StrCat("own", i), absl::StrCat("value", i));
    EXPECT_TRUE(answer.status.ok()) << "replica " << i << ": " << answer.status;
    EXPECT_EQ(answer.reply.replica(), i);
    EXPECT_EQ(cluster.Put(i, "shared", absl::StrCat("value", i)).reply.results(0).version(), i + 1);
  }
  for (int i = 0; i < members; ++i) {
    for (int j = 0; j < members; ++j) {
      EXPECT_EQ(cluster.Get(i, absl::StrCat("own", j)), absl::StrCat("value", j, " version 1"));
    }
    EXPECT_EQ(cluster.Get(i, "shared"), absl::StrCat("value", members - 1, " version ", members));
  }
}

TEST_P(ClusterSizeTest, AsManyMayDieAsItSays) {
  const int members = GetParam();
  const int tolerated = (members - 1) / 2;
  Cluster cluster(members);
  ASSERT_TRUE(cluster.StartAll());
  for (int i = 0; i < members; ++i) {
    ASSERT_TRUE(cluster.Put(i, "key", absl::StrCat(i)).status.ok());
  }
  ASSERT_TRUE(cluster.WaitExecuted(members));
  for (int i = 0; i < tolerated; ++i) cluster.Kill(i);
  for (int i = tolerated; i < members; ++i) {
    EXPECT_EQ(cluster.Put(i, "key", absl::StrCat("again", i)).reply.results(0).version(),
              members + i - tolerated + 1)
        << "replica " << i;
  }
  EXPECT_EQ(cluster.Get(members - 1, "key"),
            absl::StrCat("again", members - 1, " version ", 2 * members - tolerated));
}

INSTANTIATE_TEST_SUITE_P(Replicas, ClusterSizeTest, testing::Range(1, 10),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace althing
