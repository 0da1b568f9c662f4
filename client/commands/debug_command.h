// client explain and trace show: questions of whoever looks for a reason.
#ifndef ALTHING_CLIENT_COMMANDS_DEBUG_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_DEBUG_COMMAND_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "client/admin_client.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "client/report/encoding.h"

namespace althing {

struct ExplainOptions {
  std::optional<std::string> key = std::nullopt;       // As the encoding writes it.
  std::optional<std::string> instance = std::nullopt;  // "0.17"
  uint32_t partition = 0;                              // Of the instance.
  Encoding encoding = Encoding::kUtf8;
};

// Prints what common.replica, or each endpoint, knows of the instance or the key. kExitNo if none
// of them knows any instance or proposal; else the exit code is that of the first endpoint that
// fails. REQUIRES: either a key or an instance.
ExitCode RunExplain(AdminClient& client, const CommonOptions& common, const ExplainOptions& options,
                    std::ostream& out, std::ostream& err);

struct TraceShowOptions {
  std::string instance;  // "0.17"
  uint32_t partition = 0;
  std::string format = "text";  // text, mermaid or chrome.
};

// Prints one timeline of what common.replica, or all endpoints, remember of the instance. kExitNo
// if they remember nothing; else the exit code is that of the first endpoint that fails.
ExitCode RunTraceShow(AdminClient& client, const CommonOptions& common,
                      const TraceShowOptions& options, std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_DEBUG_COMMAND_H_
