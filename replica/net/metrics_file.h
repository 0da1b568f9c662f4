// The metrics dump on disk.
#ifndef ALTHING_REPLICA_NET_METRICS_FILE_H_
#define ALTHING_REPLICA_NET_METRICS_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "replica/core/ids.h"

namespace althing {

// "<directory>/metrics.<id>.json".
std::string MetricsPath(const std::string& directory, ReplicaId replica);

// Makes the directory if it is missing, and leaves the file alone. INTERNAL as below if it could
// not be written.
absl::Status CheckMetricsFile(const std::string& path);

// Replaces the file in one step; makes the directory if it is missing. INTERNAL, naming the file
// and the reason, if it cannot.
absl::Status WriteMetricsFile(const std::string& path, const std::string& json);

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_METRICS_FILE_H_
