#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"
#include "client/commands/level_command.h"

namespace althing {

ExitCode RunLog(AdminClient& client, const CommonOptions& common,
                const std::optional<std::string>& level, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  if (!chosen.ok()) {
    err << InputErrorLine("log", chosen.status()) << "\n";
    return kExitInvalidInput;
  }
  using Answer = LevelAnswer<std::string>;
  if (level) {
    return ReportLevels(
        "log", client, common, *chosen, client.SetLogLevel(*chosen, *level, common.timeout),
        [&level](const auto& reply) {
          return Answer{*level, reply.previous_level()};
        },
        out, err);
  }
  return ReportLevels(
      "log", client, common, *chosen, client.Status(*chosen, common.timeout),
      [](const auto& reply) { return Answer{reply.log_level()}; }, out, err);
}

}  // namespace althing
