#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"

namespace althing {
namespace {

struct Level {
  Endpoint endpoint;
  std::string now;
  std::optional<std::string> previous;
};

void Print(const std::vector<Level>& levels, const CommonOptions& common, std::ostream& out) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Level& level : levels) {
    nlohmann::ordered_json one = {{"replica", level.endpoint.replica}, {"level", level.now}};
    if (level.previous) one["previous_level"] = *level.previous;
    all.push_back(one);
    if (common.json()) continue;
    out << Describe(level.endpoint) << ": log level " << level.now;
    if (level.previous) out << ", was " << *level.previous;
    out << "\n";
  }
  if (common.json()) out << nlohmann::ordered_json{{"replicas", all}}.dump() << "\n";
}

ExitCode Ask(AdminClient& client, const CommonOptions& common, const std::vector<size_t>& chosen,
             std::ostream& out, std::ostream& err) {
  const auto results = client.Status(chosen, common.timeout);
  std::vector<Level> levels;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!results[i].status.ok()) continue;
    levels.push_back({client.endpoints()[chosen[i]], results[i].reply.log_level(), {}});
  }
  Print(levels, common, out);
  return PrintFailures("log", client, chosen, results, err);
}

ExitCode Set(AdminClient& client, const CommonOptions& common, const std::vector<size_t>& chosen,
             const std::string& level, std::ostream& out, std::ostream& err) {
  const auto results = client.SetLogLevel(chosen, level, common.timeout);
  std::vector<Level> levels;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!results[i].status.ok()) continue;
    levels.push_back({client.endpoints()[chosen[i]], level, results[i].reply.previous_level()});
  }
  Print(levels, common, out);
  return PrintFailures("log", client, chosen, results, err);
}

}  // namespace

ExitCode RunLog(AdminClient& client, const CommonOptions& common,
                const std::optional<std::string>& level, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  if (!chosen.ok()) {
    err << InputErrorLine("log", chosen.status()) << "\n";
    return kExitInvalidInput;
  }
  return level ? Set(client, common, *chosen, *level, out, err)
               : Ask(client, common, *chosen, out, err);
}

}  // namespace althing
