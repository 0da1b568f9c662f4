// One envelope as it stands in a Frame: what outchannels keep, and put one behind the other.
#ifndef ALTHING_REPLICA_RUNTIME_FRAME_FIELD_H_
#define ALTHING_REPLICA_RUNTIME_FRAME_FIELD_H_

#include <string>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"

namespace althing {

// The encoding of a Frame that holds nothing but the envelope: tag, length, bytes. Several of these
// joined are the encoding of the Frame with all their envelopes.
std::string EncodeFrameField(const pb::Envelope& envelope);

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_FRAME_FIELD_H_
