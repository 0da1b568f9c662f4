// What holds in one partition of one replica between steps, whatever the peers say.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_INVARIANTS_H_
#define ALTHING_REPLICA_CORE_EPAXOS_INVARIANTS_H_

#include "absl/status/status.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Checks the invariants of Instance, InstanceSpace and ConflictIndex, and that votes and outcomes
// hold at least the initial deps (docs/protocol.md, 10). INTERNAL, naming the instance, for
// the first that does not hold.
absl::Status CheckEpaxosInvariants(const State& state);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_INVARIANTS_H_
