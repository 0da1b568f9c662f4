// What a client saw of one operation, as a line of a history file (docs/history.md).
#ifndef ALTHING_CLIENT_REPORT_HISTORY_LINE_H_
#define ALTHING_CLIENT_REPORT_HISTORY_LINE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/outcome.h"
#include "pb/kv.pb.h"

namespace althing {

// Refers to what it is made from.
struct HistoryRecord {
  uint64_t client = 0;
  const v1::Command& command;
  const v1::ProposeReply& reply;  // Meaningful if the call was answered.
  const CallOutcome& outcome;
  int64_t call_ns = 0;  // Both on one monotonic clock.
  std::optional<int64_t> return_ns = std::nullopt;
};

// One JSON object and a newline. Only a call that was answered is "ok"; one that was not sent, or
// that a replica refused, is "failed"; of any other nothing is known, also of reads.
std::string HistoryLine(const HistoryRecord& record);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_HISTORY_LINE_H_
