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
// As above, of a Frame with nothing but the pulse: it may stand before the others.
std::string EncodeFrameField(const pb::Pulse& pulse);

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_FRAME_FIELD_H_
