#include "tests/tidy/source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace althing::tidy {
namespace {

bool IsWordByte(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool IsSkippedFolder(const std::string& name) {
  return name == "build" || name == "run" || (name.front() == '.' && name != ".ci");
}

// Walks over C++ text and files each byte under code, comment or literal.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {
    view_.code.assign(text.size(), ' ');
    view_.comments = view_.code;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') view_.code[i] = view_.comments[i] = '\n';
    }
  }

  CodeView Run() {
    while (at_ < text_.size()) Step();
    return std::move(view_);
  }

 private:
  bool Sees(absl::string_view what) const { return absl::StartsWith(text_.substr(at_), what); }
  char Before() const { return at_ == 0 ? '\n' : text_[at_ - 1]; }

  void Step() {
    if (Sees("//")) return Comment(text_.find('\n', at_));
    if (Sees("/*")) return Comment(End(text_.find("*/", at_ + 2), 2));
    if (Sees("R\"") && !IsWordByte(Before())) return RawString();
    // A quote inside a number, as in 1'000, begins no literal.
    if (Sees("\"") || (Sees("'") && !IsWordByte(Before()))) return Literal(text_[at_]);
    view_.code[at_] = text_[at_];
    ++at_;
  }

  static size_t End(size_t found, size_t length) {
    return found == absl::string_view::npos ? found : found + length;
  }
  void Comment(size_t end) {
    end = std::min(end, text_.size());
    std::copy(text_.begin() + static_cast<ptrdiff_t>(at_),
              text_.begin() + static_cast<ptrdiff_t>(end),
              view_.comments.begin() + static_cast<ptrdiff_t>(at_));
    at_ = end;
  }
  void Literal(char quote) {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    Skip(end + 1);
  }
  void RawString() {
    const size_t open = text_.find('(', at_);
    if (open == absl::string_view::npos) return Skip(text_.size());
    const std::string close = absl::StrCat(")", text_.substr(at_ + 2, open - at_ - 2), "\"");
    Skip(End(text_.find(close, open), close.size()));
  }
  // Leaves the quotes, so that a literal is still seen to stand there.
  void Skip(size_t end) {
    end = std::min(end, text_.size());
    view_.code[at_] = view_.code[end - 1] = '"';
    at_ = end;
  }

  const absl::string_view text_;
  size_t at_ = 0;
  CodeView view_;
};

}  // namespace

std::string ToString(const Finding& finding) {
  return absl::StrCat(finding.path, ":", finding.line, ": ", finding.words);
}

std::vector<Source> ReadTree(const std::string& root) {
  namespace fs = std::filesystem;
  std::vector<Source> sources;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory()) {
      if (IsSkippedFolder(name)) entry.disable_recursion_pending();
      continue;
    }
    if (name == ".git") continue;  // A linked worktree has a file of this name.
    std::ifstream file(entry->path(), std::ios::binary);
    sources.push_back({fs::relative(entry->path(), root).string(),
                       std::string(std::istreambuf_iterator<char>(file), {})});
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

bool IsCpp(absl::string_view path) {
  return absl::EndsWith(path, ".cc") || absl::EndsWith(path, ".h");
}

CodeView TakeApart(absl::string_view text) { return Scanner(text).Run(); }

int LineOf(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

void ForEachWord(absl::string_view text, absl::string_view word,
                 const std::function<void(size_t)>& found) {
  for (size_t at = text.find(word); at != absl::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !IsWordByte(text[at - 1]) || !IsWordByte(word.front());
    const bool ends = end == text.size() || !IsWordByte(text[end]) || !IsWordByte(word.back());
    if (begins && ends) found(at);
  }
}

}  // namespace althing::tidy
