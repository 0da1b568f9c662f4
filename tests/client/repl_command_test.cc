// The shell of the real program, at a pseudo-terminal.
#include "client/commands/repl_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_replica.h"
#include "tests/client/terminal.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

constexpr char kTab[] = "\t";
constexpr char kUp[] = "\x1b[A";
constexpr char kCtrlC[] = "\x03";
constexpr char kCtrlD[] = "\x04";

class ReplCommandTest : public ::testing::Test {
 protected:
  ~ReplCommandTest() override { std::filesystem::remove_all(state_); }

  std::unique_ptr<Terminal> Start(std::vector<std::string> flags = {},
                                  const std::string& endpoints = "") const {
    std::vector<std::string> command = {
        absl::StrCat(ALTHING_BINARY_DIR, "/client"),
        "repl",
        "--endpoints",
        endpoints.empty() ? absl::StrCat(a_.address(), ",", b_.address()) : endpoints,
        "--timeout",
        "60000"};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<Terminal>(
        command,
        std::vector<std::string>{"TERM=xterm", "LANG=C", absl::StrCat("XDG_STATE_HOME=", state_)});
  }
  std::string History() const {
    std::ifstream in(state_ + "/althing/history", std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  }

  const std::string state_ = absl::StrCat(testing::TempDir(), "repl_command.", getpid());
  // The key "slow" is never answered.
  FakeReplica a_{0, [](grpc::ServerContext& context, const v1::Command& command) {
                   while (command.key() == "slow" && !context.IsCancelled()) {
                     std::this_thread::sleep_for(std::chrono::milliseconds(1));
                   }
                   return grpc::Status::OK;
                 }};
  FakeReplica b_{1};
};

TEST_F(ReplCommandTest, GreetsRunsLinesAndLeavesAtTheEnd) {
  const auto terminal = Start();
  terminal->Until("Cluster althing: 2 of 2 replicas answer.");
  terminal->Until("althing any> ");
  terminal->Type("put k v\r");
  terminal->Until("OK\r\n");
  terminal->Until("althing any> ");
  terminal->Type("no such thing\r");
  terminal->Until("error: there is no command \"no\".");
  terminal->Until("althing any> ");
  terminal->Type("use replica 1\r");
  terminal->Until("althing replica 1> ");
  terminal->Type("get k\r");
  terminal->Until("the key has no value");
  terminal->Until("althing replica 1> ");
  terminal->Type("status -o json\r");
  terminal->Until("\"health\":");
  terminal->Until("althing replica 1> ");
  terminal->UntilRaw();
  terminal->Type(kCtrlD);
  EXPECT_EQ(terminal->WaitExit(), kExitOk);
  EXPECT_EQ(b_.proposals(), 1);
  EXPECT_EQ(a_.proposals(), 1);
}

TEST_F(ReplCommandTest, TabCompletesCommandsFlagsAndKeys) {
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->UntilRaw();
  terminal->Type(absl::StrCat("pu", kTab, "colour blue --if-a", kTab, "\r"));
  terminal->Until("OK\r\n");
  terminal->Until("any> ");
  terminal->UntilRaw();
  terminal->Type(absl::StrCat("g", kTab, "c", kTab, "\r"));
  terminal->Until("blue\r\n");
  terminal->Until("any> ");
  terminal->UntilRaw();
  terminal->Type(absl::StrCat("s", kTab));
  EXPECT_THAT(terminal->Until("status\r\n"), HasSubstr("scheduler  script"));
}

TEST_F(ReplCommandTest, TheUpArrowBringsLinesBackInTheNextSessionToo) {
  {
    const auto terminal = Start();
    terminal->Until("any> ");
    terminal->Type("put k first\r");
    terminal->Until("OK\r\n");
    terminal->Until("any> ");
    terminal->Type(" put k secret\r");
    terminal->Until("OK\r\n");
    terminal->Until("any> ");
    terminal->Type("get k\r");
    terminal->Until("secret\r\n");
    terminal->Until("any> ");
    terminal->Type("exit\r");
    EXPECT_EQ(terminal->WaitExit(), kExitOk);
  }
  EXPECT_EQ(History(), "put k first\nget k\nexit\n");
  struct stat found = {};
  ASSERT_EQ(stat((state_ + "/althing/history").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->UntilRaw();
  terminal->Type(absl::StrCat(kUp, kUp, kUp, "\r"));
  terminal->Until("put k first");
  terminal->Until("OK\r\n");
  terminal->Until("any> ");
  terminal->Type(absl::StrCat("get k\r"));
  terminal->Until("first\r\n");
}

TEST_F(ReplCommandTest, CtrlCEndsTheCallAndNotTheShell) {
  const auto terminal = Start({"--replica", "0"});
  terminal->Until("replica 0> ");
  terminal->Type("put k v\r");
  terminal->Until("OK\r\n");
  terminal->Until("replica 0> ");
  terminal->Type("put slow v\r");
  while (a_.proposals() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  terminal->Type(kCtrlC);
  terminal->Until("CANCELLED");
  terminal->Until("Written: unknown.");
  terminal->Until("replica 0> ");
  terminal->Type("get k\r");
  terminal->Until("v\r\n");
  terminal->Until("replica 0> ");
  terminal->UntilRaw();
  terminal->Type(kCtrlD);
  EXPECT_EQ(terminal->WaitExit(), kExitOk);
}

TEST_F(ReplCommandTest, CtrlCAtThePromptDropsTheLine) {
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->Type("put k v");
  terminal->Until("put k v");
  terminal->Type(kCtrlC);
  terminal->Until("^C\r\n");
  terminal->Until("any> ");
  terminal->Type("get k\r");
  terminal->Until("the key has no value");
  terminal->Until("any> ");
  EXPECT_EQ(History(), "get k\n");
}

TEST_F(ReplCommandTest, SigtermEndsIt) {
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->Signal(SIGTERM);
  EXPECT_EQ(terminal->WaitExit(), kExitUnknown);
}

TEST_F(ReplCommandTest, TextIsUtf8InAnyLocale) {
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->Type("put k gr\u00fc\u00dfe\r");
  terminal->Until("OK\r\n");
  terminal->Until("any> ");
  terminal->Type("get 6b --encoding hex\r");
  terminal->Until("6772c3bcc39f65\r\n");
}

TEST_F(ReplCommandTest, StandardInputIsThePersons) {
  const auto terminal = Start();
  terminal->Until("any> ");
  terminal->Type("put k --value-file -\r");
  terminal->Until("there is no standard input to read here");
  terminal->Until("any> ");
  terminal->Type("batch\r");
  terminal->Until("there is no command. Give at least one");
  terminal->Until("any> ");
  terminal->Type("batch 'put k 1' 'get k'\r");
  terminal->Until("OK\r\n1\r\n");
}

TEST_F(ReplCommandTest, AReplicaThatDoesNotExistIsInvalidInput) {
  const auto terminal = Start({"--replica", "7"});
  terminal->Until("error: repl: there is no replica 7. Choose one of 0, 1. Written: no.");
  EXPECT_EQ(terminal->WaitExit(), kExitInvalidInput);
}

TEST_F(ReplCommandTest, NobodyAnswersIsSaid) {
  const std::string dead = DeadAddress();
  const auto terminal = Start({}, dead);
  terminal->Until("No replica answers.");
  terminal->Until(dead + " any> ");
}

}  // namespace
}  // namespace althing
