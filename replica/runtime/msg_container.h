// What travels through the big channel: everything that can happen to a replica, in one type.
#ifndef ALTHING_REPLICA_RUNTIME_MSG_CONTAINER_H_
#define ALTHING_REPLICA_RUNTIME_MSG_CONTAINER_H_

#include <cstdint>
#include <functional>
#include <variant>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/core/protocol.h"

namespace althing {

// A client's request. The answer goes to Transport::Answer under the request's id.
struct ClientProposal {
  RequestId request;
  std::string batch;        // An encoded RequestBatch of one request that CheckRequest let through.
  int64_t deadline_ns = 0;  // Monotonic; work that is older when its turn comes is not proposed.
};

// The deadline of a client's request has passed. The answer goes the same way.
struct ProposalExpired {
  RequestId request;
};

// One message of a peer.
struct PeerMessage {
  MemberIndex from;
  pb::Envelope envelope;
};

// A peer's sign of life. Concerns no partition.
struct PeerPulse {
  MemberIndex from;
  pb::Pulse pulse;
};

// A peer became reachable or unreachable. Concerns all partitions.
struct PeerChange {
  MemberIndex member;
  bool reachable = false;
};

// Work for the event loop's own thread: what admin calls and signals want to know or change.
struct Control {
  std::function<void()> run;
};

struct MsgContainer {
  PartitionId partition;  // Of ClientProposal, ProposalExpired and PeerMessage.
  int64_t arrival_ns = 0;
  std::variant<ClientProposal, ProposalExpired, PeerMessage, PeerPulse, PeerChange, Control> body;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_MSG_CONTAINER_H_
