// What two replicas must agree on before one listens to the other.
#ifndef ALTHING_REPLICA_NET_HELLO_H_
#define ALTHING_REPLICA_NET_HELLO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pb/config.pb.h"
#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/core/quorum.h"

namespace althing {

inline constexpr uint32_t kProtocolVersion = 5;

// Who this replica is, as its Hello says it.
struct Identity {
  std::string cluster_id;
  ReplicaId replica;
  std::string store_id;      // 16 bytes.
  uint64_t incarnation = 1;  // How often the store was started; a log in memory lives once.
  uint32_t protocol_version = kProtocolVersion;
  uint64_t config_hash = 0;
};

// Of all that replicas must have in common: members (ids, hosts, peer ports), partitions, hash
// seed, f, e and e2. REQUIRES: a complete configuration, and the quorums that follow from it.
uint64_t ConfigHash(const v1::Config& config, const Quorums& quorums);

pb::Hello MakeHello(const Identity& own, ReplicaId callee);

struct Refusal {
  pb::HelloRefusal::Reason reason;
  std::string text;  // Both values, and what to do.
};

// Whether `hello` fits, but for the store id, which is the registry's to judge. `members`: all ids
// of the cluster.
std::optional<Refusal> CheckHello(const pb::Hello& hello, const Identity& own,
                                  const std::vector<ReplicaId>& members);

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_HELLO_H_
