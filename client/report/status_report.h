// The state of a cluster, told from the answers of its replicas: one sentence, a table, advice.
#ifndef ALTHING_CLIENT_REPORT_STATUS_REPORT_H_
#define ALTHING_CLIENT_REPORT_STATUS_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/endpoints.h"
#include "pb/admin.pb.h"

namespace althing {

struct ReplicaStatus {
  Endpoint endpoint;
  absl::Status status;    // Of asking it.
  v1::StatusReply reply;  // Meaningful if status is OK.
};

enum class Health {
  kHealthy,      // Every replica is ready and reaches every other.
  kDegraded,     // Commands are served, but something is missing.
  kUnavailable,  // Fewer replicas are ready than commands need.
  kSilent,       // No replica answers.
};

struct ClusterStatus {
  Health health = Health::kSilent;
  uint32_t members = 0;    // n, as the replicas say; without an answer, the replicas asked.
  uint32_t ready = 0;      // Of those asked.
  uint32_t needed = 0;     // n - f.
  uint32_t tolerates = 0;  // Further failures.
  // Of all decisions of all replicas that answer; empty if there are none.
  std::optional<double> fast_path_percent;
  // Of all calls that these replicas ended in the last minute; empty if there were none.
  std::optional<double> p99_ms;
  std::string durability;
  std::vector<std::string> debug_warnings;  // Each once, with the replicas that give it.
  std::vector<std::string> advice;
  std::vector<ReplicaStatus> replicas;
};

// REQUIRES: replicas are not empty.
ClusterStatus Summarize(std::vector<ReplicaStatus> replicas);

std::string ClusterStatusText(const ClusterStatus& cluster);

// One JSON object on one line.
std::string ClusterStatusJson(const ClusterStatus& cluster);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_STATUS_REPORT_H_
