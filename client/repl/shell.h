// What the lines of `client repl` mean, without the terminal.
#ifndef ALTHING_CLIENT_REPL_SHELL_H_
#define ALTHING_CLIENT_REPL_SHELL_H_

#include <deque>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "althing/client.h"
#include "client/commands/options.h"
#include "client/repl/catalog.h"
#include "client/report/encoding.h"

namespace althing {

// What holds for lines that say nothing else.
struct LineSettings {
  CommonOptions common = {};
  Encoding encoding = Encoding::kUtf8;
};

class Shell {
 public:
  // Runs a line of the program's commands; the exit code.
  using Run = std::function<int(const std::vector<std::string>& words, const LineSettings&)>;

  struct Options {
    std::string cluster = {};  // Its name, for the prompt.
    std::vector<Endpoint> endpoints = {};
    Catalog catalog = {};  // What `run` knows.
    LineSettings settings = {};
    Run run = nullptr;
  };

  Shell(Options options, std::ostream& out, std::ostream& err);

  // Errors are printed and end nothing. False: the line asks to leave.
  bool Execute(const std::string& line);

  // As in "althing any> " and "althing replica 2> ".
  std::string Prompt() const;
  Completions Complete(const std::string& before_cursor) const;

 private:
  using Words = std::vector<std::string>;
  // One of the shell's own commands.
  struct Own {
    const char* name;
    const char* usage;
    const char* what;
    absl::Status (Shell::*act)(const Words& words);
  };
  static const std::vector<Own>& OwnCommands();

  absl::Status ExecuteWords(Words words);
  absl::Status Help(const Words& words);
  absl::Status Use(const Words& words);
  absl::Status Timing(const Words& words);
  absl::Status SetEncoding(const Words& words);
  absl::Status SetOutput(const Words& words);
  absl::Status Exit(const Words& words);
  absl::Status RunLine(Words words);
  void RememberKey(const Words& words);

  Options options_;
  std::ostream& out_;
  std::ostream& err_;
  Catalog all_;  // The shell's own commands too.
  bool timing_ = false;
  bool leaving_ = false;
  std::deque<std::string> keys_;  // For completion, oldest first.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_REPL_SHELL_H_
