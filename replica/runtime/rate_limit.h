// Keeps a repeated log line from flooding the log.
#ifndef ALTHING_REPLICA_RUNTIME_RATE_LIMIT_H_
#define ALTHING_REPLICA_RUNTIME_RATE_LIMIT_H_

#include <cstdint>
#include <optional>

namespace althing {

// One line per pause.
class RateLimit {
 public:
  explicit RateLimit(int64_t pause_ns) : pause_ns_(pause_ns) {}

  // Nothing: leave the line out. A number: write it, and say that so many were left out before it.
  std::optional<uint64_t> Admit(int64_t now_ns) {
    if (now_ns < next_ns_) {
      ++left_out_;
      return std::nullopt;
    }
    next_ns_ = now_ns + pause_ns_;
    const uint64_t left_out = left_out_;
    left_out_ = 0;
    return left_out;
  }

 private:
  int64_t pause_ns_;
  int64_t next_ns_ = INT64_MIN;  // Before this no line is admitted.
  uint64_t left_out_ = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_RATE_LIMIT_H_
