// What a replica must know to take part.
#ifndef ALTHING_REPLICA_CORE_CORE_OPTIONS_H_
#define ALTHING_REPLICA_CORE_CORE_OPTIONS_H_

#include <cstdint>

#include "replica/core/ids.h"
#include "replica/core/quorum.h"

namespace althing {

inline constexpr uint64_t kNeverCollect = UINT64_MAX;

// The same for all partitions. Times are in ticks of LogicalTime.
struct CoreOptions {
  MemberIndex self;
  ReplicaId replica;  // The id of `self`, for replies.
  Quorums quorums;
  uint32_t partitions = 1;
  uint64_t hash_seed = 0;
  size_t value_bytes_max = 1 << 20;  // What a value may grow to.
  bool thrifty = true;
  uint32_t batch_commands_max = 1000;
  uint32_t batch_bytes_max = 256 * 1024;
  uint32_t window_instances_max = 64;
  uint32_t waiting_proposals_max = 20000;
  size_t sessions_max = 100'000;
  size_t session_answers_max = 10'000;
  uint64_t session_ticks = 6000;  // Without a sign of life a session is closed.
  uint64_t fast_path_ticks = 2;
  uint64_t resend_ticks = 10;
  uint64_t resend_ticks_max = 200;
  uint64_t catch_up_ticks = 5;
  uint64_t recover_ticks = 30;  // How long an instance may stay undecided before it is recovered.
  // Between two words on how far this replica has come; kNeverCollect: it says nothing, and so
  // nobody forgets anything.
  uint64_t collect_ticks = kNeverCollect;
  // A PreAccept waits for its own record, and each fast decision for a record of its own: fewer of
  // the same schedules, to find out whether an error has to do with flushes (docs/protocol.md, 4).
  bool flushes_in_sequence = false;
  uint64_t jitter_seed = 1;  // Spreads resendings; the only randomness of the core.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_CORE_OPTIONS_H_
