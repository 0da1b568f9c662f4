// What a load run counts.
#ifndef ALTHING_CLIENT_REPORT_LOAD_RESULT_H_
#define ALTHING_CLIENT_REPORT_LOAD_RESULT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "client/report/histogram.h"

namespace althing {

// Invariant: finished = reads + writes = ok + the sum of errors; conflicts <= finished; read_hits
// <= reads_ok <= reads. Cancelled operations count nowhere else.
struct LoadResult {
  uint64_t finished = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t ok = 0;
  uint64_t reads_ok = 0;
  uint64_t read_hits = 0;  // Reads that found a value.
  uint64_t conflicts = 0;  // As ConflictTracker defines it.
  std::map<absl::StatusCode, uint64_t> errors;
  std::map<absl::StatusCode, std::string> error_texts;  // The first one of each code.
  uint64_t cancelled = 0;   // Outstanding at an interruption: their outcome is unknown.
  Histogram latency_ns;     // Of those that are ok, from sending to the answer.
  int64_t duration_ns = 0;  // From the first sending to the last answer.
  bool interrupted = false;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_LOAD_RESULT_H_
