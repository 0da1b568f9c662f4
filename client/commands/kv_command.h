// client put, append, get and del.
#ifndef ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_

#include <ostream>

#include "client/client.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "client/report/encoding.h"
#include "pb/kv.pb.h"

namespace althing {

// Proposes the command to common.replica, else to the first endpoint that can be connected to.
// Text: put and append print OK, get the value in `encoding`, del the number of removed keys. JSON:
// one object. get of a missing key prints nothing in text, "found": false in JSON; a condition that
// failed prints nothing in text, "condition_failed": true and what the key holds in JSON; both are
// kExitNo. REQUIRES: the command is as MakeCommand makes it.
ExitCode RunKv(Client& client, const CommonOptions& common, const v1::Command& command,
               Encoding encoding, std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
