#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "althing/client.h"
#include "pb/config_file.h"

namespace althing {

absl::StatusOr<std::vector<Endpoint>> EndpointsFromConfig(const std::string& path) {
  absl::StatusOr<LoadedConfig> loaded = LoadConfig(path, AlthingEnvironment(), {});
  if (!loaded.ok()) return loaded.status();
  std::vector<Endpoint> endpoints;
  for (const v1::ReplicaConfig& replica : loaded->config.replicas()) {
    const bool bare_ipv6 =
        absl::StrContains(replica.host(), ':') && !absl::StartsWith(replica.host(), "[");
    endpoints.push_back(
        {replica.id(), absl::StrCat(bare_ipv6 ? "[" : "", replica.host(), bare_ipv6 ? "]:" : ":",
                                    replica.client_port())});
  }
  return endpoints;
}

}  // namespace althing
