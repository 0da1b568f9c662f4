// Commands of the command line over the library.
#ifndef ALTHING_CLIENT_COMMANDS_KV_CALL_H_
#define ALTHING_CLIENT_COMMANDS_KV_CALL_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "althing/client.h"
#include "client/commands/options.h"

namespace althing {

// A call that fails everywhere goes so often through all replicas before it says so.
inline constexpr uint32_t kRounds = 2;

// Of common.replica alone, or of all endpoints, the first of them that serves. INVALID_ARGUMENT if
// there is no such replica.
absl::StatusOr<std::unique_ptr<Client>> MakeKvClient(const std::vector<Endpoint>& endpoints,
                                                     const CommonOptions& common);

// Waits for the answer. When `interrupted`, which is asked every few milliseconds and may be empty,
// says so, the call ends with CANCELLED and the client is closed.
Outcome CallKv(Client& client, std::vector<KeyCommand> commands,
               const std::function<bool()>& interrupted);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_CALL_H_
