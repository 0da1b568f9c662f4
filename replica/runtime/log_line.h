// The replica's log: each line is one event, as words of logfmt. Nothing else writes to it.
//
//   time=2026-01-31T12:00:00.123+00:00 level=warn replica=2 event=unreachable peer=1
//   address=host:7201
//
// No value of a key and none to compare with ever stands in it; docs/logs.md lists the events.
// Process-wide, as standard error is; any thread may write.
#ifndef ALTHING_REPLICA_RUNTIME_LOG_LINE_H_
#define ALTHING_REPLICA_RUNTIME_LOG_LINE_H_

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "replica/core/ids.h"

namespace althing {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// "debug", "info", "warn", "error".
std::string_view LogLevelName(LogLevel level);
// INVALID_ARGUMENT, with the names that exist, for an unknown one.
absl::StatusOr<LogLevel> ParseLogLevel(std::string_view name);

// From now on lines go to standard error and name this replica.
void StartLog(ReplicaId replica, LogLevel level);
// Lines below the level are left out.
void SetLogLevel(LogLevel level);
LogLevel CurrentLogLevel();
// Whether a line of this level is written: asked where making it ready costs something.
inline bool LogsAt(LogLevel level) { return level >= CurrentLogLevel(); }

// One "key=value". Keys are lower case words of ours; the value may be anything.
struct LogField {
  template <typename Value>
  LogField(std::string_view name, const Value& given) : key(name) {
    if constexpr (std::is_same_v<Value, bool>) {
      value = given ? "true" : "false";
    } else if constexpr (std::is_arithmetic_v<Value>) {
      value = absl::StrCat(given);
    } else {
      value = std::string(given);
    }
  }
  std::string_view key;
  std::string value;
};
using LogFields = std::vector<LogField>;

// One line each. `event` is a short lower case name that says what happened.
void LogDebug(std::string_view event, const LogFields& fields);
void LogInfo(std::string_view event, const LogFields& fields);
void LogWarn(std::string_view event, const LogFields& fields);
void LogError(std::string_view event, const LogFields& fields);
// A line of a trace, whose level has a switch of its own: written whatever the log's level is, as
// level=trace. `words` were made with AppendLogField, beginning with the event.
void LogTrace(const std::string& words);

// Appends " key=value", without the space if `line` is empty. A value that is not plainly readable
// as one word is put in quotes, what is not printable ASCII as escapes, so that a line stays one
// line and each value can be read back.
void AppendLogField(std::string* line, const LogField& field);

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_LOG_LINE_H_
