// Between the types of the library's users and those of the wire.
#ifndef ALTHING_CLIENT_LIBRARY_CONVERT_H_
#define ALTHING_CLIENT_LIBRARY_CONVERT_H_

#include <vector>

#include "absl/status/status.h"
#include "althing/client.h"
#include "client/library/failover.h"
#include "pb/kv.pb.h"

namespace althing {

// INVALID_ARGUMENT for what no replica should have to refuse: no command or key, a value or
// condition where none belongs, several conditions.
absl::Status Check(const std::vector<KeyCommand>& commands);

bool Writes(const std::vector<KeyCommand>& commands);

// REQUIRES: Check says OK.
v1::Command ToProto(const KeyCommand& command);
v1::Request ToRequest(const std::vector<KeyCommand>& commands);

// INTERNAL, and unknown whether written, if a replica answers without one result of each command.
Outcome ToOutcome(const Failover::End& end, const std::vector<KeyCommand>& commands);
// Of a call that was never sent.
Outcome NotSent(absl::Status status);

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_CONVERT_H_
