// run.sh kills and restarts single replicas, with a run directory and ports of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kCannotNow = 69, kWrongWords = 64;

class RunShTest : public testing::Test {
 protected:
  ~RunShTest() override {
    for (int i = 0; i < cluster_.members(); ++i) {
      if (PidOf(i) > 0) kill(PidOf(i), SIGKILL);
    }
  }
  std::string RunDirectory() const { return cluster_.directory() + "/run"; }
  // 0: it never ran.
  pid_t PidOf(int i) const {
    pid_t pid = 0;
    (void)absl::SimpleAtoi(ReadFile(absl::StrCat(RunDirectory(), "/replica.", i, ".pid")), &pid);
    return pid;
  }
  Program Command(const std::vector<std::string>& words, const std::string& name) const {
    std::vector<std::string> command = {ALTHING_SOURCE_DIR "/run.sh", "--config",
                                        cluster_.config_path()};
    command.insert(command.end(), words.begin(), words.end());
    return {command,
            cluster_.directory() + "/" + name + ".out",
            cluster_.directory() + "/" + name + ".err",
            {{"RUN_SH_DIR", RunDirectory()},
             {"RUN_SH_BUILD", programs_},
             {"RUN_SH_READY_SECONDS", ready_seconds_}}};
  }
  Finished Run(const std::vector<std::string>& words) const {
    const Program program = Command(words, "one");
    return RunToEnd(cluster_.directory(), program.command, program.environment);
  }

  Cluster cluster_{3, {{"durability", "fsync"}}};
  std::string programs_ = ALTHING_BINARY_DIR;
  std::string ready_seconds_ = "30";
};

