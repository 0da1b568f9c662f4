// Where the replicas listen for clients.
#ifndef ALTHING_CLIENT_ENDPOINTS_H_
#define ALTHING_CLIENT_ENDPOINTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace althing {

struct Endpoint {
  uint32_t replica = 0;  // The id in config.json; the place in the list, from 0, for --endpoints.
  std::string address;   // "host:port"; an IPv6 host stands in brackets.
  bool operator==(const Endpoint&) const = default;
};

// "host:port,host:port,...". INVALID_ARGUMENT, with the item named, if one is not host:port or
// appears twice, or if there is none.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text);

// The index of the endpoint of a replica id. INVALID_ARGUMENT, with the known ids, if there is
// none.
absl::StatusOr<size_t> FindReplica(const std::vector<Endpoint>& endpoints, uint32_t replica);

// "replica 3 (localhost:7103)".
std::string Describe(const Endpoint& endpoint);

}  // namespace althing

#endif  // ALTHING_CLIENT_ENDPOINTS_H_
