// One cell of the instance space: what this replica knows of one instance.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_H_
#define ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_H_

#include <memory>

#include "replica/core/ids.h"
#include "replica/core/request_batch.h"

namespace althing {

enum class Phase : uint8_t { kNone, kPreAccepted, kAccepted, kCommitted };

// What is voted for or decided. The payload of an instance is fixed for ever by its coordinator:
// the only possible outcomes are that payload and noop.
enum class Value : uint8_t { kNone, kPayload, kNoop };

// Invariants:
//  1. `phase` only grows; kCommitted is final.
//  2. accepted_ballot <= ballot, and neither goes back. They are two variables: merging them is the
//  published
//     safety bug of the original protocol (Sutra, "On the correctness of Egalitarian Paxos").
//  3. `payload` and the initial fields, once set, stay, whatever is accepted or committed.
//  4. value == kPayload implies payload != nullptr.
struct Instance {
  Phase phase = Phase::kNone;
  Value value = Value::kNone;
  bool executed = false;        // Applied to the store, or resolved as noop.
  bool payload_logged = false;  // A record holds the payload.
  bool initial_known = false;   // initial_deps and fast_quorum are set.
  MemberSet fast_quorum;        // F(id)
  Ballot ballot = 0;            // The highest ballot that this replica has joined.
  Ballot accepted_ballot = 0;   // The ballot in which (value, deps) was accepted.
  Deps deps;                    // This replica's vote, or the outcome.
  Deps initial_deps;            // What the coordinator proposed.
  std::shared_ptr<const Payload> payload;
  LogPosition vote_position;  // The record that holds the current vote.
  uint64_t part = 0;          // No part of the log before this one has a record of it.

  bool committed() const { return phase == Phase::kCommitted; }
  // Whether a dependency on this instance can be resolved to "conflicts" or "does not".
  bool known() const { return payload != nullptr || committed(); }
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_INSTANCE_H_
