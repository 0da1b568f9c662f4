#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"

namespace althing {
namespace {

struct Names {
  std::string incoming;
  std::string outgoing;
};

struct Used {
  Endpoint endpoint;
  Names now;
  std::optional<Names> previous;
};

void Print(const std::vector<Used>& replicas, const CommonOptions& common, std::ostream& out) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Used& used : replicas) {
    nlohmann::ordered_json one = {{"replica", used.endpoint.replica},
                                  {"incoming", used.now.incoming},
                                  {"outgoing", used.now.outgoing}};
    if (used.previous) {
      one["previous_incoming"] = used.previous->incoming;
      one["previous_outgoing"] = used.previous->outgoing;
    }
    all.push_back(one);
    if (common.json()) continue;
    out << Describe(used.endpoint) << ": incoming " << used.now.incoming;
    if (used.previous) out << ", was " << used.previous->incoming;
    out << "; outgoing " << used.now.outgoing;
    if (used.previous) out << ", was " << used.previous->outgoing;
    out << "\n";
  }
  if (common.json()) out << nlohmann::ordered_json{{"replicas", all}}.dump() << "\n";
}

ExitCode Ask(AdminClient& client, const CommonOptions& common, const std::vector<size_t>& chosen,
             std::ostream& out, std::ostream& err) {
  const auto results = client.Status(chosen, common.timeout);
  std::vector<Used> replicas;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const v1::StatusReply& reply = results[i].reply;
    if (!results[i].status.ok()) continue;
    replicas.push_back({client.endpoints()[chosen[i]],
                        {reply.incoming_scheduler(), reply.outgoing_scheduler()},
                        {}});
  }
  Print(replicas, common, out);
  return PrintFailures("scheduler", client, chosen, results, err);
}

ExitCode Set(AdminClient& client, const CommonOptions& common, const std::vector<size_t>& chosen,
             const v1::SetSchedulerRequest& request, std::ostream& out, std::ostream& err) {
  const auto results = client.SetScheduler(chosen, request, common.timeout);
  std::vector<Used> replicas;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!results[i].status.ok()) continue;
    const Names previous = {results[i].reply.previous_incoming(),
                            results[i].reply.previous_outgoing()};
    replicas.push_back({client.endpoints()[chosen[i]],
                        {request.has_incoming() ? request.incoming() : previous.incoming,
                         request.has_outgoing() ? request.outgoing() : previous.outgoing},
                        previous});
  }
  Print(replicas, common, out);
  return PrintFailures("scheduler", client, chosen, results, err);
}

}  // namespace

ExitCode RunScheduler(AdminClient& client, const CommonOptions& common,
                      const std::optional<std::string>& incoming,
                      const std::optional<std::string>& outgoing, std::ostream& out,
                      std::ostream& err) {
  const absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  if (!chosen.ok()) {
    err << InputErrorLine("scheduler", chosen.status()) << "\n";
    return kExitInvalidInput;
  }
  if (!incoming && !outgoing) return Ask(client, common, *chosen, out, err);
  v1::SetSchedulerRequest request;
  if (incoming) request.set_incoming(*incoming);
  if (outgoing) request.set_outgoing(*outgoing);
  return Set(client, common, *chosen, request, out, err);
}

}  // namespace althing
