#include "client/commands/chosen.h"

#include <numeric>

namespace althing {

absl::StatusOr<std::vector<size_t>> ChosenEndpoints(const AdminClient& client,
                                                    const CommonOptions& common) {
  if (common.replica) {
    const absl::StatusOr<size_t> endpoint = FindReplica(client.endpoints(), *common.replica);
    if (!endpoint.ok()) return endpoint.status();
    return std::vector<size_t>{*endpoint};
  }
  std::vector<size_t> all(client.endpoints().size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

}  // namespace althing