TEST_F(RunShTest, KillsAndRestartsOneReplicaAndSaysWhyNot) {
  const Finished none = Run({"kill", "0"});
  EXPECT_EQ(none.exit_code, kCannotNow);
  EXPECT_THAT(none.err, HasSubstr("replica 0 does not run"));
  EXPECT_EQ(Run({"kill", "7"}).exit_code, kWrongWords);

  const Finished first = Run({"restart", "0"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("Replica 0 runs, and is ready as soon as it reaches enough"));
  const Finished second = Run({"restart", "1"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("Replica 1 "));
  const Finished again = Run({"restart", "1"});
  EXPECT_EQ(again.exit_code, kCannotNow);
  EXPECT_THAT(again.err, HasSubstr("replica 1 runs already; first: ./run.sh kill 1"));

  const pid_t pid = PidOf(0);
  ASSERT_GT(pid, 0);
  EXPECT_THAT(Run({"kill", "0"}).out, HasSubstr(absl::StrCat("Replica 0 (process ", pid, ") is ")));
  EXPECT_TRUE(WaitUntil([&] { return kill(pid, 0) != 0; }));  // Also for who buries it.
  EXPECT_EQ(Run({"kill", "0"}).exit_code, kCannotNow);

  const Finished back = Run({"restart", "0"});
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_THAT(ReadFile(RunDirectory() + "/replica.0.log"), HasSubstr(" event=restored "));
  EXPECT_THAT(Run({"stop"}).out, HasSubstr("Stopped 2 replicas."));
}

// Each word of what the loser says is ours: no message of the shell, no replica that ended.
TEST_F(RunShTest, OfTwoRestartsAtOnceOneSaysThatItDoesNothing) {
  for (int round = 0; round < 3; ++round) {
    Process one(Command({"restart", "0"}, absl::StrCat("one", round)));
    Process other(Command({"restart", "0"}, absl::StrCat("other", round)));
    const int code_one = one.WaitExit().value_or(-1), code_other = other.WaitExit().value_or(-1);
    ASSERT_EQ(std::min(code_one, code_other), 0) << round;
    ASSERT_EQ(std::max(code_one, code_other), kCannotNow) << round;
    const std::string loser = code_one == 0 ? "other" : "one";
    EXPECT_THAT(ReadFile(absl::StrCat(cluster_.directory(), "/", loser, round, ".err")),
                AnyOf("run.sh: another run.sh is just starting replica 0\n",
                      "run.sh: replica 0 runs already; first: ./run.sh kill 0\n"));
    EXPECT_EQ(Run({"kill", "0"}).exit_code, 0);
  }
}

// One of them would put its process id where the other's stood.
TEST_F(RunShTest, StartingAllAndStartingOneExcludeEachOther) {
  std::filesystem::create_directories(RunDirectory());
  const int lock =
      open((RunDirectory() + "/start.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_GE(lock, 0);
  const auto refused = [&](const std::vector<std::string>& words) {
    const Finished finished = Run(words);
    EXPECT_EQ(finished.exit_code, kCannotNow) << words[0];
    EXPECT_EQ(finished.err, "run.sh: another run.sh is just starting replicas here; wait for it\n");
  };
  ASSERT_EQ(flock(lock, LOCK_SH), 0);  // As `restart 1` does.
  refused({"start"});
  EXPECT_EQ(Run({"restart", "0"}).exit_code, 0) << "several may start one each";
  EXPECT_EQ(Run({"kill", "0"}).exit_code, 0);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);  // As `start` does.
  refused({"restart", "0"});
  close(lock);
  EXPECT_EQ(Run({"start"}).exit_code, 0);
  EXPECT_EQ(Run({"kill", "2"}).exit_code, 0);
  EXPECT_EQ(Run({"restart", "2"}).exit_code, 0) << "once all are ready it is over";
  EXPECT_EQ(Run({"stop"}).exit_code, 0);
}

TEST_F(RunShTest, KillingOneThatIsAboutToEndIsSaidInWords) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(Run({"restart", "0"}).exit_code, 0);
    kill(PidOf(0), SIGTERM);
    const Finished killed = Run({"kill", "0"});
    EXPECT_THAT(killed.exit_code, AnyOf(0, kCannotNow));
    EXPECT_THAT(killed.out + killed.err,
                AnyOf(HasSubstr("is killed"), HasSubstr("does not run"), HasSubstr("just ended")));
    EXPECT_THAT(killed.err, Not(HasSubstr("line ")));
    ASSERT_TRUE(WaitUntil([&] { return kill(PidOf(0), 0) != 0; }));
  }
}

// With programs that only seem to read a long log.
class RunShPatienceTest : public RunShTest {
 protected:
  RunShPatienceTest() {
    programs_ = cluster_.directory() + "/programs";
    ready_seconds_ = "3";
    std::filesystem::create_directories(programs_);
    // It tells by a file that it serves.
    WriteProgram("client", absl::StrCat("[[ -e ", programs_,
                                        "/serves ]] && echo "
                                        R"('{"replicas":[{"replica":0,"address":"h",)"
                                        R"("answered":true,"ready":true}]}')"));
  }
  void WriteProgram(const std::string& name, const std::string& script) const {
    const std::string path = programs_ + "/" + name;
    std::ofstream(path) << "#!/usr/bin/env bash\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  // So many lines of progress, half a second each; then it serves or stands still.
  void WriteReplica(int lines, const std::string& then) const {
    WriteProgram("replica", absl::StrCat(R"(
if [[ " $* " == *" --print-config"* ]]; then
  printf 'replicas[0].id 0 file\nreplicas[0].host "h" file\n'
  exit
fi
for ((i = 0; i <= )",
                                         lines, R"(; ++i)); do
  printf 'time=t level=info replica=0 event=restoring directory=d records=%d of=)",
                                         lines, R"(\n' $i >&2
  sleep 0.5
done
)",
                                         then, "\nsleep 30"));
  }
};

TEST_F(RunShPatienceTest, WaitsWhileTheReplicaReadsItsLogAndSaysSo) {
  WriteReplica(10, absl::StrCat("touch ", programs_, "/serves"));
  const Finished run = Run({"restart", "0"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("Replica 0 reads its log: 9 of 10 records\n"));
  EXPECT_THAT(run.out, HasSubstr("Replica 0 is ready"));
}

TEST_F(RunShPatienceTest, GivesUpWhenNothingMovesAndSaysWhatWasLast) {
  WriteReplica(1, "");
  const Finished run = Run({"restart", "0"});
  EXPECT_EQ(run.exit_code, kCannotNow);
  EXPECT_THAT(run.err, HasSubstr("replica 0 does not answer, and nothing has moved for 3 s: time=t "
                                 "level=info replica=0 event=restoring directory=d records=1"));
}

}  // namespace
}  // namespace althing
