// The lines of a replica's log, taken apart.
#ifndef ALTHING_TESTS_PROCESS_LOG_LINES_H_
#define ALTHING_TESTS_PROCESS_LOG_LINES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace althing {

// "time", "level", "replica", "event" and what the event adds.
using LogLine = std::map<std::string, std::string>;

// No value if the line is not what docs/logs.md says of each.
std::optional<LogLine> ParseLogLine(std::string_view line);

// The test fails for a line that is not as it must be, or not ended.
std::vector<LogLine> ParseLog(const std::string& text);

// Of the lines at `level`: "EVENT: WHY".
std::vector<std::string> EventsAt(const std::string& level, const std::string& text);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_LOG_LINES_H_
