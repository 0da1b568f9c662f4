// What a run of one partition takes over from earlier ones, and where its own slots begin.
// Source: docs/protocol.md, 9.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_RESTART_H_
#define ALTHING_REPLICA_CORE_EPAXOS_RESTART_H_

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Invariants:
//  1. Whatever a message of an earlier run said of this replica's votes and promises is in the
//  cells again.
//  2. No slot that an earlier run may have told anyone is used again: the floor covers them all.
class Restart {
 public:
  explicit Restart(State& state) : state_(state) {}

  // As Protocol::Restore.
  absl::Status Restore(const pb::Record& record);
  // As Protocol::RestoreCheckpoint and EndRestore: the marks of the checkpoint.
  absl::Status Restore(const pb::CheckpointMarks& marks);
  absl::Status EndRestore() const;
  // A run begins: sets the own floor and appends the record that says so.
  void Begin();
  // It ends, and leaves nothing unrecorded.
  void End();

 private:
  absl::Status On(const pb::PreAcceptedRecord& record);
  absl::Status On(const pb::AcceptedRecord& record);
  absl::Status On(const pb::CommittedRecord& record);
  absl::Status On(const pb::DecidedRecord& record);
  absl::Status On(const pb::JoinedRecord& record);
  absl::Status On(const pb::ValidatedRecord& record);
  absl::Status On(const pb::StartedRecord& record);

  // Gives the instance the record's payload, if that has one and the instance none.
  absl::Status TakePayload(InstanceId id, Instance& instance, const std::string& bytes);
  absl::Status TakeInitial(InstanceId id, Instance& instance, const Deps& initial_deps,
                           MemberSet fast_quorum);
  // The value that the record names.
  absl::Status TakeValue(InstanceId id, Instance& instance, bool noop, const std::string& payload);
  void Committed(InstanceId id, Instance& instance);
  // A record speaks of the instance, and of these.
  void Saw(InstanceId id, const Deps& deps);
  // The checkpoint says that the instance is executed.
  bool IsExecuted(InstanceId id) const;

  State& state_;
  bool started_before_ = false;
  bool stopped_in_order_ = false;  // The last record says so.
  Slot floor_ = 0;                 // Of the last run.
  Slot window_ = 0;                // Of the last run.
  // Of the checkpoint: what it says of the run that made it holds if the log does not know better.
  bool started_in_log_ = false;
  Slot used_ = 0;  // The highest own slot that any record so far speaks of.
  Slot checkpoint_floor_ = 0, checkpoint_window_ = 0;
  Deps highest_seen_, executed_;
  absl::flat_hash_set<InstanceId> executed_beyond_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_RESTART_H_
