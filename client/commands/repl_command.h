// client repl: a shell for the cluster, at a terminal.
#ifndef ALTHING_CLIENT_COMMANDS_REPL_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_REPL_COMMAND_H_

#include <functional>
#include <ostream>
#include <string>

#include "client/outcome.h"
#include "client/repl/shell.h"

namespace althing {

struct ReplOptions {
  Shell::Options shell = {};          // Its cluster is found out.
  std::string history_path = {};      // Empty: lines are remembered until the end only.
  std::function<bool()> interrupted;  // As CliHost has them.
  std::function<bool()> forget_interrupt;
};

// Reads lines until Ctrl-D or exit: kExitOk; kExitUnknown if interrupted by SIGTERM;
// kExitInvalidInput if there is no replica like that of the settings. REQUIRES: standard input and
// output are a terminal.
ExitCode RunRepl(ReplOptions options, std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_REPL_COMMAND_H_
