// What traces and metrics call the messages between replicas.
#ifndef ALTHING_REPLICA_RUNTIME_MESSAGE_NAME_H_
#define ALTHING_REPLICA_RUNTIME_MESSAGE_NAME_H_

#include <cstddef>
#include <string_view>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"

namespace althing {

// Arrays indexed by pb::Envelope::MessageCase have this size.
inline constexpr size_t kMessageCases = pb::Envelope::kTruncated + 1;

// The name of the message's type in pb/epaxos.proto, as in "PreAccept"; "Unset" for an envelope
// without a message that this version knows; "" for numbers that are no message. Valid for ever.
std::string_view MessageName(pb::Envelope::MessageCase type);

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_MESSAGE_NAME_H_
