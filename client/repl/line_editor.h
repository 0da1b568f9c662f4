// A line from a person at a terminal, edited with libedit: history, completion, Ctrl-C.
#ifndef ALTHING_CLIENT_REPL_LINE_EDITOR_H_
#define ALTHING_CLIENT_REPL_LINE_EDITOR_H_

#include <functional>
#include <memory>
#include <string>

#include "client/repl/catalog.h"

namespace althing {

// One thread. On standard input, output and error. Its keys are those of ~/.editrc; without that,
// of Emacs.
class LineEditor {
 public:
  struct Options {
    std::function<Completions(const std::string& before_cursor)> complete = nullptr;
    // As CliHost has them; held signals do not end a reading.
    std::function<bool()> interrupted = nullptr;
    std::function<bool()> forget_interrupt = nullptr;
    size_t history_lines_max = 1000;
  };
  enum class End {
    kLine,
    kInterrupted,  // Ctrl-C: what was typed is dropped.
    kEnd,          // Ctrl-D on an empty line, the terminal is gone, or SIGTERM.
  };

  explicit LineEditor(Options options);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // Sets `line`, without a newline, if it returns kLine.
  End Read(const std::string& prompt, std::string& line);
  // The up arrow brings it back.
  void Remember(const std::string& line);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_REPL_LINE_EDITOR_H_
