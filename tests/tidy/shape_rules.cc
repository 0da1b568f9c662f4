#include "tests/tidy/shape_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace althing::tidy {
namespace {

// `code` with preprocessor lines, continued ones too, made blank.
std::string WithoutPreprocessor(const std::string& code) {
  std::string out = code;
  bool inside = false;
  size_t begin = 0;
  while (begin < out.size()) {
    const size_t end = std::min(out.find('\n', begin), out.size());
    inside = inside || out[begin] == '#';
    const bool continues = end > begin && out[end - 1] == '\\';
    if (inside) {
      std::fill(out.begin() + static_cast<ptrdiff_t>(begin),
                out.begin() + static_cast<ptrdiff_t>(end), ' ');
    }
    inside = inside && continues;
    begin = end + 1;
  }
  return out;
}

bool IsScope(absl::string_view head) {
  for (const absl::string_view word : {"namespace", "class", "struct", "union", "enum"}) {
    bool found = false;
    ForEachWord(head, word, [&](size_t) { found = true; });
    // A parameter or result may be written with the word; then a parenthesis comes first.
    if (found && head.find('(') == absl::string_view::npos) return true;
  }
  return absl::StartsWith(head, "extern ");
}

// Follows the braces of one file. A brace that opens a body has a space before it, and its head,
// the text since the last statement or body, has a parameter list; one after a name or `=` opens a
// value.
class FunctionFinder {
 public:
  explicit FunctionFinder(const Source& source)
      : source_(source), code_(WithoutPreprocessor(TakeApart(source.text).code)) {}

  std::vector<Finding> Run() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      const char c = code_[at_];
      if (c == '{') Open();
      if (c == '}') Close();
      if (c == ';' && Innermost() == Kind::kScope) head_ = at_ + 1;
    }
    return std::move(findings_);
  }

 private:
  enum class Kind { kScope, kFunction, kInner, kValue };
  struct Brace {
    Kind kind;
    size_t head;
  };

  Kind Innermost() const { return open_.empty() ? Kind::kScope : open_.back().kind; }

  Kind KindOf(absl::string_view head) const {
    if (Innermost() != Kind::kScope) {
      return Innermost() == Kind::kValue ? Kind::kValue : Kind::kInner;
    }
    const char before = at_ == 0 ? ' ' : code_[at_ - 1];
    const bool after_value = absl::EndsWith(head, "=") || absl::EndsWith(head, ",") ||
                             absl::EndsWith(head, "(") || absl::EndsWith(head, "return");
    if (after_value || (before != ' ' && before != ')' && before != '\n')) return Kind::kValue;
    if (IsScope(head)) return Kind::kScope;
    return head.find('(') == absl::string_view::npos ? Kind::kValue : Kind::kFunction;
  }

  void Open() {
    while (head_ < at_ && absl::ascii_isspace(static_cast<unsigned char>(code_[head_]))) ++head_;
    const absl::string_view head =
        absl::StripTrailingAsciiWhitespace(absl::string_view(code_).substr(head_, at_ - head_));
    const Kind kind = KindOf(head);
    open_.push_back({kind, head_});
    if (kind == Kind::kScope) head_ = at_ + 1;
  }

  void Close() {
    if (open_.empty()) return;
    const Brace closed = open_.back();
    open_.pop_back();
    if (closed.kind == Kind::kFunction) Measure(closed.head);
    if (closed.kind == Kind::kFunction || closed.kind == Kind::kScope) head_ = at_ + 1;
  }

  void Measure(size_t begin) {
    const int first = LineOf(code_, begin);
    const int lines = LineOf(code_, at_) - first + 1;
    if (lines <= kFunctionLinesMax) return;
    findings_.push_back({source_.path, first,
                         absl::StrCat("a function of ", lines, " lines; at most ",
                                      kFunctionLinesMax, ": give a part of it a name")});
  }

  const Source& source_;
  const std::string code_;
  size_t at_ = 0;
  size_t head_ = 0;  // Where the text began that may turn out to be a signature.
  std::vector<Brace> open_;
  std::vector<Finding> findings_;
};

std::string GuardOf(absl::string_view path) {
  return absl::StrCat(
      "ALTHING_",
      absl::AsciiStrToUpper(absl::StrReplaceAll(path, {{"/", "_"}, {".", "_"}, {"-", "_"}})), "_");
}

}  // namespace

std::vector<Finding> CheckFileSize(const Source& source) {
  const bool measured = IsCpp(source.path) || absl::EndsWith(source.path, ".proto") ||
                        absl::EndsWith(source.path, ".sh") ||
                        absl::EndsWith(source.path, "CMakeLists.txt");
  const auto lines = std::count(source.text.begin(), source.text.end(), '\n');
  if (!measured || lines <= kFileLinesMax) return {};
  return {{source.path, 0,
           absl::StrCat(lines, " lines; at most ", kFileLinesMax,
                        ": split it by idea, not by length")}};
}

std::vector<Finding> CheckFunctionSize(const Source& source) {
  if (!IsCpp(source.path)) return {};
  return FunctionFinder(source).Run();
}

std::vector<Finding> CheckHeaderGuard(const Source& source) {
  if (!absl::EndsWith(source.path, ".h")) return {};
  const std::string guard = GuardOf(source.path);
  const std::string opening = absl::StrCat("#ifndef ", guard, "\n#define ", guard, "\n");
  const std::string closing = absl::StrCat("#endif  // ", guard, "\n");
  if (absl::StrContains(source.text, opening) && absl::EndsWith(source.text, closing)) return {};
  return {{source.path, 0, absl::StrCat("the header guard must be ", guard, ", at both ends")}};
}

}  // namespace althing::tidy
