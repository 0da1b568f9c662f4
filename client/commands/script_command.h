// client script: scripted accesses, and what came of them.
#ifndef ALTHING_CLIENT_COMMANDS_SCRIPT_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_SCRIPT_COMMAND_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "client/commands/kv_call.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "client/script/script.h"

namespace althing {

struct ScriptOptions {
  std::string file = "-";  // "-": standard input.
  ScriptFormat format = ScriptFormat::kAuto;
  uint64_t repeat = 1;                                // At least 1.
  std::optional<std::string> history = std::nullopt;  // A file for each access (history.md).
  Encoding encoding = Encoding::kUtf8;                // Of lines that name none.
};

// Declares FILE and the flags. Parsing fills `options`, which must outlive it.
void DeclareScript(CLI::App& command, ScriptOptions& options);

// Prints a line of each access and the sum to `out`, and what failed to `err`. `in` is standard
// input. kExitInvalidInput, before any access, if the script cannot be read; else the code of the
// first failure: kExitNo of an expectation that was not met, that of its call of an access;
// kExitUnknown if interrupted; kExitOutput if the history could not be written to its end.
ExitCode RunScript(KvClients& clients, const std::function<bool()>& interrupted,
                   const CommonOptions& common, const ScriptOptions& options, std::istream& in,
                   std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_SCRIPT_COMMAND_H_
