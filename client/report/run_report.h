// The words of `client run`: the live line and the final report.
#ifndef ALTHING_CLIENT_REPORT_RUN_REPORT_H_
#define ALTHING_CLIENT_REPORT_RUN_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/report/load_result.h"
#include "client/workload/generator.h"

namespace althing {

struct RunReport {
  LoadResult result;
  WorkloadOptions workload;
  std::string mode;  // As in "first (replica 0)".
  uint64_t concurrency = 1;
  uint64_t warmup = 0;
  uint64_t replicas = 0;
  std::string history;                      // The file; empty if there is none.
  std::string durability;                   // As a replica says; "unknown" if none answered.
  std::vector<std::string> debug_warnings;  // As a replica says.
};

// Several lines. Every figure that a comparison needs stands in it.
std::string RunReportText(const RunReport& report);

// The same as one JSON object on one line; latencies in nanoseconds.
std::string RunReportJson(const RunReport& report);

// One line without newline: what was reached so far, and the throughput since `before`.
std::string LiveLine(const LoadResult& before, const LoadResult& now);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_RUN_REPORT_H_
