// The words of `client run`: the live line and the final report.
#ifndef ALTHING_CLIENT_REPORT_RUN_REPORT_H_
#define ALTHING_CLIENT_REPORT_RUN_REPORT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/report/load_result.h"
#include "client/report/machine.h"
#include "client/workload/generator.h"
#include "client/workload/phases.h"

namespace althing {

struct RunReport {
  LoadSummary load;
  WorkloadOptions workload;
  nlohmann::ordered_json options;         // All that was asked for.
  std::string mode;                       // As in "first (replica 0)".
  std::vector<Phase> phases = {Phase{}};  // Not empty; with rates the loop was an open one.
  uint64_t clients = 1;
  uint64_t concurrency = 1;  // Over all clients.
  uint64_t warmup = 0;
  double started_unix_s = 0;
  uint64_t replicas = 0;
  uint64_t partitions = 0;
  std::string history;                      // The file; empty if there is none.
  std::string durability;                   // As a replica says; "unknown" if none answered.
  std::vector<std::string> debug_warnings;  // As a replica says.
  std::string replica_version;              // As a replica says.
  std::string version, commit;              // Of the client.
  Machine machine;                          // Of the client.

  bool open_loop() const { return phases.front().rate.has_value(); }
};

// Several lines. Every figure that a comparison needs stands in it.
std::string RunReportText(const RunReport& report);

// The same as one JSON object on one line, with each second and each phase; latencies in
// nanoseconds.
std::string RunReportJson(const RunReport& report);

// One line without newline: what was reached so far, and what the last second was like.
std::string LiveLine(const LoadLive& now);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_RUN_REPORT_H_
