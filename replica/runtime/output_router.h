// Acts on what the core decided: records to the log, messages and answers out when the log has
// them.
#ifndef ALTHING_REPLICA_RUNTIME_OUTPUT_ROUTER_H_
#define ALTHING_REPLICA_RUNTIME_OUTPUT_ROUTER_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "replica/core/protocol.h"
#include "replica/runtime/command_watch.h"
#include "replica/runtime/drop_lottery.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/rate_limit.h"
#include "replica/runtime/trace.h"
#include "replica/storage/log.h"

namespace althing {

// One thread: the event loop's. Invariants: 1. nothing leaves before the record that its `after`
// names is durable; 2. what was held leaves in the order in which it was routed, sends before
// replies; 3. a partition's positions are the places of its own records in the one log, counted.
class OutputRouter {
 public:
  struct Options {
    uint32_t partitions = 1;
    // Debug faults; see config.proto.
    int64_t commit_delay_ns = 0;
    double drop_percent = 0;
    uint64_t drop_seed = 1;
    CommandWatch::Options watch = {};
  };
  // What a flush that completed means to one partition.
  struct Durable {
    PartitionId partition;
    LogPosition position;
    bool operator==(const Durable&) const = default;
  };

  OutputRouter(const Options& options, Log& log, Transport& transport, Metrics& metrics,
               Trace& trace);

  // Takes everything out of `output` but next_tick, which is the caller's. REQUIRES: `now_ns` never
  // goes back, here and below.
  void Route(PartitionId partition, int64_t now_ns, Output& output);

  // Records were appended whose flush somebody waits for, and no Flush has been asked for.
  bool needs_flush() const { return urgent_end_ > flush_end_; }
  // When a flush is due that nobody waits for; INT64_MAX if there is nothing to flush.
  int64_t next_flush_ns() const;
  // Starts the flush of what was appended if it is due; nothing if it is not.
  void Flush(int64_t now_ns);
  // All that was appended is durable when it returns.
  void FlushNow();
  // If flushes completed: lets out what they release, fills `durable` with the partitions that
  // moved, ascending, each of which must hear of it, and returns true.
  bool TakeDurable(int64_t now_ns, std::vector<Durable>& durable);

  // Hears from the router of all that leaves; of what arrives it must be told.
  CommandWatch& watch() { return watch_; }

  // Lets out the commit broadcasts whose debug delay is over.
  void SendDelayed(int64_t now_ns);
  // When the next of them is due; INT64_MAX if none waits.
  int64_t next_delayed_ns() const;

 private:
  struct Positions {
    uint64_t appended = 0;
    uint64_t durable = 0;
    bool moved = false;  // During TakeDurable.
  };
  struct Appended {
    uint64_t place;  // In the log.
    PartitionId partition;
  };
  // Since the last line about them.
  struct Flushes {
    uint64_t count = 0;
    uint64_t records = 0;
    uint64_t records_max = 0;  // In one flush.
  };
  struct HeldSend {
    PartitionId partition;
    Send send;
  };
  struct HeldReply {
    PartitionId partition;
    Reply reply;
  };
  struct DelayedSend {
    int64_t due_ns;
    HeldSend held;
  };

  bool IsDurable(PartitionId partition, LogPosition position) const {
    return position.value <= positions_[partition.value].durable;
  }
  void StartFlush();
  void LetOut(HeldSend&& held, int64_t now_ns);
  void Transmit(const HeldSend& held, int64_t now_ns);
  void LetOut(PartitionId partition, const Reply& reply, int64_t now_ns);
  void Observe(PartitionId partition, int64_t now_ns, const Event& event);
  void LogFlushes(int64_t now_ns);

  Log& log_;
  Transport& transport_;
  Metrics& metrics_;
  Trace& trace_;
  CommandWatch watch_;
  const int64_t commit_delay_ns_;
  DropLottery drop_lottery_;
  RateLimit rejected_limit_;
  RateLimit divergence_limit_;
  RateLimit flushes_limit_;
  Flushes flushes_;

  uint64_t log_end_ = 0;               // The place of the last record.
  uint64_t urgent_end_ = 0;            // The last place for whose flush somebody waits.
  uint64_t flush_end_ = 0;             // The last place that a Flush was asked for.
  int64_t lazy_flush_ns_ = INT64_MAX;  // When the rest is to be flushed.
  std::vector<Positions> positions_;   // By partition.
  std::vector<Appended> not_durable_;  // Ascending by place.
  std::vector<HeldSend> held_sends_;
  std::vector<HeldReply> held_replies_;
  std::deque<DelayedSend> delayed_;  // Ascending by due_ns, for the delay is always the same.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_OUTPUT_ROUTER_H_
