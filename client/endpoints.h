// Naming replicas on the command line.
#ifndef ALTHING_CLIENT_ENDPOINTS_H_
#define ALTHING_CLIENT_ENDPOINTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "althing/client.h"

namespace althing {

// "host:port,host:port,..."; replicas are numbered from 0. INVALID_ARGUMENT, with the item named,
// if one is not host:port or appears twice, or if there is none.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text);

// The index of the endpoint of a replica id. INVALID_ARGUMENT, with the known ids, if there is
// none.
absl::StatusOr<size_t> FindReplica(const std::vector<Endpoint>& endpoints, uint32_t replica);

// "replica 3 (localhost:7103)".
std::string Describe(const Endpoint& endpoint);

}  // namespace althing

#endif  // ALTHING_CLIENT_ENDPOINTS_H_
