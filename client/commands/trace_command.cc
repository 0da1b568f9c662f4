#include "absl/strings/str_cat.h"
#include "client/commands/admin_command.h"
#include "client/commands/chosen.h"
#include "client/commands/level_command.h"

namespace althing {

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
  using Answer = LevelAnswer<uint32_t>;
  if (level) {
    return ReportLevels(
        "trace", client, common, *chosen, client.Trace(*chosen, *level, common.timeout),
        [&level](const auto& reply) {
          return Answer{*level, reply.previous_level()};
        },
        out, err);
  }
  return ReportLevels(
      "trace", client, common, *chosen, client.Status(*chosen, common.timeout),
      [](const auto& reply) { return Answer{reply.trace_level()}; }, out, err);
}

}  // namespace althing
