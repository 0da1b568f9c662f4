// client put, append, get, del and batch.
#ifndef ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_

#include <functional>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "althing/client.h"
#include "client/commands/kv_options.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "client/report/encoding.h"

namespace althing {

// Text: put and append print OK, get the value in `encoding`, del the number of removed keys. JSON:
// one object. get of a missing key prints nothing in text, "found": false in JSON; a condition that
// failed prints nothing in text, "condition_failed": true and what the key holds in JSON; both are
// kExitNo. `interrupted`: see CallKv. REQUIRES: the command is as MakeCommand makes it.
ExitCode RunKv(Client& client, const std::function<bool()>& interrupted,
               const CommonOptions& common, const KeyCommand& command, Encoding encoding,
               std::ostream& out, std::ostream& err);

struct Batch {
  std::vector<KeyCommand> commands;
  std::vector<Encoding> encodings;  // Of each command.
};

// From lines as of kv_line.h: `lines`, or if there are none those of `in`. Flags that a line does
// not give are as in `defaults`. INVALID_ARGUMENT, with the number of the line.
absl::StatusOr<Batch> ReadBatch(const std::vector<std::string>& lines, const KvOptions& defaults,
                                std::istream& in);

// All commands as one request. Text: a line of each command as RunKv prints it, of a missing key
// "(no value)". JSON: one object with "results". A condition that failed prints which one it was,
// and is kExitNo.
ExitCode RunBatch(Client& client, const std::function<bool()>& interrupted,
                  const CommonOptions& common, const Batch& batch, std::ostream& out,
                  std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
