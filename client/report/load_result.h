// What a load run counts.
#ifndef ALTHING_CLIENT_REPORT_LOAD_RESULT_H_
#define ALTHING_CLIENT_REPORT_LOAD_RESULT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/report/histogram.h"
#include "client/workload/work_item.h"

namespace althing {

// One second of a run, or less at its end; all operations count, those too that the figures leave
// out.
struct LoadSecond {
  uint64_t sent = 0;
  uint64_t ok = 0;
  uint64_t failed = 0;
  uint64_t p50_ns = 0, p99_ns = 0, max_ns = 0;  // Of those that ended in it and are ok.
};

// Invariant: finished = reads + writes + modifies = ok + the sum of errors; conflicts <= finished;
// read_hits <= reads_ok <= reads. Cancelled operations and those left out count nowhere else.
struct LoadResult {
  uint64_t finished = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t modifies = 0;  // Reads followed by a write of the same key.
  uint64_t ok = 0;
  uint64_t reads_ok = 0;
  uint64_t read_hits = 0;  // Reads that found a value.
  uint64_t conflicts = 0;  // As ConflictTracker defines it.
  std::map<absl::StatusCode, uint64_t> errors = {};
  std::map<absl::StatusCode, std::string> error_texts = {};  // The first one of each code.
  uint64_t cancelled = 0;  // Outstanding at an interruption: their outcome is unknown.
  uint64_t left_out = 0;   // Begun while warming up or cooling down.

  // Of those that are ok, from the moment they were to be sent to the answer. In a closed loop that
  // is when they were sent.
  Histogram latency_ns = {};
  std::array<Histogram, kOpKinds> latency_of_ns = {};  // The same, by OpKind.
  Histogram late_ns = {};  // Open loop: from when it was to be sent until it was.

  // The time that counts: without warming up and cooling down; up to the last answer if a number of
  // operations ends the run.
  int64_t duration_ns = 0;
  uint64_t answered = 0;  // Operations that are ok and whose answer came in that time.
  bool interrupted = false;

  // Counts in what another part of the same run counted; the times follow each other.
  void Merge(const LoadResult& other);
};

// What a run says of itself each second.
struct LoadLive {
  int64_t elapsed_ns = 0;
  uint64_t ended = 0;   // Since the start.
  uint64_t failed = 0;  // Of them.
  LoadSecond second = {};
};

// A run as a whole, and its parts.
struct LoadSummary {
  LoadResult all = {};
  std::vector<LoadResult> phases = {};
  std::vector<LoadSecond> seconds = {};
  double sent_per_second = 0;  // What an open loop reached of the rate asked for, over all phases.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_LOAD_RESULT_H_
