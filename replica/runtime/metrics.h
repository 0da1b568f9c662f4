// What a replica counts. Every field of the dump is really counted; docs/metrics.md names each.
#ifndef ALTHING_REPLICA_RUNTIME_METRICS_H_
#define ALTHING_REPLICA_RUNTIME_METRICS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pb/peer.pb.h"
#include "replica/core/protocol.h"

namespace althing {

// Why a peer message never left or was never handled.
enum class DropReason { kUnreachable, kOutchannelFull, kChannelFull, kDebugFault };

// One thread: the event loop's.
class Metrics {
 public:
  // `arguments_json`: the effective configuration as a JSON object; it becomes the dump's
  // `Arguments`.
  Metrics(int members, uint32_t partitions, std::string arguments_json);

  void OnSent(PartitionId partition, pb::Envelope::MessageCase type);
  void OnReceived(PartitionId partition, pb::Envelope::MessageCase type);
  void OnDropped(DropReason reason, pb::Envelope::MessageCase type);
  void OnEvent(PartitionId partition, const Event& event);
  void OnTurn(uint64_t messages, uint64_t waiting);  // Handled in the turn; left in the scheduler.
  void OnHandled(int64_t queued_ns);                 // From arrival to its turn.
  void OnFrame(uint64_t messages, uint64_t bytes, int64_t queued_ns_max);  // One write to a peer.
  void OnAnswer(const absl::Status& status);
  void OnExpired();  // A proposal's deadline passed before its turn.

  double FastPathPercent() const;
  double ExecutedInstances() const;
  // The dump: one JSON object, pretty-printed.
  std::string ToJson() const;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_METRICS_H_
