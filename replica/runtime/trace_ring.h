// The latest of what happened to instances while the trace was on, kept in memory for `client trace
// show`.
#ifndef ALTHING_REPLICA_RUNTIME_TRACE_RING_H_
#define ALTHING_REPLICA_RUNTIME_TRACE_RING_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pb/peer.pb.h"
#include "pb/trace.pb.h"
#include "replica/core/ids.h"

namespace althing {

// One thread: the event loop's. Takes memory for what it holds only.
class TraceRing {
 public:
  static constexpr size_t kEventsMax = 65'536;

  struct Event {
    pb::TraceEvent::Kind kind = pb::TraceEvent::KIND_UNSPECIFIED;
    PartitionId partition = {};
    InstanceId id = {};          // Of KIND_DURABLE: none.
    int64_t time_ns = 0;         // Monotonic; of KIND_RECEIVED the arrival.
    std::string_view type = {};  // Of a message or record; lives for ever.
    MemberIndex peer = {};
    uint64_t number = 0;  // Commands or calls; of KIND_APPENDED and KIND_DURABLE the log position.
    int64_t arrival_ns = 0;
    int64_t handled_ns = 0;
  };

  // Forgets the oldest if there are kEventsMax.
  void Add(const Event& event);
  // One event for each instance that the message names; nothing for one that names none. Fills id,
  // type and partition of `event`. The envelope may be anything that a peer can say.
  void AddMessage(Event event, const pb::Envelope& envelope);

  // Sets `remembered` and `oldest_ns`, and appends the events of the instance, oldest first. A
  // record is durable when its partition's position has come as far.
  void Find(PartitionId partition, InstanceId id, pb::TraceEventsReply& reply) const;

 private:
  std::vector<Event> events_;
  size_t next_ = 0;  // Where the next event goes once the ring is full: the oldest.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_TRACE_RING_H_
