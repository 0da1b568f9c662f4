// What is logged while a test runs, as "level event=..." lines; the level is spdlog's name for it.
#ifndef ALTHING_TESTS_RUNTIME_LOG_CAPTURE_H_
#define ALTHING_TESTS_RUNTIME_LOG_CAPTURE_H_

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "replica/runtime/log_line.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"

namespace althing {

// Takes the place of the process's log for as long as it lives.
class LogCapture {
 public:
  explicit LogCapture(LogLevel level = LogLevel::kInfo) : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
    SetLogLevel(level);
  }
  ~LogCapture() { spdlog::set_default_logger(before_); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::string text() const { return text_.str(); }

 private:
  const std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_RUNTIME_LOG_CAPTURE_H_
