// What `client log` and `client trace` have in common: a level of each chosen replica.
#ifndef ALTHING_CLIENT_COMMANDS_LEVEL_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_LEVEL_COMMAND_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "client/admin_client.h"
#include "client/commands/chosen.h"
#include "client/commands/options.h"

namespace althing {

template <typename Level>
struct LevelAnswer {
  Level now;
  std::optional<Level> previous = std::nullopt;  // Present if the level was set.
};

// Prints what each chosen replica said. `command` is "log" or "trace"; `answer_of` turns a reply of
// `results`, which are in the order of `chosen`, into a LevelAnswer.
template <typename Results, typename AnswerOf>
ExitCode ReportLevels(const std::string& command, const AdminClient& client,
                      const CommonOptions& common, const std::vector<size_t>& chosen,
                      const Results& results, const AnswerOf& answer_of, std::ostream& out,
                      std::ostream& err) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (!results[i].status.ok()) continue;
    const Endpoint& endpoint = client.endpoints()[chosen[i]];
    const auto level = answer_of(results[i].reply);
    nlohmann::ordered_json one = {{"replica", endpoint.replica}, {"level", level.now}};
    if (level.previous) one["previous_level"] = *level.previous;
    all.push_back(one);
    if (common.json()) continue;
    out << Describe(endpoint) << ": " << command << " level " << level.now;
    if (level.previous) out << ", was " << *level.previous;
    out << "\n";
  }
  if (common.json()) out << nlohmann::ordered_json{{"replicas", all}}.dump() << "\n";
  return PrintFailures(command, client, chosen, results, err);
}

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_LEVEL_COMMAND_H_
