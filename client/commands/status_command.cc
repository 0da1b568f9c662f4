#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"
#include "client/report/status_report.h"

namespace althing {

ExitCode RunStatus(AdminClient& client, const CommonOptions& common, std::ostream& out,
                   std::ostream& err) {
  const std::vector<size_t> all = *ChosenEndpoints(client, {.timeout = common.timeout});
  const auto results = client.Status(all, common.timeout);
  if (client.interrupted()) {
    err << "error: status: interrupted. Written: no. Ask again.\n";
    return kExitUnknown;
  }
  std::vector<ReplicaStatus> replicas;
  for (size_t i = 0; i < all.size(); ++i) {
    replicas.push_back({client.endpoints()[all[i]], results[i].status, results[i].reply});
  }
  const ClusterStatus cluster = Summarize(std::move(replicas));
  out << (common.json() ? ClusterStatusJson(cluster) : ClusterStatusText(cluster));
  switch (cluster.health) {
    case Health::kHealthy:
      return kExitOk;
    case Health::kSilent:
      return kExitUnavailable;
    case Health::kDegraded:
    case Health::kUnavailable:
      break;
  }
  return kExitUnknown;
}

}  // namespace althing
