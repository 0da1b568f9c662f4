// Follows clients' commands through the replica: when they came, were proposed, ordered, executed
// and answered. Slow ones get a line in the log; while the trace is on, what happens to every
// instance goes into its ring.
#ifndef ALTHING_REPLICA_RUNTIME_COMMAND_WATCH_H_
#define ALTHING_REPLICA_RUNTIME_COMMAND_WATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "replica/core/protocol.h"
#include "replica/runtime/log_line.h"
#include "replica/runtime/rate_limit.h"
#include "replica/runtime/trace.h"

namespace althing {

// One thread: the event loop's. Per call it keeps two times, everything else per instance. Calls of
// which it was not told (nobody watched when they came) are nothing to it.
class CommandWatch {
 public:
  struct Options {
    MemberIndex self = {};
    int64_t slow_ns = 0;  // A call that takes longer is slow; 0: none is.
  };
  CommandWatch(const Options& options, Trace& trace) : options_(options), trace_(trace) {}

  // A call's turn has come: what it asks is stepped or answered next.
  void OnHandled(RequestId request, int64_t arrival_ns, int64_t now_ns) {
    if (options_.slow_ns > 0 || trace_.on()) calls_[request] = {arrival_ns, now_ns};
  }
  // What a step brought, before anything of it leaves. `position`: of the partition's last record
  // before.
  void OnOutput(PartitionId partition, uint64_t position, int64_t now_ns, const Output& output);
  // The call was answered: the answer is on its way.
  void OnAnswered(PartitionId partition, int64_t now_ns, const Reply& reply);
  // A row of answers is over.
  void EndAnswers();
  // The call's deadline has passed; if it still waits it gets no result any more.
  void OnExpired(PartitionId partition, int64_t now_ns, RequestId request);
  // It was refused before it was stepped.
  void OnRefused(PartitionId partition, int64_t now_ns, RequestId request,
                 const absl::Status& status);

  // REQUIRES: the trace is on.
  void TraceReceived(MemberIndex from, const pb::Envelope& envelope, int64_t arrival_ns,
                     int64_t now_ns);
  void TraceSent(MemberIndex to, const pb::Envelope& envelope, int64_t now_ns);
  void TraceDurable(PartitionId partition, LogPosition position, int64_t now_ns);

 private:
  struct Call {
    int64_t arrival_ns = 0;
    int64_t handled_ns = 0;
  };
  // An own instance, until it is executed.
  struct Ordering {
    int64_t started_ns = 0;
    int64_t committed_ns = 0;  // 0: not yet.
    bool decided = false;
    bool fast = false;
  };
  using OwnInstance = std::pair<PartitionId, Slot>;

  void TraceOutput(PartitionId partition, uint64_t position, int64_t now_ns, const Output& output);
  // Forgets the call and returns it.
  std::optional<Call> Take(RequestId request);
  bool IsSlow(const Call& call, int64_t now_ns) const {
    return options_.slow_ns > 0 && now_ns - call.arrival_ns > options_.slow_ns;
  }
  // `phases_of`: words for the line, after those on the queue; called only if there is a line.
  void LogSlow(PartitionId partition, const Call& call, int64_t now_ns, const absl::Status& status,
               absl::FunctionRef<LogFields()> phases_of);
  LogFields PhasesOf(PartitionId partition, const Call& call, int64_t now_ns,
                     const Reply& reply) const;
  void TraceAnswer(PartitionId partition, InstanceId id, const Call& call, int64_t now_ns);

  static constexpr int64_t kSlowLogPauseNs = 1'000'000'000;

  const Options options_;
  Trace& trace_;
  RateLimit slow_limit_{kSlowLogPauseNs};
  absl::flat_hash_map<RequestId, Call> calls_;  // That wait for their answers.
  absl::flat_hash_map<OwnInstance, Ordering> orderings_;
  std::vector<OwnInstance> executed_;  // By the last output.
  TraceRing::Event answers_;           // A row of answers under way; none if `number` is 0.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_COMMAND_WATCH_H_
