// Ports that are taken for one another: each side that can tell says so in words, nothing is
// written, and the replicas that are right go on.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

// How often the words are in the log, in all of its lines.
size_t Count(const std::string& log, const std::string& words) {
  size_t count = 0;
  for (size_t at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) ++count;
  return count;
}

class CrossedPortsTest : public testing::Test {
 protected:
  // Of replica 1 and 2, as the replica that is wrong believes.
  std::string ConfigWith(int client_1, int peer_1, int client_2, int peer_2) {
    const auto replica = [](int id, int client, int peer) {
      return Json{{"id", id}, {"host", "127.0.0.1"}, {"client_port", client}, {"peer_port", peer}};
    };
    return cluster_.WriteConfig(
        "crossed.json",
        {{"replicas", Json::array({replica(0, cluster_.client_port(0), cluster_.peer_port(0)),
                                   replica(1, client_1, peer_1), replica(2, client_2, peer_2)})}});
  }
  bool WaitLog(int i, const std::string& words) {
    return WaitUntil([&] { return absl::StrContains(cluster_.Log(i), words); });
  }
  // Replicas 1 and 2 serve, and 0 does not.
  void ExpectTheOthersServe() {
    EXPECT_TRUE(WaitLog(1, "event=ready reached=2 "));
    EXPECT_TRUE(WaitLog(2, "event=ready reached=2 "));
    EXPECT_EQ(cluster_.Put(1, "key", "value").reply.results(0).version(), 1);
    EXPECT_EQ(cluster_.Put(0, "key", "stray").status.code(), absl::StatusCode::kUnavailable);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(cluster_.replica(i).running()) << i;
  }

  Cluster cluster_{3};
};

TEST_F(CrossedPortsTest, AClientAtAPeerPortIsToldThatItIsNotServedThere) {
  ASSERT_TRUE(cluster_.StartAll());
  const std::string peer_port = absl::StrCat("127.0.0.1:", cluster_.peer_port(0));
  const Finished put = cluster_.RunClient({"put", "key", "value", "--endpoints", peer_port});
  EXPECT_NE(put.exit_code, 0);
  EXPECT_THAT(put.err, HasSubstr("UNIMPLEMENTED"));
  EXPECT_NE(cluster_.RunClient({"status", "--endpoints", peer_port}).exit_code, 0);
  EXPECT_EQ(cluster_.Get(0, "key"), "none version 0");
  EXPECT_TRUE(cluster_.WaitLinked());
}

TEST_F(CrossedPortsTest, AReplicaThatDialsAClientPortSaysWhichToCorrect) {
  cluster_.Start(1);
  cluster_.Start(2);
  cluster_.StartWith(0, ConfigWith(cluster_.peer_port(1), cluster_.client_port(1),
                                   cluster_.client_port(2), cluster_.peer_port(2)));
  EXPECT_TRUE(WaitLog(0, absl::StrCat("event=refused peer=1 why=\"what listens on 127.0.0.1:",
                                      cluster_.client_port(1),
                                      " serves no replicas, as a client port does: correct host "
                                      "and peer_port of replica 1")));
  ExpectTheOthersServe();
}

TEST_F(CrossedPortsTest, TwoPeersWhosePortsAreCrossedAreNotTakenForEachOther) {
  cluster_.Start(1);
  cluster_.Start(2);
  cluster_.StartWith(0, ConfigWith(cluster_.client_port(1), cluster_.peer_port(2),
                                   cluster_.client_port(2), cluster_.peer_port(1)));
  for (const auto& [meant, reached] : {std::pair(1, 2), std::pair(2, 1)}) {
    const std::string words =
        absl::StrCat("replica 0 meant replica ", meant, " and reached replica ", reached,
                     ": correct the hosts and peer ports");
    EXPECT_TRUE(WaitLog(0, absl::StrCat("event=refused peer=", meant, " why=\"", words)));
    EXPECT_TRUE(WaitLog(reached, words));
  }
  ExpectTheOthersServe();
  // It tries again each second, and says so once in ten.
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(Count(cluster_.Log(i), "event=stream_ended"), 2) << cluster_.Log(i);
  }
}

}  // namespace
}  // namespace althing
