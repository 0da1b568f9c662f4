// Forgetting what all members have executed, so that memory does not grow with every command.
// Source: docs/protocol.md, 11.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_COLLECTION_H_
#define ALTHING_REPLICA_CORE_EPAXOS_COLLECTION_H_

#include <array>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Keeps the two watermarks of State, and frees what is below them, a slice at a time.
//
// Invariants:
//  1. forgotten <= everywhere <= executed here; all three only grow.
//  2. `everywhere` holds only what every member has told to have applied, and `forgotten` only what
//  every member has told to be in its `everywhere`.
//  3. A member tells to have applied only what it has executed, and what a restart does not undo.
//  4. With a log, what it tells and what it forgets is in its last durable checkpoint: neither goes
//  back in a restart.
class Collection {
 public:
  explicit Collection(State& state) : state_(state) {}

  // Whether the message is about an instance that is collected: it has been answered, or needs no
  // answer, and must not be handled.
  bool Answers(MemberIndex from, const pb::Envelope& envelope) const;
  // INVALID_ARGUMENT, and nothing changes, if it says that this replica has executed what it has
  // not.
  absl::Status OnHeartbeat(MemberIndex from, const pb::Heartbeat& message);
  absl::Status OnTruncated(MemberIndex from, const pb::Truncated& message);

  // At the end of a turn: frees a slice, and sets the timer if there is something to tell.
  void Refresh();
  void OnTick();
  LogicalTime next_tick() const;

  // What a checkpoint that begins now makes of them, once it is durable: `applied` is all that is
  // executed.
  struct Next {
    Deps applied, everywhere, forgotten;
  };
  Next MakeNext();
  // That checkpoint is durable, or a start goes on from it.
  void Adopt(const Next& next);

 private:
  // Of a freed cell: its keys, as long as the index knows it.
  struct Freed {
    Slot slot;
    uint64_t part;  // Of the log.
    std::vector<KeyAccess> keys;
  };

  // What this replica may tell to have applied.
  Deps Applied() const;
  absl::Status Take(MemberIndex from, const Deps& applied, const Deps& everywhere);
  void RaiseWatermarks();
  // As far as this member has heard.
  Deps HeardEverywhere() const;
  Deps HeardForgotten(const Deps& everywhere) const;
  // Frees until so much is done; returns true if nothing is left to free.
  bool Free(uint64_t budget);
  // What the cell's freeing, and the index's forgetting, took.
  uint64_t FreeCell(MemberIndex r);
  uint64_t ForgetKeys(MemberIndex r, Slot upto);

  State& state_;
  std::array<State::Marks, kMembersMax> heard_;  // Of the others; only grow.
  Deps applied_;                                 // Of the last durable checkpoint.
  std::array<std::deque<Freed>, kMembersMax> freed_;
  LogicalTime tell_at_ = kNever;
  bool more_to_free_ = false;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_COLLECTION_H_
