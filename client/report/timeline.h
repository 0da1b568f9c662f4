// The traces of all replicas of one instance on one axis of time.
#ifndef ALTHING_CLIENT_REPORT_TIMELINE_H_
#define ALTHING_CLIENT_REPORT_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pb/trace.pb.h"

namespace althing {

// One replica's answer, and when it was asked and had answered, on the asker's monotonic clock.
struct ReplicaTrace {
  int64_t asked_ns = 0;
  int64_t answered_ns = 0;
  v1::TraceEventsReply reply;
};

struct TimelineEvent {
  int64_t at_ns = 0;     // After the first event.
  uint32_t replica = 0;  // Id.
  v1::TraceEvent event;
  bool arrival = false;  // Of the first command, as the answer tells it; `event` is that answer.
  uint32_t peer = 0;     // Id, of messages.
  // The other end of a message, by its place in the timeline; nothing if it was not seen.
  std::optional<size_t> other_end = std::nullopt;
};

// How long the coordinator took for each; nothing where it does not remember both ends.
struct Phases {
  std::optional<int64_t> queue_ns;       // From the arrival of the first command to its turn.
  std::optional<int64_t> window_ns;      // Until it was in the instance.
  std::optional<int64_t> pre_accept_ns;  // Until the decision, or until the slow path began.
  std::optional<int64_t> accept_ns;      // The slow path.
  std::optional<int64_t> execution_ns;   // From commit to execution.
  std::optional<int64_t> answer_ns;      // From execution to the last answer.
  std::optional<int64_t> total_ns;       // From the arrival to the last answer.
  std::string path;                      // "fast", "slow" or empty: not known.
};

// On the timeline's axis.
struct PhaseBar {
  std::string name;
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
};

struct Timeline {
  struct Replica {
    uint32_t id = 0;
    int64_t offset_ns = 0;       // Added to its times.
    int64_t uncertainty_ns = 0;  // Of the offset.
    uint32_t level = 0;          // Of its trace.
    size_t events = 0;
    uint64_t remembered = 0;  // Of all instances.
  };

  v1::InstanceId id;
  uint32_t partition = 0;
  uint32_t coordinator = 0;   // Replica id.
  int64_t start_wall_ns = 0;  // When the first event happened, by its replica's clock.
  bool one_clock = true;      // All replicas and the asker read the same one.
  std::vector<Replica> replicas;
  std::vector<TimelineEvent> events;  // Ascending by time.
  Phases phases;
  std::vector<PhaseBar> phase_bars;  // Of `phases`, those that are known.
};

// Clocks: if every replica's could be the asker's own, they are taken for one. Else each one's
// offset is estimated from the middle of its call, and is uncertain by half of that call's time.
// The n-th message of a type that one replica sent to another is taken for the n-th that the other
// got from it. REQUIRES: the replies are of the same instance.
Timeline MergeTraces(const v1::InstanceId& id, uint32_t partition,
                     const std::vector<ReplicaTrace>& traces);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_TIMELINE_H_
