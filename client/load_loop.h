// The loops of a load run. Closed: a fixed number of operations is always under way, each answered
// one is followed by the next, in the calling thread. Open: operations are sent when they are due,
// whether or not answers come, and their latency counts from that moment.
#ifndef ALTHING_CLIENT_LOAD_LOOP_H_
#define ALTHING_CLIENT_LOAD_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "client/report/load_result.h"
#include "client/workload/conflict_tracker.h"
#include "client/workload/generator.h"
#include "client/workload/load_target.h"
#include "client/workload/phases.h"

namespace althing {

// One access, of which a read-modify-write has two. Times are NowNs of client/library/loop.h.
struct LoadAccess {
  size_t slot = 0;
  WorkItem item = {};
  bool read = false;
  int64_t due_ns = 0;  // Closed loop: sent_ns.
  int64_t sent_ns = 0;
  std::optional<int64_t> ended_ns = std::nullopt;  // Without: cancelled.
  absl::Status status = absl::OkStatus();
};

struct LoadOptions {
  // Operations under way, at least 1: in a closed loop always, in an open one at most. What is due
  // while so many are waits, and its latency counts.
  size_t concurrency = 1;
  uint64_t seed = 1;                            // Of the moments of an open loop.
  std::function<bool()> interrupted = nullptr;  // Asked every 50 ms.
  // Gets each access once it has ended, those of the warm-up and interrupted ones too.
  std::function<void(const LoadAccess&)> on_access = nullptr;
};

struct LoadGoal {
  uint64_t operations = UINT64_MAX;
  std::vector<Phase> phases = {Phase{}};  // Not empty; CheckPhases says OK.
  bool writes_only = false;               // As Generator::NextWrite.
  // Operations that are due in the first and last seconds do not count. The last ones need an end.
  double warm_up_seconds = 0, cool_down_seconds = 0;
};

class LoadLoop {
 public:
  using EachSecond = std::function<void(const LoadLive&)>;

  // `target` and `generator` are used until the loop is gone.
  LoadLoop(LoadTarget& target, Generator& generator, const LoadOptions& options);

  // Returns when all that was sent has ended. Ends early when it is interrupted. `each_second` may
  // be empty. May be called again afterwards.
  LoadSummary Run(const LoadGoal& goal, const EachSecond& each_second);

 private:
  struct Slot {
    WorkItem item = {};
    bool reading = false;
    size_t phase = 0;
    int64_t due_ns = 0, sent_ns = 0;
    bool found = false;
  };

  void Begin(const LoadGoal& goal);
  void RunClosed();
  void RunOpen();
  // Sends what is due, a few at most. False if no slot is free for it.
  bool SendDue(Arrivals& arrivals, std::optional<Arrival>& next, int64_t now_ns);
  std::optional<size_t> FreeSlot();
  bool MaySend() const { return !interrupted_ && sent_ < goal_.operations; }
  // The phase of this moment; past the last one, their number. Moments never go back.
  size_t PhaseAt(int64_t now_ns, size_t& phase) const;
  void Send(size_t slot, size_t phase, int64_t due_ns);
  void StartAccess(size_t slot, bool read);
  // False if the operation goes on with its second access.
  bool Finish(size_t slot, int64_t now_ns);
  void Count(const Slot& slot, const LoadEnd& end, bool in_conflict, int64_t now_ns);
  void CountAnswer(const Slot& slot, bool ok, int64_t now_ns);
  bool Counts(int64_t at_ns) const { return at_ns >= from_ns_ && at_ns < to_ns_; }
  void Look(int64_t now_ns);
  void RollSeconds(int64_t now_ns);
  void CloseSecond();
  LoadSummary Conclude(int64_t now_ns);

  LoadTarget& target_;
  Generator& generator_;
  const LoadOptions options_;
  ConflictTracker conflicts_;
  std::vector<Slot> slots_;
  std::vector<size_t> free_;
  LoadOperation operation_;  // Its strings keep their memory.
  size_t outstanding_ = 0;

  // Of the current Run.
  LoadGoal goal_;
  EachSecond each_second_;
  std::vector<int64_t> phase_ends_ns_;
  std::vector<LoadResult> results_;  // By phase.
  std::vector<LoadSecond> seconds_;
  LoadLive live_;
  Histogram second_latency_ns_;
  uint64_t sent_ = 0;
  int64_t start_ns_ = 0, from_ns_ = 0, to_ns_ = 0;
  int64_t last_sent_ns_ = 0, look_ns_ = 0;
  size_t send_phase_ = 0, answer_phase_ = 0;
  bool interrupted_ = false;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LOAD_LOOP_H_
