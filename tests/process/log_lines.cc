#include "tests/process/log_lines.h"

#include <charconv>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

bool IsWordEnd(std::string_view line, size_t at) { return at == line.size() || line[at] == ' '; }

// Reads from behind the opening quote to behind the closing one.
std::optional<std::string> TakeQuoted(std::string_view line, size_t& at) {
  std::string value;
  while (at < line.size() && line[at] != '"') {
    if (line[at] != '\\') {
      value.push_back(line[at++]);
      continue;
    }
    const char escaped = at + 1 < line.size() ? line[at + 1] : ' ';
    at += 2;
    if (escaped == 'n') {
      value.push_back('\n');
    } else if (escaped == '"' || escaped == '\\') {
      value.push_back(escaped);
    } else if (escaped == 'x' && at + 2 <= line.size()) {
      uint8_t byte = 0;
      const char* end = line.data() + at + 2;
      if (std::from_chars(line.data() + at, end, byte, 16).ptr != end) return std::nullopt;
      value.push_back(static_cast<char>(byte));
      at += 2;
    } else {
      return std::nullopt;
    }
  }
  if (at++ >= line.size() || !IsWordEnd(line, at)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<LogLine> ParseLogLine(std::string_view line) {
  LogLine fields;
  std::vector<std::string> keys;
  for (size_t at = 0; at < line.size();) {
    const size_t equals = line.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key(line.substr(at, equals - at));
    if (key.empty() || key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) {
      return std::nullopt;
    }
    at = equals + 1;
    if (at < line.size() && line[at] == '"') {
      const std::optional<std::string> value = TakeQuoted(line, ++at);
      if (!value.has_value()) return std::nullopt;
      fields[key] = *value;
    } else {
      size_t end = line.find(' ', at);
      if (end == std::string_view::npos) end = line.size();
      fields[key] = line.substr(at, end - at);
      if (fields[key].find_first_of("\"=\\") != std::string::npos || end == at) return std::nullopt;
      at = end;
    }
    keys.push_back(key);
    if (at < line.size() && ++at == line.size()) return std::nullopt;  // A space at the end.
  }
  const std::vector<std::string> first = {"time", "level", "replica", "event"};
  const bool whole = keys.size() >= first.size() && fields.size() == keys.size() &&
                     std::vector(keys.begin(), keys.begin() + 4) == first;
  return whole ? std::optional(fields) : std::nullopt;
}

std::vector<LogLine> ParseLog(const std::string& text) {
  std::vector<LogLine> lines;
  std::vector<std::string> all = absl::StrSplit(text, '\n');
  EXPECT_EQ(all.back(), "") << "the last line is not ended";
  all.pop_back();
  for (const std::string& line : all) {
    const std::optional<LogLine> fields = ParseLogLine(line);
    EXPECT_TRUE(fields.has_value()) << line;
    if (fields.has_value()) lines.push_back(*fields);
  }
  return lines;
}

std::vector<std::string> EventsAt(const std::string& level, const std::string& text) {
  std::vector<std::string> events;
  for (LogLine& line : ParseLog(text)) {
    if (line["level"] == level) events.push_back(absl::StrCat(line["event"], ": ", line["why"]));
  }
  return events;
}

}  // namespace althing
