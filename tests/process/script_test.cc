// Scripts and the shell on a live cluster.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/check/judge.h"
#include "tests/client/terminal.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

class ScriptProcessTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(cluster_.StartAll()); }

  std::string WriteScript(const std::string& text) const {
    const std::string path = cluster_.directory() + "/script";
    std::ofstream(path) << text;
    return path;
  }

  Cluster cluster_{3};
};

TEST_F(ScriptProcessTest, WritesToOneKeyAtTwoReplicasAtOnceHaveAnOrder) {
  const std::string path = WriteScript(
      "put k begin\n"
      "parallel\n"
      "  replica=0 append k a\n"
      "  replica=1 append k b\n"
      "  replica=2 append k c\n"
      "end\n"
      "replica=0 get k\n"
      "replica=1 get k\n");
  const std::string history_path = cluster_.directory() + "/history.jsonl";
  const Finished finished =
      cluster_.RunClient({"script", path, "--repeat", "20", "--history", history_path});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("120 accesses, 120 answered, 0 failed"));
  const auto history = check::ParseHistory(ReadFile(history_path));
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->size(), 120u);
  const check::Judgement judgement = check::Judge(*history);
  EXPECT_EQ(judgement.verdict, check::Verdict::kLinearizable)
      << check::InWords(judgement, *history);
  // They conflicted: some needed the slow path.
  uint64_t slow = 0;
  for (int i = 0; i < 3; ++i) slow += cluster_.Metrics(i)["Slows"].get<uint64_t>();
  EXPECT_GT(slow, 0u);
}

TEST_F(ScriptProcessTest, AScriptThatFindsAnotherValueFails) {
  const std::string path = WriteScript("put k a\nreplica=2 get k\nexpect b\n");
  const Finished finished = cluster_.RunClient({"script", path});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err,
              HasSubstr(absl::StrCat("error: script: ", path, ":3: expected \"b\", found \"a\".")));
}

TEST_F(ScriptProcessTest, TheShellServesAllItsWritesInOneSession) {
  Terminal terminal(
      {absl::StrCat(ALTHING_BINARY_DIR, "/client"), "--config", cluster_.config_path(), "repl"},
      {"TERM=xterm"});
  terminal.Until("3 of 3 replicas answer.");
  for (const std::string value : {"a", "b", "c"}) {
    terminal.Until("any> ");
    terminal.Type(absl::StrCat("append k ", value, "\r"));
    terminal.Until("OK\r\n");
  }
  terminal.Until("any> ");
  terminal.Type("replica=2 get k\r");
  terminal.Until("abc\r\n");
  terminal.Until("any> ");
  terminal.Type("exit\r");
  EXPECT_EQ(terminal.WaitExit(), 0);
  ASSERT_TRUE(cluster_.WaitExecuted());
  EXPECT_EQ(cluster_.Metrics(0)["SessionsOpened"], 1);
  EXPECT_EQ(cluster_.Metrics(0)["SessionsClosed"], 1);
}

}  // namespace
}  // namespace althing
