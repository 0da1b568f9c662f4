// Commands of the command line over the library.
#ifndef ALTHING_CLIENT_COMMANDS_KV_CALL_H_
#define ALTHING_CLIENT_COMMANDS_KV_CALL_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
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
// says so, the call ends with CANCELLED. `timeout`: else the client's.
Outcome CallKv(Client& client, std::vector<KeyCommand> commands,
               const std::function<bool()>& interrupted, Client::Timeout timeout = std::nullopt);

// The clients that one run of the program needs, each kept until the end, so that all writes of a
// choice of replicas share its sessions.
class KvClients {
 public:
  // `interrupted`: may be empty; asked at the end, which then does not wait.
  KvClients(std::vector<Endpoint> endpoints, std::function<bool()> interrupted);
  ~KvClients();
  KvClients(const KvClients&) = delete;
  KvClients& operator=(const KvClients&) = delete;

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  // As MakeKvClient, made at the first call for common.replica.
  absl::StatusOr<Client*> Get(const CommonOptions& common);
  // Ends the calls of all of them.
  void CancelCalls();

 private:
  const std::vector<Endpoint> endpoints_;
  const std::function<bool()> interrupted_;
  std::map<std::optional<uint32_t>, std::unique_ptr<Client>> clients_;  // By replica.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_CALL_H_
