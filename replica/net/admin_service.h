// Serves Admin: Status, Metrics, Trace, SetScheduler, SetLogLevel, Explain, TraceEvents.
#ifndef ALTHING_REPLICA_NET_ADMIN_SERVICE_H_
#define ALTHING_REPLICA_NET_ADMIN_SERVICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/completion_queue.h"
#include "pb/admin.grpc.pb.h"
#include "replica/core/replica_core.h"
#include "replica/net/peer_registry.h"
#include "replica/net/unary_method.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/scheduler/scheduler.h"
#include "replica/runtime/trace.h"

namespace althing {

// A question is answered by a Control that goes through the big channel, so by the event loop's
// thread and between two messages, whichever thread polls the queue. Status codes: INVALID_ARGUMENT
// for a trace level, a scheduler or a log level that does not exist, for a partition or an instance
// that cannot exist.
class AdminService {
 public:
  // What Status says that never changes.
  struct Facts {
    std::string cluster_id;
    ReplicaId replica;
    MemberIndex self;
    int members = 1;
    int failures_tolerated = 0;
    uint32_t partitions = 1;
    std::string durability;
    std::vector<std::string> debug_warnings;
    std::string version;
  };

  // Of all outchannels.
  struct OutgoingScheduler {
    std::function<std::string()> name;
    std::function<absl::Status(const std::string& name)> use;  // As Scheduler::Use.
  };
  // Whether clients should come.
  struct Standing {
    std::function<bool()> ready;
    std::function<bool()> draining;
  };
  // As Core::Explain.
  using Explain = std::function<absl::StatusOr<pb::ExplainReply>(const pb::ExplainRequest&)>;
  // Must outlive the service.
  struct Parts {
    const Core& core;
    PeerRegistry& registry;
    Channel& channel;
    Clock& clock;
    Metrics& metrics;
    Trace& trace;
    Scheduler<MsgContainer>& incoming;
  };

  AdminService(Facts facts, const Parts& parts, OutgoingScheduler outgoing, Standing standing);
  ~AdminService();

  // Who knows the core. REQUIRES: called before the first question of this kind is handled.
  void set_explain(Explain explain) { explain_ = std::move(explain); }
  // Sentences for Status: what somebody should look at before it hurts.
  using Warnings = std::function<std::vector<std::string>()>;
  void set_warnings(Warnings warnings) { warnings_ = std::move(warnings); }

  // For ServerBuilder::RegisterService.
  pb::Admin::AsyncService& service() { return service_; }
  // Accepts calls on `queue`. REQUIRES: the server runs.
  void Start(grpc::ServerCompletionQueue& queue);
  // Gives up answers that nobody reads.
  void OnTime(int64_t now_ns);
  // Nothing is started any more.
  void Stop();

 private:
  // Offers the calls of one method: `request` is the Request... of the generated service.
  template <typename Request, typename Reply, typename Accept, typename Handle>
  void Serve(grpc::ServerCompletionQueue& queue, Accept request, Handle handle);
  pb::StatusReply Describe() const;
  absl::StatusOr<pb::ExplainReply> ExplainInstances(const pb::ExplainRequest& request) const;
  absl::StatusOr<pb::TraceEventsReply> TraceEvents(const pb::TraceEventsRequest& request) const;
  absl::StatusOr<pb::TraceReply> SetTrace(const pb::TraceRequest& request);
  absl::StatusOr<pb::SetSchedulerReply> SetScheduler(const pb::SetSchedulerRequest& request);
  absl::StatusOr<pb::SetLogLevelReply> SetLevel(const pb::SetLogLevelRequest& request);

  const Facts facts_;
  const Parts parts_;
  const OutgoingScheduler outgoing_;
  const Standing standing_;
  Explain explain_;
  Warnings warnings_ = [] { return std::vector<std::string>(); };
  const int64_t started_ns_;
  pb::Admin::AsyncService service_;
  std::vector<std::unique_ptr<Method>> methods_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_ADMIN_SERVICE_H_
