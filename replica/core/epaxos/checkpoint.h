// What one partition gives for a checkpoint, a slice at a time. Source: docs/storage.md,
// "Checkpoints".
#ifndef ALTHING_REPLICA_CORE_EPAXOS_CHECKPOINT_H_
#define ALTHING_REPLICA_CORE_EPAXOS_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "replica/core/epaxos/collection.h"
#include "replica/core/epaxos/state.h"
#include "replica/core/session_table.h"

namespace althing {

// Store, sessions and what is executed, as they were when the checkpoint began, and the marks of
// the collection. The instances themselves stay in the log, of which so much is kept: all parts
// that say something of one that is not forgotten.
//
// Invariants:
//  1. All pieces together are the state of one moment, the one at which the checkpoint's record
//  was appended, whatever happens while they are taken.
//  2. The last piece is not given before all records of that moment are durable: what the
//  checkpoint says to be executed has its outcome in the log.
class Checkpoint {
 public:
  Checkpoint(State& state, StateMachine& store, SessionTable& sessions, Collection& collection)
      : state_(state), store_(store), sessions_(sessions), collection_(collection) {}

  void Begin(uint64_t number);
  void TakeSlice(size_t entries_max);
  void OnDurable(uint64_t number);
  // As Protocol has it.
  absl::Status Restore(const pb::CheckpointPiece& piece);

 private:
  enum class Phase { kNone, kStore, kSessions, kEnd, kGiven };

  State& state_;
  StateMachine& store_;
  SessionTable& sessions_;
  Collection& collection_;
  uint64_t number_ = 0;
  Phase phase_ = Phase::kNone;
  LogPosition begun_at_;  // The checkpoint's record.
  pb::CheckpointMarks marks_;
  Collection::Next next_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_CHECKPOINT_H_
