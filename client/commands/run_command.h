// client run: load, and what came of it.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "client/admin_client.h"
#include "client/commands/options.h"
#include "client/outcome.h"

namespace althing {

struct RunOptions {
  std::optional<uint64_t> count =
      std::nullopt;             // Operations. Without it and without a duration: 1,000.
  std::string mode = "first";   // first, round-robin or replica=I.
  uint64_t concurrency = 1;     // 1 to 100,000.
  double conflict_percent = 0;  // 0 to 100.
  double read_percent = 0;      // 0 to 100.
  uint64_t value_bytes = 16;    // At most 1 GiB.
  uint64_t seed = 1;
  std::optional<double> duration_s = std::nullopt;    // More than 0.
  uint64_t warmup = 0;                                // Writes before the measured operations.
  std::optional<std::string> history = std::nullopt;  // A file for each operation (history.md).
  // Before each key. Default: none; with a history the time of the run, so that no key was ever
  // written before.
  std::optional<std::string> key_prefix = std::nullopt;
  bool live = false;  // Print a line each second to `err`, a terminal.
};

// Prints the report to `out`. kExitOutput if the history could not be written to its end,
// kExitUnknown if interrupted, kExitServerError if an operation failed, kExitUnavailable if no
// replica of the mode can be connected to, kExitInvalidInput for options outside the ranges above.
ExitCode RunLoad(AdminClient& client, const CommonOptions& common, const RunOptions& options,
                 std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_COMMAND_H_
