// The big channel: everything that happens to a replica goes through here, from any thread to one
// consumer.
#ifndef ALTHING_REPLICA_RUNTIME_CHANNEL_H_
#define ALTHING_REPLICA_RUNTIME_CHANNEL_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "replica/runtime/msg_container.h"
#include "replica/runtime/mutex.h"

namespace althing {

// Bounded per partition, apart for clients and peers, so that a flooding client never crowds out an
// acknowledgement. What the consumer has taken counts until it says Handled. PeerPulse, PeerChange
// and Control have no bound: there are as many as there are peers and operators. Thread-safe.
class Channel {
 public:
  // REQUIRES: all > 0.
  Channel(uint32_t partitions, uint32_t client_messages_max, uint32_t peer_messages_max);

  // RESOURCE_EXHAUSTED, with the bound, if the partition's share is full; INVALID_ARGUMENT if there
  // is no such partition. `message` is then left as it was.
  absl::Status Push(MsgContainer&& message) ABSL_LOCKS_EXCLUDED(mutex_);

  // Appends all that waits to `out`, in the order of arrival. One consumer.
  void TakeAll(std::vector<MsgContainer>& out) ABSL_LOCKS_EXCLUDED(mutex_);

  // A message that was taken has been handled: its place is free again.
  void Handled(const MsgContainer& message) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Load {
    uint32_t clients = 0;
    uint32_t peers = 0;
  };

  const uint32_t client_messages_max_;
  const uint32_t peer_messages_max_;
  Mutex mutex_;
  std::vector<MsgContainer> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<Load> load_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_CHANNEL_H_
