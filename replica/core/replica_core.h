// All partitions of one replica behind one door: the whole replica as a function of its inputs.
#ifndef ALTHING_REPLICA_CORE_REPLICA_CORE_H_
#define ALTHING_REPLICA_CORE_REPLICA_CORE_H_

#include <memory>
#include <vector>

#include "replica/core/core_options.h"
#include "replica/core/protocol.h"

namespace althing {

// Not thread-safe: one thread, the event handler's.
class ReplicaCore {
 public:
  explicit ReplicaCore(const CoreOptions& options);
  ~ReplicaCore();

  uint32_t partitions() const;
  // Steps one partition; completes what its protocol leaves to the caller (partition and replica of
  // messages, records and replies). REQUIRES: partition < partitions().
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output);
  absl::Status CheckInvariants() const;

 private:
  CoreOptions options_;
  std::vector<std::unique_ptr<class Partition>> partitions_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_REPLICA_CORE_H_
