// A peer's message -> Status. What passes here is believed afterwards.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_VALIDATE_H_
#define ALTHING_REPLICA_CORE_EPAXOS_VALIDATE_H_

#include "absl/status/status.h"
#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/core/quorum.h"

namespace althing {

// The most instances that one Probe, ProbeReply or Fetch may name.
inline constexpr int kIdsPerMessageMax = 1024;
// Beyond this no honest replica ever comes: a thousand years at a million instances a second.
inline constexpr Slot kSlotMax = Slot{1} << 55;
inline constexpr Ballot kBallotMax = Ballot{1} << 55;

// Checks ids, ballots, vectors and sets against the group, and that `from` may say this to `self`,
// whose highest slot is `own_highest`: nobody can know of a later one. The payload's bytes are
// checked where they are first read (ParsePayload). INVALID_ARGUMENT with the field and its value.
absl::Status ValidateEnvelope(const pb::Envelope& envelope, MemberIndex from, MemberIndex self,
                              Slot own_highest, const Quorums& quorums);

// REQUIRES: a vector that passed ValidateEnvelope.
Deps DepsFromProto(const google::protobuf::RepeatedField<uint64_t>& slots);
void DepsToProto(const Deps& deps, int members, google::protobuf::RepeatedField<uint64_t>* out);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_VALIDATE_H_
