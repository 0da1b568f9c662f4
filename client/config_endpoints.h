// The replicas of config.json, the file that replicas and clients share.
#ifndef ALTHING_CLIENT_CONFIG_ENDPOINTS_H_
#define ALTHING_CLIENT_CONFIG_ENDPOINTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/endpoints.h"

namespace althing {

// Sorted by replica id. The errors of LoadConfig: NOT_FOUND or INVALID_ARGUMENT, one line.
absl::StatusOr<std::vector<Endpoint>> EndpointsFromConfig(const std::string& path);

}  // namespace althing

#endif  // ALTHING_CLIENT_CONFIG_ENDPOINTS_H_
