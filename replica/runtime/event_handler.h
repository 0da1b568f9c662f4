// Turns what happened into steps of the core, one at a time.
#ifndef ALTHING_REPLICA_RUNTIME_EVENT_HANDLER_H_
#define ALTHING_REPLICA_RUNTIME_EVENT_HANDLER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "replica/core/replica_core.h"
#include "replica/runtime/answer_time.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/msg_container.h"
#include "replica/runtime/output_router.h"
#include "replica/runtime/peer_health.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/tick_timers.h"
#include "replica/runtime/trace.h"

namespace althing {

// One thread: the event loop's. Invariants: 1. every partition that was stepped in a turn gets
// exactly one EndTurn behind those steps; 2. a partition that nobody stepped and that asked for no
// tick costs nothing; 3. every proposal is either stepped or answered here.
class EventHandler {
 public:
  struct Options {
    MemberIndex self;
    int members = 1;
    int slow_size = 1;  // As many must be reachable, this replica included, to accept proposals.
    int64_t heartbeat_ns = 0;  // As PeerHealth has it, and
    int64_t suspect_ns = 0;    // this too.
    // Why no proposal may enter now though all else is well (the disk is nearly full); empty: it
    // may. Null: never.
    std::function<std::string(int64_t now_ns)> refusal = nullptr;
  };
  // The same moment on both clocks.
  struct Moment {
    int64_t ns = 0;
    LogicalTime ticks;
  };

  EventHandler(const Options& options, Core& core, OutputRouter& router, Transport& transport,
               Metrics& metrics, Trace& trace, int64_t now_ns = 0);

  // What time it is for all that follows. REQUIRES: it never goes back.
  void SetNow(Moment now) { now_ = now; }

  // Takes the contents out of the message; which partition and kind it was stays readable.
  void Handle(MsgContainer& message);
  // Ticks the partitions whose time has come, at most `count_max`.
  void TickDue(size_t count_max);
  // To every partition; an EndTurn follows only the first.
  void BeginRun();
  void EndRun();
  void OnDurable(const OutputRouter::Durable& durable);
  // As the inputs of those names say; no EndTurn follows the first.
  void BeginCheckpoint(PartitionId partition, uint64_t number);
  void CheckpointDurable(PartitionId partition, uint64_t number);
  // Appends what the partition gives.
  void TakeSlice(PartitionId partition, size_t entries_max,
                 std::vector<pb::CheckpointPiece>& pieces);
  // Sends the pulses that are due, and tells the transport what is known of the peers. Returns
  // whether a suspicion has begun or ended, of which the channel then tells.
  bool CheckPeers();
  // When the next pulses are due; INT64_MAX without peers.
  int64_t next_beat_ns() const { return health_.next_ns(); }
  // EndTurn to every partition that was stepped since the last call, ascending.
  void EndTurn();

  // When the next partition wants its tick; kNever if none does.
  LogicalTime next_tick() { return timers_.next(); }
  // From now on proposals are refused with UNAVAILABLE and these words.
  void RefuseProposals(std::string why) { refusal_ = std::move(why); }
  MemberSet reachable() const { return reachable_; }
  bool ready() const { return reachable_.Size() >= options_.slow_size; }

 private:
  void OnProposal(PartitionId partition, int64_t arrival_ns, ClientProposal& proposal);
  void OnPeerMessage(PartitionId partition, int64_t arrival_ns, PeerMessage& message);
  void OnPeerChange(const PeerChange& change);
  // Why a proposal may not enter now; OK if it may.
  absl::Status Admission(const ClientProposal& proposal, int64_t arrival_ns);
  // Steps, routes, notes the next tick.
  void Step(PartitionId partition, Input input);
  // Steps, and the partition gets its EndTurn.
  void StepInTurn(PartitionId partition, Input input);

  const Options options_;
  Core& core_;
  OutputRouter& router_;
  Transport& transport_;
  Metrics& metrics_;
  Trace& trace_;

  Moment now_;
  PeerHealth health_;
  MemberSet suspected_;  // As the transport knows it.
  MemberSet reachable_;
  std::string refusal_;  // Empty: proposals are welcome.
  TickTimers timers_;
  AnswerTime answer_time_;
  std::vector<PartitionId> touched_;  // Stepped in this turn, each once.
  std::vector<bool> is_touched_;      // By partition.
  std::vector<PartitionId> due_;      // Of TickDue; kept for its memory.
  Output output_;                     // Of Step; kept for its memory.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_EVENT_HANDLER_H_
