#include "client/repl/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <cwchar>

namespace althing {
namespace {

constexpr int kLookForInterruptionMs = 50;
constexpr wchar_t kCtrlC = 3;
constexpr size_t kColumns = 80;

// Columns, as wide as the widest word.
void PrintWords(const std::vector<std::string>& words) {
  size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size() + 2);
  const size_t per_line = std::max<size_t>(1, kColumns / width);
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = (i + 1) % per_line == 0 || i + 1 == words.size();
    std::fprintf(stdout, "%-*s%s", last ? 0 : static_cast<int>(width), words[i].c_str(),
                 last ? "\n" : "");
  }
  std::fflush(stdout);
}

}  // namespace

struct LineEditor::State {
  explicit State(LineEditor::Options given) : options(std::move(given)) {}

  static State& Of(EditLine* edit) {
    void* state = nullptr;
    el_get(edit, EL_CLIENTDATA, &state);
    return *static_cast<State*>(state);
  }

  static char* Prompt(EditLine* edit) { return Of(edit).prompt.data(); }

  // As libedit's own, but it looks for signals, which are held.
  static int GetChar(EditLine* edit, wchar_t* to) {
    State& state = Of(edit);
    std::mbstate_t shift = {};
    while (true) {
      pollfd in = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      const int ready = poll(&in, 1, kLookForInterruptionMs);
      if (state.options.interrupted && state.options.interrupted()) {
        if (!state.options.forget_interrupt()) return 0;
        *to = kCtrlC;
        return 1;
      }
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      char byte = 0;
      const ssize_t got = read(STDIN_FILENO, &byte, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return 0;
      const size_t used = std::mbrtowc(to, &byte, 1, &shift);
      if (used == static_cast<size_t>(-2)) continue;  // More of the character follows.
      if (used != static_cast<size_t>(-1)) return 1;
      shift = {};  // No text: it is left out.
    }
  }

  static unsigned char OnInterrupt(EditLine* edit, int) {
    Of(edit).dropped = true;
    return CC_EOF;
  }

  static unsigned char OnTab(EditLine* edit, int) {
    const LineInfo* line = el_line(edit);
    const Completions found = Of(edit).options.complete(std::string(line->buffer, line->cursor));
    if (found.words.empty()) return CC_REFRESH_BEEP;
    const std::string common = CommonBegin(found.words);
    const bool only = found.words.size() == 1;
    const std::string more = common.substr(found.begun.size()) + (only ? " " : "");
    if (more.empty()) {
      std::fputc('\n', stdout);
      PrintWords(found.words);
      return CC_REDISPLAY;
    }
    return el_insertstr(edit, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  const LineEditor::Options options;
  std::string prompt;
  bool dropped = false;
  EditLine* edit = nullptr;
  History* history = nullptr;
  HistEvent event = {};
};

LineEditor::LineEditor(Options options) : state_(std::make_unique<State>(std::move(options))) {
  // libedit reads characters, not bytes. Keys and values are UTF-8 wherever we are.
  setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
  State& state = *state_;
  state.history = history_init();
  history(state.history, &state.event, H_SETSIZE,
          static_cast<int>(state.options.history_lines_max));
  state.edit = el_init("client", stdin, stdout, stderr);
  el_set(state.edit, EL_CLIENTDATA, &state);
  el_set(state.edit, EL_PROMPT, &State::Prompt);
  el_set(state.edit, EL_EDITOR, "emacs");
  el_set(state.edit, EL_SIGNAL, 1);  // Ctrl-Z and a window that changes its size.
  el_set(state.edit, EL_HIST, history, state.history);
  el_set(state.edit, EL_GETCFN, &State::GetChar);
  el_set(state.edit, EL_ADDFN, "althing-complete", "Complete the word", &State::OnTab);
  el_set(state.edit, EL_ADDFN, "althing-interrupt", "Drop the line", &State::OnInterrupt);
  el_set(state.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(state.edit, nullptr);
  el_set(state.edit, EL_BIND, "\t", "althing-complete", nullptr);
  el_set(state.edit, EL_BIND, "^C", "althing-interrupt", nullptr);
}

LineEditor::~LineEditor() {
  el_end(state_->edit);
  history_end(state_->history);
}

LineEditor::End LineEditor::Read(const std::string& prompt, std::string& line) {
  State& state = *state_;
  state.prompt = prompt;
  state.dropped = false;
  int count = 0;
  const char* text = el_gets(state.edit, &count);
  if (state.dropped) {
    std::fputs("^C\n", stdout);
    std::fflush(stdout);
    return End::kInterrupted;
  }
  if (text == nullptr || count <= 0) return End::kEnd;
  line.assign(text, static_cast<size_t>(count));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return End::kLine;
}

void LineEditor::Remember(const std::string& line) {
  history(state_->history, &state_->event, H_ENTER, line.c_str());
}

}  // namespace althing
