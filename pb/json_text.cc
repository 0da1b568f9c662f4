#include "pb/json_text.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace althing {
namespace {

using nlohmann::json;

constexpr size_t kDepthMax = 16;
constexpr size_t kQuotedBytesMax = 48;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// "line 3, column 7", both from 1, of the byte at `offset`.
std::string Place(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t last_newline = before.rfind('\n');
  const size_t line_begin = last_newline == absl::string_view::npos ? 0 : last_newline + 1;
  return absl::StrCat("line ", line, ", column ", before.size() - line_begin + 1);
}

// On one line, whatever the bytes.
std::string Printable(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isprint(byte)) {
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "\\x", absl::Hex(byte, absl::kZeroPad2));
    }
  }
  return out;
}

// The library's words without its prefix and without what it read last, which can be long.
std::string SyntaxWords(absl::string_view what) {
  size_t begin = what.find("] ");
  begin = begin == absl::string_view::npos ? 0 : begin + 2;
  const size_t column = what.find(", column ", begin);
  if (column != absl::string_view::npos) {
    const size_t colon = what.find(": ", column);
    if (colon != absl::string_view::npos) begin = colon + 2;
  }
  what = what.substr(begin);
  return Printable(what.substr(0, what.find("; last read")));
}

// Builds the tree while the parser reads. Written on the event interface because the tree interface
// keeps the last of two equal keys in silence.
class TreeBuilder final : public json::json_sax_t {
 public:
  explicit TreeBuilder(absl::string_view text) : text_(text) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // Not part of text.
  bool start_object(size_t /*size*/) override { return Open(json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*size*/) override { return Open(json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    key_ = name;
    if (!open_.back()->contains(name)) return true;
    return Fail(absl::StrCat(Path(), QuoteForMessage(name), " is given twice; keep one"));
  }

  bool parse_error(size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    const size_t offset = position == 0 ? 0 : position - 1;
    return Fail(absl::StrCat(Place(text_, offset), ": not JSON: ", SyntaxWords(error.what())));
  }

  json TakeRoot() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

 private:
  json* Insert(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool Add(json value) {
    Insert(std::move(value));
    return true;
  }
  bool Open(json container) {
    if (open_.size() == kDepthMax) {
      return Fail(absl::StrCat("nested deeper than ", kDepthMax,
                               " levels; no setting is, so look for brackets too many"));
    }
    if (!open_.empty()) names_.push_back(NextName());
    open_.push_back(Insert(std::move(container)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    if (!names_.empty()) names_.pop_back();
    return true;
  }
  // What the value that comes next is called in the innermost container.
  std::string NextName() const {
    if (open_.back()->is_array()) return absl::StrCat("[", open_.back()->size(), "]");
    return absl::StrCat(names_.empty() ? "" : ".", Printable(key_));
  }
  // Of the innermost container, as in "replicas[2]: "; empty for the outermost.
  std::string Path() const {
    return names_.empty() ? "" : absl::StrCat(absl::StrJoin(names_, ""), ": ");
  }
  bool Fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  const absl::string_view text_;
  json root_;
  // The containers being filled, outermost first. Pointers stay good: an object's values do not
  // move, and an array grows only while none of its elements is open.
  std::vector<json*> open_;
  std::vector<std::string> names_;  // Of all open containers but the outermost.
  std::string key_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<json> ParseJson(absl::string_view text) {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    return absl::InvalidArgumentError(
        "begins with a byte order mark; save it as UTF-8 without one");
  }
  if (const size_t nul = text.find('\0'); nul != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(Place(text, nul), ": a NUL byte; this is no text file in UTF-8"));
  }
  if (text.find_first_not_of(" \t\r\n") == absl::string_view::npos) {
    return absl::InvalidArgumentError("empty; begin with {\"replicas\": [...]}");
  }
  TreeBuilder builder(text);
  if (!json::sax_parse(text.begin(), text.end(), &builder, json::input_format_t::json,
                       /*strict=*/true,
                       /*ignore_comments=*/true)) {
    return absl::InvalidArgumentError(builder.problem());
  }
  return builder.TakeRoot();
}

std::string QuoteForMessage(absl::string_view text) {
  const bool cut = text.size() > kQuotedBytesMax;
  return absl::StrCat("\"", Printable(text.substr(0, kQuotedBytesMax)), cut ? "..." : "", "\"");
}

}  // namespace althing
