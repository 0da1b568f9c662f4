// What waits for one peer, and how it is packed into writes.
#ifndef ALTHING_REPLICA_NET_OUTCHANNEL_H_
#define ALTHING_REPLICA_NET_OUTCHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "grpcpp/support/byte_buffer.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/scheduler/scheduler.h"

namespace althing {

// One thread: the event loop's. Messages leave in the order of the scheduler; the one that had no
// room in the last frame leaves first.
class Outchannel {
 public:
  // `bytes_max` bounds what waits; `frame_bytes_max` one write, unless a single message is larger.
  Outchannel(size_t bytes_max, size_t frame_bytes_max, Metrics& metrics);

  Scheduler<OutMessage>& scheduler() { return scheduler_; }

  // Takes the message, or drops and counts it if it has no room.
  void Push(OutMessage message);
  bool Empty() const { return bytes_ == 0; }
  size_t bytes() const { return bytes_; }

  // All that fits into one write, behind `head`: an encoded Frame. What was in the channel is
  // counted as written. `head`: encoded fields of Frame, which nothing bounds.
  // REQUIRES: !Empty() or a head.
  grpc::ByteBuffer TakeFrame(int64_t now_ns, const std::string& head = {});
  // Drops and counts all that waits.
  void Clear(DropReason reason);

 private:
  OutMessage Pop();

  Scheduler<OutMessage> scheduler_;
  const size_t bytes_max_;
  const size_t frame_bytes_max_;
  Metrics& metrics_;
  size_t bytes_ = 0;                // Of all that waits, `held_` included.
  std::optional<OutMessage> held_;  // Next in order; had no room in the last frame.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_OUTCHANNEL_H_
