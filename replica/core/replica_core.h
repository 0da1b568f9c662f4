// All partitions of one replica behind one door: the whole replica as a function of its inputs.
#ifndef ALTHING_REPLICA_CORE_REPLICA_CORE_H_
#define ALTHING_REPLICA_CORE_REPLICA_CORE_H_

#include <memory>
#include <string>
#include <vector>

#include "replica/core/core_options.h"
#include "replica/core/protocol.h"

namespace althing {

// A partition that executes and answers nothing any more.
struct Quarantine {
  PartitionId partition;
  std::string why;  // As Protocol::quarantine.
};

// What the event loop steps. Not thread-safe: one thread, the event handler's.
class Core {
 public:
  virtual ~Core() = default;
  virtual uint32_t partitions() const = 0;
  // As Protocol::Restore; DATA_LOSS also if there is no such partition.
  virtual absl::Status Restore(const pb::Record& record) = 0;
  virtual absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) = 0;
  virtual absl::Status EndRestore() = 0;
  // Steps one partition; completes what its protocol leaves to the caller (partition and replica of
  // messages, records and replies). REQUIRES: partition < partitions().
  virtual void Step(PartitionId partition, LogicalTime now, Input input, Output& output) = 0;
  // In the order in which it happened to them.
  virtual const std::vector<Quarantine>& quarantines() const = 0;
  // Proposals of the partition that are in no instance yet.
  virtual size_t waiting(PartitionId partition) const = 0;
  virtual Held held(PartitionId partition) const = 0;
  // Fills all but tick_ns. INVALID_ARGUMENT if the request names nothing, or a partition or
  // coordinator that does not exist.
  virtual absl::Status Explain(LogicalTime now, const pb::ExplainRequest& request,
                               pb::ExplainReply& reply) const = 0;
};

// The real one.
class ReplicaCore : public Core {
 public:
  explicit ReplicaCore(const CoreOptions& options);
  ~ReplicaCore() override;

  uint32_t partitions() const override;
  absl::Status Restore(const pb::Record& record) override;
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) override;
  absl::Status EndRestore() override;
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output) override;
  const std::vector<Quarantine>& quarantines() const override { return quarantines_; }
  size_t waiting(PartitionId partition) const override;
  Held held(PartitionId partition) const override;
  absl::Status Explain(LogicalTime now, const pb::ExplainRequest& request,
                       pb::ExplainReply& reply) const override;
  absl::Status CheckInvariants() const;
  // Of the partition's store and sessions: equal at replicas that have executed the same. Dear: for
  // tests and debugging.
  uint64_t StateDigest(PartitionId partition) const;

 private:
  void NoteQuarantine(PartitionId partition, const std::string& why);

  CoreOptions options_;
  std::vector<Quarantine> quarantines_;  // One at most for each partition.
  std::vector<std::unique_ptr<class Partition>> partitions_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_REPLICA_CORE_H_
