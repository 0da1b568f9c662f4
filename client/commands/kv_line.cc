#include "client/commands/kv_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/commands/kv_flags.h"

namespace althing {
namespace {

// Takes the line apart, byte by byte.
class Splitter {
 public:
  explicit Splitter(absl::string_view line) : line_(line) {}

  absl::StatusOr<std::vector<std::string>> Run() {
    for (; at_ < line_.size(); ++at_) {
      if (!Take(line_[at_])) break;
    }
    if (quote_ != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("a quotation is not closed. Write a second ", std::string(1, quote_)));
    }
    if (escaped_) {
      return absl::InvalidArgumentError("nothing follows the backslash. Write it twice");
    }
    EndWord();
    return std::move(words_);
  }

 private:
  // False at a comment.
  bool Take(char c) {
    if (escaped_) {
      if (quote_ == '"' && c != '"' && c != '\\') word_ += '\\';
      word_ += c;
      escaped_ = false;
    } else if (c == '\\' && quote_ != '\'') {
      escaped_ = inside_ = true;
    } else if (quote_ != 0) {
      if (c == quote_) {
        quote_ = 0;
      } else {
        word_ += c;
      }
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      inside_ = true;
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      EndWord();
    } else if (c == '#' && !inside_) {
      return false;
    } else {
      word_ += c;
      inside_ = true;
    }
    return true;
  }

  void EndWord() {
    if (inside_) words_.push_back(std::move(word_));
    word_.clear();
    inside_ = false;
  }

  const absl::string_view line_;
  size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool inside_ = false;  // Of a word, which may be empty: ''.
  char quote_ = 0;       // That is open.
  bool escaped_ = false;
};

const KvVerb* FindVerb(const std::string& name) {
  const auto* found = std::find_if(kKvVerbs.begin(), kKvVerbs.end(),
                                   [&name](const KvVerb& verb) { return name == verb.name; });
  return found == kKvVerbs.end() ? nullptr : found;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitWords(absl::string_view line) {
  return Splitter(line).Run();
}

absl::StatusOr<KvOptions> ParseKvWords(const std::vector<std::string>& words,
                                       const KvOptions& defaults) {
  const KvVerb* verb = FindVerb(words.front());
  if (verb == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("there is no command \"", words.front(),
                                                   "\". Choose put, append, get or del"));
  }
  KvOptions options = defaults;
  options.operation = verb->operation;
  CLI::App app(verb->what, verb->name);
  app.set_help_flag();
  DeclareKv(app, verb->operation, options);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend() - 1));  // It takes them so.
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(absl::StrCat(verb->name, ": ", error.what()));
  }
  return options;
}

}  // namespace althing
