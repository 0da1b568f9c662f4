// Queue disciplines of real replicas: chosen by the configuration, changed under load.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {
namespace {

TEST(SchedulerTest, AnUnknownNameIs78AndNamesTheKnown) {
  const Cluster cluster(1);
  const std::string path =
      cluster.WriteConfig("wrong.json", {{"schedulers", {{"outgoing", "best"}}}});
  const std::string words =
      path + ": schedulers.outgoing: \"best\" is not known; use one of: fifo, lifo, round_robin\n";
  for (const Finished& finished :
       {cluster.RunReplica(path, {"--id", "0"}), cluster.RunReplica(path, {"--check-config"})}) {
    EXPECT_EQ(finished.exit_code, 78);
    EXPECT_EQ(finished.err, words);
  }
}

TEST(SchedulerTest, UnderLoadAnyDisciplineAnswersAllAndAChangeLosesNothing) {
  Cluster cluster(
      3, {{"partitions", 4}, {"schedulers", {{"incoming", "lifo"}, {"outgoing", "round_robin"}}}});
  ASSERT_TRUE(cluster.StartAll());
  Load load(cluster,
            {.replicas = {0, 1, 2}, .clients = 16, .keys = 8, .operations_max = 1'000'000});
  std::string incoming = "lifo", outgoing = "round_robin";
  for (const auto& [next_incoming, next_outgoing] :
       {std::pair("round_robin", "lifo"), std::pair("fifo", "fifo"), std::pair("lifo", "lifo")}) {
    ASSERT_TRUE(load.WaitProgress(200));
    const Finished set =
        cluster.RunClient({"scheduler", "--incoming", next_incoming, "--outgoing", next_outgoing});
    EXPECT_EQ(set.exit_code, 0) << set.err;
    std::string expected;
    for (int i = 0; i < 3; ++i) {
      absl::StrAppend(&expected, "replica ", i, " (127.0.0.1:", cluster.client_port(i),
                      "): incoming ", next_incoming, ", was ", incoming, "; outgoing ",
                      next_outgoing, ", was ", outgoing, "\n");
    }
    EXPECT_EQ(set.out, expected);
    incoming = next_incoming;
    outgoing = next_outgoing;
  }
  ASSERT_TRUE(load.WaitProgress(200));
  const History history = load.Stop();
  EXPECT_EQ(Failures(history), 0);
  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_TRUE(cluster.WaitExecuted(history.size()));
}

TEST(SchedulerTest, TheClientShowsEachReplicasDisciplinesAndANameThatDoesNotExistIs3) {
  Cluster cluster(2);
  ASSERT_TRUE(cluster.StartAll());
  EXPECT_EQ(
      cluster.RunClient({"scheduler", "--replica", "1", "--incoming", "round_robin"}).exit_code, 0);
  const Finished wrong = cluster.RunClient({"scheduler", "--incoming", "best"});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_THAT(wrong.err, testing::HasSubstr("use one of: fifo, lifo, round_robin"));
  const Finished shown = cluster.RunClient({"scheduler", "-o", "json"});
  EXPECT_EQ(Json::parse(shown.out, nullptr, false), Json::parse(R"({"replicas": [
                {"replica": 0, "incoming": "fifo", "outgoing": "fifo"},
                {"replica": 1, "incoming": "round_robin", "outgoing": "fifo"}]})"));
}

}  // namespace
}  // namespace althing
