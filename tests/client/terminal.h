// The program at a terminal of its own, with the test as the person in front of it.
#ifndef ALTHING_TESTS_CLIENT_TERMINAL_H_
#define ALTHING_TESTS_CLIENT_TERMINAL_H_

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace althing {

// Invariant: the program ends at the latest with this object.
class Terminal {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  // `command`: path of the binary, then its arguments. `environment`: all of it, as NAME=VALUE.
  Terminal(std::vector<std::string> command, std::vector<std::string> environment) {
    const std::vector<char*> arguments = Pointers(command);
    const std::vector<char*> variables = Pointers(environment);
    const winsize size = {.ws_row = 24, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = forkpty(&screen_, nullptr, nullptr, &size);
    if (pid_ == 0) {  // Only what is safe between fork and exec.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execve(arguments[0], arguments.data(), variables.data());
      _exit(127);
    }
    EXPECT_GT(pid_, 0) << "forkpty failed";
  }
  ~Terminal() {
    if (!exit_code_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(screen_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void Type(const std::string& keys) {
    EXPECT_EQ(write(screen_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void Signal(int signal) { kill(pid_, signal); }

  // Waits until the text appears behind all that was seen before; what stood between.
  std::string Until(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      if (const size_t at = unseen_.find(text); at != std::string::npos) {
        const std::string before = unseen_.substr(0, at);
        unseen_.erase(0, at + text.size());
        return before;
      }
      if (std::chrono::steady_clock::now() > end || !ReadMore()) {
        ADD_FAILURE() << "\"" << text << "\" did not appear; there was: " << unseen_;
        return "";
      }
    }
  }

  // Waits until the program takes keys one by one; the line discipline would keep Ctrl-D before.
  void UntilRaw() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    termios mode = {};
    while (tcgetattr(screen_, &mode) == 0 && (mode.c_lflag & ICANON) != 0) {
      if (std::chrono::steady_clock::now() > end || !ReadMore()) {
        ADD_FAILURE() << "the program reads whole lines";
        return;
      }
    }
  }

  // -1: it did not end in time.
  int WaitExit() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    int status = 0;
    while (!exit_code_ && std::chrono::steady_clock::now() < end) {
      if (waitpid(pid_, &status, WNOHANG) == pid_) {
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      } else {
        ReadMore();  // Its last words must find room.
      }
    }
    return exit_code_.value_or(-1);
  }

 private:
  // As exec wants it. `lines` must outlive what is returned.
  static std::vector<char*> Pointers(std::vector<std::string>& lines) {
    std::vector<char*> pointers;
    for (std::string& line : lines) pointers.push_back(line.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  // For a short while. False: the program has closed its terminal.
  bool ReadMore() {
    pollfd one = {.fd = screen_, .events = POLLIN, .revents = 0};
    if (poll(&one, 1, /*ms=*/20) <= 0) return true;
    char bytes[4096];
    const ssize_t got = read(screen_, bytes, sizeof(bytes));
    if (got <= 0) return false;
    unseen_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int screen_ = -1;
  pid_t pid_ = -1;
  std::string unseen_;
  std::optional<int> exit_code_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_TERMINAL_H_
