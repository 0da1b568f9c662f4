// Message traces: who sent what to whom about which instance. docs/traces.md shows every line.
#ifndef ALTHING_REPLICA_RUNTIME_TRACE_H_
#define ALTHING_REPLICA_RUNTIME_TRACE_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/runtime/trace_ring.h"

namespace althing {

// Level 0: off. 1: a line per protocol message sent or received: type, from, to, instance,
// partition. 2: also ballots and deps. 9: everything but values, whose sizes are given. Other
// levels do not exist. The level may be set from any thread; lines are written by the event loop's.
class Trace {
 public:
  explicit Trace(MemberIndex self) : self_(self) {}

  // INVALID_ARGUMENT for a level that does not exist. Returns the level before.
  absl::StatusOr<uint32_t> SetLevel(uint32_t level);
  uint32_t level() const { return level_.load(std::memory_order_relaxed); }
  bool on() const { return level() != 0; }
  // What happened while it was on; the event loop's thread.
  TraceRing& ring() { return ring_; }

  // REQUIRES: on().
  void Sent(MemberIndex to, const pb::Envelope& envelope);
  void Received(MemberIndex from, const pb::Envelope& envelope);

 private:
  const MemberIndex self_;
  std::atomic<uint32_t> level_{0};
  TraceRing ring_;
};

// The line without time, level and replica, as in "event=send message=PreAccept from=0 to=1
// instance=0.1 partition=0 ballot=0 deps=[0,0,0,0,0]"; "recv" if not `sent`. The envelope may be
// anything that a peer can say. REQUIRES: level is 1, 2 or 9.
std::string TraceLine(uint32_t level, bool sent, MemberIndex from, MemberIndex to,
                      const pb::Envelope& envelope);

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_TRACE_H_
