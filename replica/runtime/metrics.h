// What a replica counts. Every field of the dump is really counted; docs/metrics.md names each.
#ifndef ALTHING_REPLICA_RUNTIME_METRICS_H_
#define ALTHING_REPLICA_RUNTIME_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json_fwd.hpp"
#include "pb/peer.pb.h"
#include "replica/core/protocol.h"
#include "replica/runtime/histogram.h"
#include "replica/runtime/message_name.h"
#include "replica/runtime/recent_times.h"

namespace althing {

// Why a peer message never left or was never handled.
enum class DropReason { kUnreachable, kOutchannelFull, kChannelFull, kDebugFault };

// What the process and its log take, as it was last looked at.
struct Sizes {
  uint64_t resident_bytes = 0;  // Memory of the process.
  uint64_t data_bytes = 0;      // On the disk, in the replica's own directory; 0: it has none.
  uint64_t log_records = 0;     // Durable ones.
  uint64_t log_kept = 0;        // Of these, the ones that are kept.
  uint64_t log_bytes = 0;       // Of records that are kept.
  uint64_t free_bytes = 0;      // That the disk beneath that directory has left; 0: it has none.
};

// One thread: the event loop's.
class Metrics {
 public:
  // `arguments_json`: the effective configuration as a JSON object; it becomes the dump's
  // `Arguments`.
  Metrics(int members, uint32_t partitions, std::string arguments_json);

  void OnSent(PartitionId partition, pb::Envelope::MessageCase type) {
    ++partitions_[partition.value].sent[type];
  }
  void OnReceived(PartitionId partition, pb::Envelope::MessageCase type) {
    ++partitions_[partition.value].received[type];
  }
  void OnDropped(DropReason reason, pb::Envelope::MessageCase type) {
    ++dropped_[static_cast<size_t>(reason)][type];
  }
  void OnEvent(PartitionId partition, const Event& event);
  void OnTurn(uint64_t messages, uint64_t waiting);  // Handled in the turn; left in the scheduler.
  void OnHandled(int64_t queued_ns);                 // From arrival to its turn.
  void OnFrame(uint64_t messages, uint64_t bytes, int64_t queued_ns_max);  // One write to a peer.
  void OnAnswer(const absl::Status& status);
  // A proposal's call, from its arrival: a result, or that its deadline passed.
  void OnCallEnded(int64_t now_ns, int64_t took_ns) { recent_answers_.Add(now_ns, took_ns); }
  void OnExpired() { ++expired_; }  // A proposal's deadline passed before its turn.
  void OnNoRoom() { ++no_room_; }   // A proposal was refused since the disk is nearly full.

  // What waits now: proposals that are in no instance yet, bytes on their way to a peer.
  void SetProposalsWaiting(PartitionId partition, uint64_t proposals) {
    partitions_[partition.value].proposals_waiting = proposals;
  }
  // What the partition keeps in memory for its protocol.
  void SetHeld(PartitionId partition, const Held& held) {
    partitions_[partition.value].held = held;
  }
  void SetOutchannelBytes(ReplicaId peer, uint64_t bytes) { outchannel_bytes_[peer.value] = bytes; }
  // What is known of a peer: see PeerView.
  void SetPeer(ReplicaId peer, bool suspected, uint64_t suspicions, int64_t round_trip_ns) {
    peers_[peer.value] = {suspected, suspicions, round_trip_ns};
  }
  void SetSizes(const Sizes& sizes) { sizes_ = sizes; }
  // A checkpoint has become the current one: its size, and how long it took.
  void OnCheckpoint(uint64_t bytes, int64_t took_ns) {
    ++checkpoints_;
    checkpoint_bytes_ = bytes;
    checkpoint_ns_ = took_ns;
  }
  // How long ago that was, or the start if there has been none.
  void SetCheckpointAge(int64_t age_ns) { checkpoint_age_ns_ = age_ns; }

  // Of the instances that this replica coordinated.
  struct Decisions {
    uint64_t fast = 0;
    uint64_t all = 0;
  };
  Decisions decisions() const;
  uint64_t executed_commands() const;
  const RecentTimes& recent_answers() const { return recent_answers_; }
  // The dump: one JSON object, pretty-printed.
  std::string ToJson() const;

 private:
  using CountsByType = std::array<uint64_t, kMessageCases>;
  static constexpr size_t kDropReasons = 4;
  struct PeerGauges {
    bool suspected = false;
    uint64_t suspicions = 0;
    int64_t round_trip_ns = 0;
  };
  static constexpr size_t kStatusCodes = 17;  // OK to UNAUTHENTICATED.

  // The sums over all partitions are made when they are asked for, so that a message costs one
  // increment.
  struct PartitionCounts {
    CountsByType sent{};
    CountsByType received{};
    uint64_t fast_decisions = 0;  // By the designated fast quorum.
    uint64_t two_flush_decisions = 0;
    uint64_t slow_decisions = 0;
    uint64_t executed_commands = 0;
    uint64_t proposals_waiting = 0;
    Held held;
  };

  void OnSessions(const Event& event);
  void OnRecovery(const Event& event);
  static nlohmann::ordered_json ByType(const CountsByType& counts, bool zeros);
  static nlohmann::ordered_json ToObject(const Histogram& histogram);
  PartitionCounts Total() const;
  nlohmann::ordered_json Answers() const;
  nlohmann::ordered_json Dropped() const;
  nlohmann::ordered_json OutchannelBytes() const;
  nlohmann::ordered_json Peers() const;
  nlohmann::ordered_json Partitions() const;

  const int members_;
  const std::string arguments_json_;
  std::vector<PartitionCounts> partitions_;
  std::array<CountsByType, kDropReasons> dropped_{};
  std::array<uint64_t, kStatusCodes> answers_{};
  std::map<uint32_t, uint64_t> outchannel_bytes_;  // By replica id; of each that was set once.
  std::map<uint32_t, PeerGauges> peers_;           // By replica id.
  Sizes sizes_;
  uint64_t aggregated_ = 0;
  uint64_t graph_edges_ = 0;
  uint64_t execution_candidates_ = 0;
  uint64_t unseen_dependencies_ = 0;
  uint64_t key_busy_ = 0;
  uint64_t repeated_requests_ = 0;
  uint64_t sessions_opened_ = 0;
  uint64_t sessions_closed_ = 0;
  uint64_t sessions_expired_ = 0;
  uint64_t collected_ = 0;
  uint64_t recoveries_started_ = 0;
  uint64_t recoveries_retried_ = 0;
  uint64_t recoveries_waiting_ = 0;
  uint64_t recovered_payloads_ = 0;
  uint64_t recovered_noops_ = 0;
  uint64_t resent_ = 0;
  uint64_t rejected_ = 0;
  uint64_t expired_ = 0;
  uint64_t no_room_ = 0;
  uint64_t divergences_ = 0;
  uint64_t checkpoints_ = 0;
  uint64_t checkpoint_bytes_ = 0;
  int64_t checkpoint_ns_ = 0;
  int64_t checkpoint_age_ns_ = 0;
  Histogram batch_sizes_;
  Histogram component_sizes_;
  Histogram turn_messages_;
  Histogram turn_waiting_;
  Histogram queue_delay_ns_;
  Histogram outchannel_delay_ns_;
  Histogram frame_messages_;
  Histogram frame_bytes_;
  RecentTimes recent_answers_;  // Not in the dump, which counts since the start.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_METRICS_H_
