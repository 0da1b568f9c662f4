#include "replica/runtime/log_line.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/str_join.h"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace althing {
namespace {

constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
constexpr spdlog::level::level_enum kSpdlogLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                       spdlog::level::warn, spdlog::level::err};
// The highest there is, so that no level of the log holds a trace back.
constexpr spdlog::level::level_enum kTraces = spdlog::level::critical;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  return kSpdlogLevels[static_cast<size_t>(level)];
}

// The level by the name that the setting uses.
class LevelName : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    std::string_view name = "trace";
    for (size_t i = 0; i < std::size(kSpdlogLevels); ++i) {
      if (kSpdlogLevels[i] == message.level) name = kNames[i];
    }
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelName>();
  }
};

bool IsPlain(char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; }

void AppendQuoted(std::string* line, std::string_view value) {
  constexpr char kHex[] = "0123456789abcdef";
  line->push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      *line += {'\\', c};
    } else if (c == '\n') {
      *line += "\\n";
    } else if (c >= ' ' && c < 0x7f) {
      line->push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      *line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  line->push_back('"');
}

void Write(spdlog::level::level_enum level, std::string_view event, const LogFields& fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(level)) return;
  std::string line;
  AppendLogField(&line, {"event", event});
  for (const LogField& field : fields) AppendLogField(&line, field);
  logger->log(level, line);
}

}  // namespace

std::string_view LogLevelName(LogLevel level) { return kNames[static_cast<size_t>(level)]; }

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view name) {
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found != std::end(kNames)) return static_cast<LogLevel>(found - std::begin(kNames));
  const auto append = [](std::string* out, std::string_view one) { out->append(one); };
  return absl::InvalidArgumentError(
      absl::StrCat("there is no log level \"", std::string(name),
                   "\"; use one of: ", absl::StrJoin(kNames, ", ", append)));
}

void StartLog(ReplicaId replica, LogLevel level) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelName>('*').set_pattern(
      absl::StrCat("time=%Y-%m-%dT%H:%M:%S.%e%z level=%* replica=", replica.value, " %v"));
  auto logger = std::make_shared<spdlog::logger>("althing",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(ToSpdlog(level));
  spdlog::set_default_logger(std::move(logger));
}

void SetLogLevel(LogLevel level) { spdlog::default_logger_raw()->set_level(ToSpdlog(level)); }

LogLevel CurrentLogLevel() {
  const spdlog::level::level_enum level = spdlog::default_logger_raw()->level();
  const auto* found =
      std::lower_bound(std::begin(kSpdlogLevels), std::end(kSpdlogLevels) - 1, level);
  return static_cast<LogLevel>(found - std::begin(kSpdlogLevels));
}

void LogDebug(std::string_view event, const LogFields& fields) {
  Write(spdlog::level::debug, event, fields);
}
void LogInfo(std::string_view event, const LogFields& fields) {
  Write(spdlog::level::info, event, fields);
}
void LogWarn(std::string_view event, const LogFields& fields) {
  Write(spdlog::level::warn, event, fields);
}
void LogError(std::string_view event, const LogFields& fields) {
  Write(spdlog::level::err, event, fields);
}

void LogTrace(const std::string& words) { spdlog::default_logger_raw()->log(kTraces, words); }

void AppendLogField(std::string* line, const LogField& field) {
  if (!line->empty()) line->push_back(' ');
  line->append(field.key).push_back('=');
  const std::string& value = field.value;
  if (!value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    line->append(value);
  } else {
    AppendQuoted(line, value);
  }
}

}  // namespace althing
