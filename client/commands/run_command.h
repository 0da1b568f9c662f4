// client run: load, and what came of it.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_

#include <ostream>

#include "client/admin_client.h"
#include "client/commands/options.h"
#include "client/commands/run_options.h"
#include "client/outcome.h"

namespace althing {

// Prints the report to `out`. kExitOutput if a file could not be written to its end,
// kExitUnknown if interrupted, kExitServerError if an operation failed, kExitUnavailable if no
// replica of the mode can be connected to, kExitInvalidInput for options outside the ranges above.
ExitCode RunLoad(AdminClient& client, const CommonOptions& common, const RunOptions& options,
                 std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_
