// A program that a test runs as a process of its own.
#ifndef ALTHING_TESTS_PROCESS_PROCESS_H_
#define ALTHING_TESTS_PROCESS_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace althing {

// How long a test waits for what must come: far longer than it takes, since builds with sanitizers
// on busy machines are slow.
inline constexpr std::chrono::seconds kPatience{40};

// Asks every few milliseconds. False if it was never so within `patience`.
bool WaitUntil(const std::function<bool()>& done, std::chrono::milliseconds patience = kPatience);

std::string ReadFile(const std::string& path);

struct Program {
  std::vector<std::string> command;  // Path of the binary, then its arguments.
  std::string out_path, err_path;    // Standard output and error are appended to these.
  std::map<std::string, std::string> environment;  // Beside the test's own, less its ALTHING_*.
};

// Invariant: the process ends at the latest with this object, or with the thread that made it.
class Process {
 public:
  explicit Process(const Program& program);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // Nothing happens if the process has ended already.
  void Signal(int signal);
  // As a shell gives it: 128 + the signal that ended the process. No value: it runs on.
  std::optional<int> exit_code();
  bool running() { return !exit_code().has_value(); }
  std::optional<int> WaitExit(std::chrono::milliseconds patience = kPatience);

 private:
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

struct Finished {
  int exit_code = -1;  // -1: it did not end in time.
  std::string out, err;
};

// Runs to the end. `directory` is for the files of its output.
Finished RunToEnd(const std::string& directory, std::vector<std::string> command,
                  std::map<std::string, std::string> environment = {});

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_PROCESS_H_
