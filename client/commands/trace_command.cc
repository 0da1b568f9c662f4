#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"

namespace althing {
namespace {

struct Level {
  Endpoint endpoint;
  uint32_t now = 0;
  std::optional<uint32_t> previous;
};

void Print(const std::vector<Level>& levels, const CommonOptions& common, std::ostream& out) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Level& level : levels) {
    nlohmann::ordered_json one = {{"replica", level.endpoint.replica}, {"level", level.now}};
    if (level.previous) one["previous_level"] = *level.previous;
    all.push_back(one);
    if (common.json()) continue;
    out << Describe(level.endpoint) << ": trace level " << level.now;
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
    levels.push_back({client.endpoints()[chosen[i]], results[i].reply.trace_level(), {}});
  }
  Print(levels, common, out);
  return PrintFailures("trace", client, chosen, results, err);
}

ExitCode Set(AdminClient& client, const CommonOptions& common, const std::vector<size_t>& chosen,
             uint32_t level, std::ostream& out, std::ostream& err) {
  const auto results = client.Trace(chosen, level, common.timeout);
  std::vector<Level> levels;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!results[i].status.ok()) continue;
    levels.push_back({client.endpoints()[chosen[i]], level, results[i].reply.previous_level()});
  }
  Print(levels, common, out);
  return PrintFailures("trace", client, chosen, results, err);
}

}  // namespace

ExitCode RunTrace(AdminClient& client, const CommonOptions& common, std::optional<uint32_t> level,
                  std::ostream& out, std::ostream& err) {
  absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  if (level && *level > 2 && *level != 9) {
    chosen = absl::InvalidArgumentError(
        absl::StrCat("there is no level ", *level, ". Choose 0, 1, 2 or 9"));
  }
  if (!chosen.ok()) {
    err << InputErrorLine("trace", chosen.status()) << "\n";
    return kExitInvalidInput;
  }
  return level ? Set(client, common, *chosen, *level, out, err)
               : Ask(client, common, *chosen, out, err);
}

}  // namespace althing
