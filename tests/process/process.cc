#include "tests/process/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

constexpr std::chrono::milliseconds kLookAgain(10);
constexpr int kCannotStart = 127;

std::vector<std::string> EnvironmentOf(const Program& program) {
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, "ALTHING_")) lines.push_back(*entry);
  }
  for (const auto& [name, value] : program.environment) {
    lines.push_back(absl::StrCat(name, "=", value));
  }
  return lines;
}

// As exec wants it. `lines` must outlive what is returned.
std::vector<char*> Pointers(std::vector<std::string>& lines) {
  std::vector<char*> pointers;
  for (std::string& line : lines) pointers.push_back(line.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the child: only what is safe between fork and exec.
[[noreturn]] void Become(char** arguments, char** environment, int in, int out, int err,
                         pid_t parent) {
  // Also when the test is killed, nothing is left behind.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(kCannotStart);
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(kCannotStart);
  execve(arguments[0], arguments, environment);
  _exit(kCannotStart);
}

int Open(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  EXPECT_GE(fd, 0) << path;
  return fd;
}

}  // namespace

bool WaitUntil(const std::function<bool()>& done, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Process::Process(const Program& program) {
  std::vector<std::string> command = program.command;
  std::vector<std::string> environment = EnvironmentOf(program);
  const std::vector<char*> arguments = Pointers(command);
  const std::vector<char*> variables = Pointers(environment);
  const int in = Open("/dev/null", O_RDONLY);
  const int out = Open(program.out_path, O_WRONLY | O_CREAT | O_APPEND);
  const int err = Open(program.err_path, O_WRONLY | O_CREAT | O_APPEND);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    Become(const_cast<char**>(arguments.data()), const_cast<char**>(variables.data()), in, out, err,
           parent);
  }
  EXPECT_GT(pid_, 0) << "fork failed";
  for (const int fd : {in, out, err}) close(fd);
}

Process::~Process() {
  Signal(SIGKILL);
  if (!exit_code_.has_value()) waitpid(pid_, nullptr, 0);
}

void Process::Signal(int signal) {
  if (running()) kill(pid_, signal);
}

std::optional<int> Process::exit_code() {
  int status = 0;
  if (!exit_code_.has_value() && waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return exit_code_;
}

std::optional<int> Process::WaitExit(std::chrono::milliseconds patience) {
  WaitUntil([this] { return !running(); }, patience);
  return exit_code();
}

Finished RunToEnd(const std::string& directory, std::vector<std::string> command,
                  std::map<std::string, std::string> environment) {
  const std::string out_path = directory + "/out";
  const std::string err_path = directory + "/err";
  unlink(out_path.c_str());
  unlink(err_path.c_str());
  Process process({std::move(command), out_path, err_path, std::move(environment)});
  const int exit_code = process.WaitExit().value_or(-1);
  return {exit_code, ReadFile(out_path), ReadFile(err_path)};
}

}  // namespace althing
