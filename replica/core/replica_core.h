// All partitions of one replica behind one door: the whole replica as a function of its inputs.
#ifndef ALTHING_REPLICA_CORE_REPLICA_CORE_H_
#define ALTHING_REPLICA_CORE_REPLICA_CORE_H_

#include <memory>
#include <vector>

#include "replica/core/protocol.h"
#include "replica/core/quorum.h"

namespace althing {

// What a replica must know to take part. Times are in ticks.
struct CoreOptions {
  MemberIndex self;
  ReplicaId replica;  // The id of `self`, for replies.
  Quorums quorums;
  uint32_t partitions = 1;
  uint64_t hash_seed = 0;
  bool thrifty = true;
  uint32_t batch_commands_max = 1000;
  uint32_t batch_bytes_max = 256 * 1024;
  uint32_t window_instances_max = 64;
  uint32_t waiting_proposals_max = 20000;
  uint64_t fast_path_ticks = 2;
  uint64_t resend_ticks = 10;
  uint64_t resend_ticks_max = 200;
  uint64_t catch_up_ticks = 5;
  uint64_t jitter_seed = 1;  // Spreads resendings; the only randomness of the core.
};

// What the event loop steps. Not thread-safe: one thread, the event handler's.
class Core {
 public:
  virtual ~Core() = default;
  virtual uint32_t partitions() const = 0;
  // Steps one partition; completes what its protocol leaves to the caller (partition and replica of
  // messages, records and replies). REQUIRES: partition < partitions().
  virtual void Step(PartitionId partition, LogicalTime now, Input input, Output& output) = 0;
};

class ReplicaCore : public Core {
 public:
  explicit ReplicaCore(const CoreOptions& options);
  ~ReplicaCore() override;

  uint32_t partitions() const override;
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output) override;
  absl::Status CheckInvariants() const;

 private:
  CoreOptions options_;
  std::vector<std::unique_ptr<class Partition>> partitions_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_REPLICA_CORE_H_
