// What a member does for one who recovers an instance. Source: docs/protocol.md, 8.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_VOTER_H_
#define ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_VOTER_H_

#include "absl/status/statusor.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Also used by the recoverer for its own part. What is returned may leave once the instance's
// vote_position is durable.
class RecoveryVoter {
 public:
  explicit RecoveryVoter(State& state) : state_(state) {}

  // Joins the ballot, which changes nothing else, and tells what the member holds.
  // REQUIRES: the instance is not committed and has joined no higher ballot.
  pb::RecoverOk Join(InstanceId id, Ballot ballot);

  // Makes the payload and the initial deps known, so that later conflicting votes hold the
  // instance, and tells what speaks against its having been decided with just these deps.
  // INVALID_ARGUMENT if the payload is none, or one of them is another than is known. REQUIRES: the
  // member has joined the message's ballot and accepted nothing.
  absl::StatusOr<pb::ValidateOk> Register(const pb::Validate& message);

 private:
  void AppendInvalidators(InstanceId id, const Instance& instance, pb::ValidateOk& answer) const;

  State& state_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_RECOVERY_VOTER_H_
