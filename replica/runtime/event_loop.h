// The one thread that runs a replica: poll, schedule, handle, end the turn, again.
#ifndef ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_
#define ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "replica/core/replica_core.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/checkpointer.h"
#include "replica/runtime/event_handler.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/output_router.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/scheduler/scheduler.h"
#include "replica/runtime/trace.h"
#include "replica/storage/log.h"

namespace althing {

struct EventLoopOptions {
  MemberIndex self;
  int members = 1;
  int slow_size =
      1;  // n - f: as many must be reachable, this replica included, to accept proposals.
  int64_t tick_ns = 10'000'000;  // Of LogicalTime.
  int64_t heartbeat_ns = 0;      // Between two pulses to each peer; 0: none.
  int64_t suspect_ns = 0;        // A peer without a sign of life for so long is suspected.
  uint32_t turn_messages_max = 1000;
  int64_t turn_ns_max = 2'000'000;
  // Debug faults; see config.proto.
  int64_t commit_delay_ns = 0;
  double drop_percent = 0;
  uint64_t drop_seed = 1;
  int64_t slow_ns = 0;  // Calls that take longer are logged; 0: none.
  std::function<std::string(int64_t now_ns)> refusal = nullptr;  // As EventHandler has it.
  Checkpointer::Options checkpoints = {};
};

// All but the constructor: the loop's own thread; others reach it by a Control in the channel.
//
// The scheduler orders proposals and peers' messages, which may come in any order. What concerns
// the replica itself, PeerPulse, PeerChange and Control, is handled before them and in the order in
// which it came: reordered, two changes of a peer would leave the older one standing.
class EventLoop {
 public:
  struct Parts {
    Core& core;
    Log& log;
    Channel& channel;
    Scheduler<MsgContainer>& scheduler;
    EventSource& source;
    Transport& transport;
    Clock& clock;
    Metrics& metrics;
    Trace& trace;
  };

  EventLoop(const EventLoopOptions& options, Parts parts);

  // A run begins that may be followed by another: durable when it returns. Before the first turn,
  // after all records of earlier runs went into the core; not at all where the log keeps nothing.
  void BeginRun();
  // The run ends in order: everything is durable when it returns. After the last turn.
  void EndRun();
  // Turns until Stop; returns at once if it was stopped before.
  void Run();
  // One turn. Run is what a replica needs; who simulates time turns the loop itself.
  void Turn();
  // When the next turn is due if nothing arrives and no flush completes before; the past or now if
  // there is work already.
  int64_t next_turn_ns();
  // Lets Run return at the end of the current turn.
  void Stop() { stopped_ = true; }
  // From now on proposals are refused with UNAVAILABLE and these words ("the replica is shutting
  // down").
  void RefuseProposals(std::string why) { handler_.RefuseProposals(std::move(why)); }
  // As many as slow_size can be reached.
  bool ready() const { return handler_.ready(); }
  // As Core::Explain, now.
  absl::StatusOr<pb::ExplainReply> Explain(const pb::ExplainRequest& request) const;

 private:
  // What arrived joins what waits.
  void Schedule();
  // Returns how many messages were handled.
  uint64_t HandleSome();
  // REQUIRES: waiting() > 0.
  MsgContainer TakeNext();
  size_t waiting() const { return own_.size() + parts_.scheduler.size(); }
  // Flushes the records of the turn, and lets everything that the flush allows happen.
  void SettleLog();
  void ReadClock();

  const EventLoopOptions options_;
  Parts parts_;
  OutputRouter router_;
  EventHandler handler_;
  Checkpointer checkpointer_;
  const int64_t start_ns_;
  EventHandler::Moment now_;
  bool stopped_ = false;
  std::deque<MsgContainer> own_;                // Pulses, PeerChanges and Controls that wait.
  std::vector<MsgContainer> arrived_;           // Of Schedule; kept for its memory.
  std::vector<OutputRouter::Durable> durable_;  // Of SettleLog; kept for its memory.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_
