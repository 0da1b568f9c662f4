// client status, metrics, trace, log and scheduler: questions to the replicas themselves.
#ifndef ALTHING_CLIENT_COMMANDS_ADMIN_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_ADMIN_COMMAND_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "client/admin_client.h"
#include "client/commands/options.h"
#include "client/outcome.h"

namespace althing {

// Asks every endpoint. kExitOk only if the cluster is healthy; kExitUnavailable if no replica
// answers; else kExitUnknown.
ExitCode RunStatus(AdminClient& client, const CommonOptions& common, std::ostream& out,
                   std::ostream& err);

// Prints the metrics of common.replica as they are, or of all endpoints. The exit code is that of
// the first endpoint that fails; the others are printed all the same.
ExitCode RunMetrics(AdminClient& client, const CommonOptions& common, std::ostream& out,
                    std::ostream& err);

// Sets the trace level of common.replica or of all endpoints; without a level prints what it is.
// Levels: 0, 1, 2, 9. Exit code as RunMetrics.
ExitCode RunTrace(AdminClient& client, const CommonOptions& common, std::optional<uint32_t> level,
                  std::ostream& out, std::ostream& err);

// Sets the log level of common.replica or of all endpoints; without a level prints what it is. The
// replicas know the names. Exit code as RunMetrics.
ExitCode RunLog(AdminClient& client, const CommonOptions& common,
                const std::optional<std::string>& level, std::ostream& out, std::ostream& err);

// Sets the queue disciplines of common.replica or of all endpoints; without a name prints what they
// are. The replicas know the names. Exit code as RunMetrics.
ExitCode RunScheduler(AdminClient& client, const CommonOptions& common,
                      const std::optional<std::string>& incoming,
                      const std::optional<std::string>& outgoing, std::ostream& out,
                      std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_ADMIN_COMMAND_H_
