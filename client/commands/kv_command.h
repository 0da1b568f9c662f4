// client put, get and del.
#ifndef ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
#define ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_

#include <ostream>

#include "client/client.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "pb/kv.pb.h"

namespace althing {

// Proposes the command to common.replica, else to the first endpoint that can be connected to.
// Text: put prints OK, get the value, del the number of removed keys. JSON: one object. get of a
// missing key prints nothing in text, "found": false in JSON, and is kExitMissingKey.
ExitCode RunKv(Client& client, const CommonOptions& common, const v1::Command& command,
               std::ostream& out, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_COMMAND_H_
