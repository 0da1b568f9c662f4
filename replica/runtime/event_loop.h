// The one thread that runs a replica: poll, schedule, handle, end the turn, again.
#ifndef ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_
#define ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "replica/core/replica_core.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/trace.h"
#include "replica/storage/log.h"

namespace althing {

struct EventLoopOptions {
  MemberIndex self;
  int members = 1;
  int slow_size =
      1;  // n - f: as many must be reachable, this replica included, to accept proposals.
  int64_t tick_ns = 10'000'000;  // Of LogicalTime.
  uint32_t turn_messages_max = 1000;
  int64_t turn_ns_max = 2'000'000;
  std::string incoming_scheduler = "fifo";
  // Debug faults; see config.proto.
  int64_t commit_delay_ns = 0;
  double drop_percent = 0;
  uint64_t drop_seed = 1;
};

// All but the constructor: the loop's own thread; others reach it by a Control in the channel.
class EventLoop {
 public:
  struct Parts {
    ReplicaCore& core;
    Log& log;
    Channel& channel;
    EventSource& source;
    Transport& transport;
    Clock& clock;
    Metrics& metrics;
    Trace& trace;
  };

  // INVALID_ARGUMENT if the scheduler's name is unknown.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create(const EventLoopOptions& options,
                                                           Parts parts);
  virtual ~EventLoop() = default;

  // Turns until Stop.
  virtual void Run() = 0;
  // Lets Run return at the end of the current turn.
  virtual void Stop() = 0;
  // From now on proposals are refused with UNAVAILABLE and these words ("the replica is shutting
  // down").
  virtual void RefuseProposals(std::string why) = 0;
  // Members that can be reached, this one included.
  virtual MemberSet reachable() const = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_EVENT_LOOP_H_
