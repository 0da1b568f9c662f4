// The configuration, as the core and the event loop want it: times in ticks, members by index.
#ifndef ALTHING_REPLICA_NET_BUILD_OPTIONS_H_
#define ALTHING_REPLICA_NET_BUILD_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "pb/config.pb.h"
#include "replica/core/quorum.h"
#include "replica/core/replica_core.h"
#include "replica/runtime/event_loop.h"

namespace althing {

// All take a complete configuration, in which replicas are sorted by id.

// Nothing if no replica has the id.
std::optional<MemberIndex> FindMember(const v1::Config& config, ReplicaId id);

// INVALID_ARGUMENT if f or e do not fit.
absl::StatusOr<Quorums> MakeQuorums(const v1::Config& config);

CoreOptions MakeCoreOptions(const v1::Config& config, const Quorums& quorums, MemberIndex self);
EventLoopOptions MakeEventLoopOptions(const v1::Config& config, const Quorums& quorums,
                                      MemberIndex self);

// Rounded up, at least 1. REQUIRES: tick_ms > 0.
uint64_t ToTicks(uint32_t ms, uint32_t tick_ms);

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_BUILD_OPTIONS_H_
