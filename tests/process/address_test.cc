// Replicas on addresses other than those of IPv4, and a peer that is not there.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

TEST(AddressTest, ReplicasOnIpv6FindEachOtherAndServe) {
  Cluster cluster(3);
  Json replicas = Json::array();
  std::string endpoints;
  for (int i = 0; i < 3; ++i) {
    replicas.push_back({{"id", i},
                        {"host", "::1"},
                        {"client_port", cluster.client_port(i)},
                        {"peer_port", cluster.peer_port(i)}});
    absl::StrAppend(&endpoints, i == 0 ? "" : ",", "[::1]:", cluster.client_port(i));
  }
  const std::string config = cluster.WriteConfig("ipv6.json", {{"replicas", replicas}});
  for (int i = 0; i < 3; ++i) cluster.StartWith(i, config);
  ASSERT_TRUE(WaitUntil([&] {
    return cluster.RunClient({"status", "--endpoints", endpoints}).exit_code == 0 ||
           absl::StrContains(cluster.Log(0), "cannot be listened on");
  }));
  if (absl::StrContains(cluster.Log(0), "cannot be listened on")) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(cluster.WaitEnd(i), 69);
    GTEST_SKIP() << "this machine has no ::1";
  }
  EXPECT_EQ(cluster.RunClient({"put", "key", "value", "--endpoints", endpoints}).exit_code, 0);
  // The configuration is as good as the list.
  const Finished get = cluster.RunClient({"get", "key"}, {{"ALTHING_CLIENT_CONFIG", config}});
  EXPECT_EQ(get.out, "value\n") << get.err;
}

TEST(AddressTest, APeerThatIsNotThereIsNamedInTheStatusAndNotInTheLogForEachTry) {
  Cluster cluster(3);
  cluster.Start(0);
  cluster.Start(1);
  ASSERT_TRUE(cluster.WaitLinked());
  EXPECT_EQ(cluster.Put(0, "key", "value").reply.results(0).version(), 1);
  const Finished status = cluster.RunClient({"status"});
  EXPECT_THAT(status.out, HasSubstr(absl::StrCat("replica 2 (127.0.0.1:", cluster.client_port(2),
                                                 ") does not answer")));
  EXPECT_EQ(status.exit_code, 5);
  // Many tries a second, and not a word of them.
  for (int put = 2; put < 200; ++put)
    EXPECT_EQ(cluster.Put(0, "key", "v").reply.results(0).version(), put);
  EXPECT_FALSE(absl::StrContains(cluster.Log(0), absl::StrCat(cluster.peer_port(2))))
      << cluster.Log(0);
}

}  // namespace
}  // namespace althing
