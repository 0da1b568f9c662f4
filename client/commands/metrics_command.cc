#include <nlohmann/json.hpp>

#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"

namespace althing {
namespace {

// Text is indented, JSON stands on one line.
std::string Dump(const nlohmann::ordered_json& json, const CommonOptions& common) {
  return json.dump(common.json() ? -1 : 2, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

ExitCode RunMetrics(AdminClient& client, const CommonOptions& common, std::ostream& out,
                    std::ostream& err) {
  const auto chosen = ChosenEndpoints(client, common);
  if (!chosen.ok()) {
    err << InputErrorLine("metrics", chosen.status()) << "\n";
    return kExitInvalidInput;
  }
  auto results = client.Metrics(*chosen, common.timeout);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].status.ok()) continue;
    auto metrics = nlohmann::ordered_json::parse(results[i].reply.json(), nullptr, false);
    if (metrics.is_discarded()) {
      results[i].status = absl::InternalError("the metrics are not valid JSON");
      continue;
    }
    const Endpoint& endpoint = client.endpoints()[(*chosen)[i]];
    all.push_back({{"replica", endpoint.replica},
                   {"address", endpoint.address},
                   {"metrics", std::move(metrics)}});
  }
  if (!common.replica) {
    out << Dump({{"replicas", all}}, common) << "\n";
  } else if (!all.empty()) {
    out << Dump(all[0]["metrics"], common) << "\n";
  }
  return PrintFailures("metrics", client, *chosen, results, err);
}

}  // namespace althing
