// What the event loop needs of the outside world. net/ implements these over gRPC; tests and the
// simulator without it.
#ifndef ALTHING_REPLICA_RUNTIME_PORTS_H_
#define ALTHING_REPLICA_RUNTIME_PORTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "pb/kv.pb.h"
#include "pb/peer.pb.h"
#include "replica/core/ids.h"

namespace althing {

// Monotonic time in nanoseconds.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t NowNs() = 0;
};

// Fills the big channel.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Waits until something has arrived, at most until `deadline_ns`, and pushes all that has arrived
  // into the channel. A deadline that has passed means: look, do not wait.
  virtual void Poll(int64_t deadline_ns) = 0;
};

// A message on its way to a peer: encoded once, shared by all peers that get it.
struct OutMessage {
  PartitionId partition;
  pb::Envelope::MessageCase type = pb::Envelope::MESSAGE_NOT_SET;
  std::shared_ptr<const std::string>
      bytes;  // One `Frame.envelopes` field, tag and length included.
  int64_t queued_ns = 0;
};

// What is known of a peer from the pulses that go to and fro (peer_health.h).
struct PeerView {
  bool suspected = false;     // Silent for too long.
  uint64_t suspicions = 0;    // How often it became so.
  int64_t round_trip_ns = 0;  // A moving average; 0: not measured yet.
  int64_t silent_ns = 0;      // Since its last sign of life.
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Hands the message to the peer's outchannel. It is dropped, and counted, where the peer cannot
  // be reached or its outchannel is full: the protocol resends what matters.
  virtual void Send(MemberIndex to, OutMessage message) = 0;
  // Puts the pulse into the next frame to the peer, before all that waits and in place of a pulse
  // that still waits; throws it away if the peer cannot be reached.
  virtual void Beat(MemberIndex to, const pb::Pulse& pulse) = 0;
  // What is known of the peer now. One that is suspected counts as unreachable: what follows from
  // that comes as a PeerChange.
  virtual void SetHealth(MemberIndex peer, const PeerView& view) = 0;
  // Answers the waiting call, or does nothing and returns false if it is gone. A status other than
  // OK says that the command was not executed and never will be.
  virtual bool Answer(RequestId request, const absl::Status& status,
                      const pb::ProposeReply& reply) = 0;
  // If the call still waits: answers that its deadline has passed and its outcome is unknown.
  virtual void Expire(RequestId request) = 0;
  // All sends of the turn are queued: start writing.
  virtual void EndTurn() = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_PORTS_H_
