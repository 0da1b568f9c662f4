#include "tests/tidy/log_rules.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace althing::tidy {
namespace {

using Event = std::pair<std::string, std::string>;  // Its name and its level.

constexpr std::pair<absl::string_view, absl::string_view> kFunctions[] = {
    {"LogDebug", "debug"}, {"LogInfo", "info"}, {"LogWarn", "warn"}, {"LogError", "error"}};

// Where each is logged.
std::map<Event, Finding> EventsOf(const std::vector<Source>& tree) {
  std::map<Event, Finding> events;
  for (const Source& source : tree) {
    if (!absl::StartsWith(source.path, "replica/")) continue;
    const std::string code = TakeApart(source.text).code;
    for (const auto& [function, level] : kFunctions) {
      ForEachWord(code, function, [&](size_t at) {
        absl::string_view rest = absl::string_view(source.text).substr(at + function.size());
        if (!absl::ConsumePrefix(&rest, "(")) return;
        rest = absl::StripLeadingAsciiWhitespace(rest);
        if (!absl::ConsumePrefix(&rest, "\"")) return;  // A declaration.
        const Event event(rest.substr(0, rest.find('"')), level);
        events.emplace(event, Finding{source.path, LineOf(code, at), ""});
      });
    }
  }
  return events;
}

// Which rows there are, and in which lines.
std::map<Event, int> RowsOf(const Source& reference) {
  std::map<Event, int> rows;
  int line = 0;
  for (const absl::string_view text : absl::StrSplit(reference.text, '\n')) {
    ++line;
    const std::vector<std::string> cells = absl::StrSplit(text, " | ");
    if (!absl::StartsWith(text, "| `") || cells.size() < 3) continue;
    for (const auto& [function, level] : kFunctions) {
      if (cells[1] != level) continue;
      const absl::string_view name = absl::StripSuffix(cells[0], "`");
      rows[{std::string(name.substr(3)), cells[1]}] = line;
    }
  }
  return rows;
}

}  // namespace

std::vector<Finding> CheckEvents(const std::vector<Source>& tree, const Source& reference) {
  std::vector<Finding> findings;
  std::map<Event, int> rows = RowsOf(reference);
  for (auto& [event, finding] : EventsOf(tree)) {
    if (rows.erase(event) > 0) continue;
    finding.words = absl::StrCat("no row \"| `", event.first, "` | ", event.second, " |\" in ",
                                 reference.path, ": describe the event there");
    findings.push_back(finding);
  }
  for (const auto& [event, line] : rows) {
    findings.push_back({reference.path, line,
                        absl::StrCat(event.first, " is not logged at level ", event.second)});
  }
  return findings;
}

}  // namespace althing::tidy
