// What a peer says of an instance, held against what is known of it here. ValidateEnvelope has
// looked at the form before.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_VALUE_CHECK_H_
#define ALTHING_REPLICA_CORE_EPAXOS_VALUE_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "pb/peer.pb.h"
#include "replica/core/epaxos/state.h"

namespace althing {

// Whether a value is one that the instance can have: its coordinator gave it one payload and its
// initial deps. `known` and `payload` may be null. INVALID_ARGUMENT if not, as all that follow.
absl::Status CheckValue(InstanceId id, const Instance* known, const std::string* payload, bool noop,
                        const Deps& deps);

// The initial deps and F(id) are fixed for ever too.
absl::Status CheckInitial(InstanceId id, const Instance* known, const Deps& initial_deps,
                          MemberSet fast_quorum);

// Whether the answer fits what is known. REQUIRES: the instance has a cell.
absl::Status CheckRecoverOk(const State& state, const pb::RecoverOk& message);
// Whether two members can have given these answers.
absl::Status CheckTwoAnswers(const pb::RecoverOk& one, const pb::RecoverOk& other);

// Whether all that are named conflict with the instance and do not depend on it, nor it on them, as
// far as that is known here. REQUIRES: the instance has a payload.
absl::Status CheckInvalidators(const State& state, const Deps& initial_deps,
                               const pb::ValidateOk& message);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_VALUE_CHECK_H_
