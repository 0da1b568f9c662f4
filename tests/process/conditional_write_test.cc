// Clients that race to change one key at different replicas, each only if nobody was faster.
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

constexpr int kClients = 5;
constexpr int kIncrements = 20;

// Reads the counter and raises it by one if it is as it was read, until that succeeded often
// enough. The number of attempts that were too late, or -1 after an error.
int Increment(AdminClient& client, size_t replica) {
  int late = 0;
  for (int done = 0; done < kIncrements;) {
    const Answer read =
        client.Propose(replica, MakeCommand(v1::OPERATION_GET, "counter"), kCallTimeout);
    int value = 0;
    if (!read.status.ok()) return -1;
    if (read.reply.results(0).found() && !absl::SimpleAtoi(read.reply.results(0).value(), &value))
      return -1;
    v1::Command write = MakeCommand(v1::OPERATION_PUT, "counter", absl::StrCat(value + 1));
    // By version and by value in turn: both must hold.
    if (read.reply.results(0).found() && done % 2 == 0) {
      write.set_if_value(read.reply.results(0).value());
    } else {
      write.set_if_version(read.reply.results(0).version());
    }
    const Answer answer = client.Propose(replica, write, kCallTimeout);
    if (!answer.status.ok()) return -1;
    ++(answer.reply.results(0).condition_failed() ? late : done);
  }
  return late;
}

TEST(ConditionalWriteTest, NoIncrementIsLostWhoeverRaces) {
  Cluster cluster(kClients);
  ASSERT_TRUE(cluster.StartAll());
  std::vector<int> late(kClients);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] { late[i] = Increment(*cluster.MakeClient(), i); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(late, testing::Each(testing::Ge(0)));
  EXPECT_THAT(late, testing::Contains(testing::Gt(0)));  // Else they did not race.
  // What failed counted nothing: as many versions as increments.
  const std::string expected =
      absl::StrCat(kClients * kIncrements, " version ", kClients * kIncrements);
  for (int i = 0; i < kClients; ++i) EXPECT_EQ(cluster.Get(i, "counter"), expected);
}

TEST(ConditionalWriteTest, TheProgramCreatesAppendsAndComparesByExitCode) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  EXPECT_EQ(cluster.RunClient({"put", "k", "a", "--if-absent"}).exit_code, 0);
  const Finished again = cluster.RunClient({"put", "k", "b", "--if-absent", "--replica", "2"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err,
              testing::HasSubstr("the condition failed: the key has a value and version 1"));
  EXPECT_EQ(cluster.RunClient({"append", "k", "b", "--if-value", "a"}).exit_code, 0);
  EXPECT_EQ(cluster.RunClient({"get", "6b", "--replica", "1", "--encoding", "hex"}).out, "6162\n");
  EXPECT_EQ(cluster.RunClient({"del", "k", "--if-version", "1"}).exit_code, 1);
  EXPECT_EQ(cluster.RunClient({"del", "k", "--if-version", "2"}).exit_code, 0);
}

}  // namespace
}  // namespace althing
