// Which endpoints a question goes to, and what to say about those that fail.
#ifndef ALTHING_CLIENT_COMMANDS_CHOSEN_H_
#define ALTHING_CLIENT_COMMANDS_CHOSEN_H_

#include <cstddef>
#include <ostream>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/admin_client.h"
#include "client/commands/options.h"
#include "client/outcome.h"

namespace althing {

// common.replica alone, or all endpoints. INVALID_ARGUMENT if there is no such replica.
absl::StatusOr<std::vector<size_t>> ChosenEndpoints(const AdminClient& client,
                                                    const CommonOptions& common);

// Prints one line per failed call. `results[i]` came from endpoint `chosen[i]`. Returns the exit
// code of the first failure, kExitOk if there is none.
template <typename Reply>
ExitCode PrintFailures(absl::string_view command, const AdminClient& client,
                       const std::vector<size_t>& chosen,
                       const std::vector<CallResult<Reply>>& results, std::ostream& err) {
  ExitCode code = kExitOk;
  for (size_t i = 0; i < chosen.size(); ++i) {
    const CallOutcome outcome = {results[i].status, results[i].sent, false};
    if (outcome.status.ok()) continue;
    err << ErrorLine(command, Describe(client.endpoints()[chosen[i]]), outcome) << "\n";
    if (code == kExitOk) code = ExitCodeOf(outcome);
  }
  return code;
}

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_CHOSEN_H_
