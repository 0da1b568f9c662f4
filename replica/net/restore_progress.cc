#include "replica/net/restore_progress.h"

#include <algorithm>
#include <utility>

#include "replica/runtime/log_line.h"

namespace althing {
namespace {

constexpr int64_t kPauseNs = 1'000'000'000;

}  // namespace

RestoreProgress::RestoreProgress(std::string directory, uint64_t expected, int64_t now_ns)
    : directory_(std::move(directory)), expected_(expected), say_at_ns_(now_ns + kPauseNs) {
  if (expected_ > 0) Say(0);
}

void RestoreProgress::OnRead(uint64_t records, int64_t now_ns) {
  if (now_ns < say_at_ns_ || records == said_records_) return;
  say_at_ns_ = now_ns + kPauseNs;
  said_records_ = records;
  Say(records);
}

void RestoreProgress::Say(uint64_t records) const {
  const LogLevel level = CurrentLogLevel();
  SetLogLevel(std::min(level, LogLevel::kInfo));
  LogInfo("restoring",
          {{"directory", directory_}, {"records", records}, {"of", std::max(records, expected_)}});
  SetLogLevel(level);
}

}  // namespace althing
