// The command line: flags, environment, and which command is meant.
#ifndef ALTHING_CLIENT_CLI_H_
#define ALTHING_CLIENT_CLI_H_

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/endpoints.h"

namespace althing {

// What the process around the command line provides.
struct CliHost {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;              // `err` is one: live lines are welcome.
  std::function<bool()> interrupted;  // See AdminClient.
  std::string version = {};
  // Reads the endpoints from the file that --config names.
  std::function<absl::StatusOr<std::vector<Endpoint>>(const std::string&)> read_config = nullptr;
  bool interactive = false;  // `in` and `out` are a terminal, with a person at it.
  // Forgets Ctrl-C, so that what follows is not interrupted. False if that is not to be: SIGTERM.
  std::function<bool()> forget_interrupt = nullptr;
  std::string commit = {};  // Of the sources that the program was built from.
};

// Runs one command and returns the exit code (outcome.h). Every global flag can also be given as
// ALTHING_CLIENT_<NAME>; a flag beats it.
int RunCli(const CliHost& host, int argc, const char* const* argv);

}  // namespace althing

#endif  // ALTHING_CLIENT_CLI_H_
