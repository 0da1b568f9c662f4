#include "replica/net/admin_service.h"

#include <functional>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "replica/core/check.h"
#include "replica/net/grpc_status.h"
#include "replica/net/tag.h"

namespace althing {

class AdminService::Method {
 public:
  virtual ~Method() = default;
  virtual void Offer() = 0;
  virtual void Stop() = 0;
};

// One method, one call at a time: operators are few.
template <typename Request, typename Reply>
class AdminService::UnaryMethod : public Method {
 public:
  using Responder = grpc::ServerAsyncResponseWriter<Reply>;
  using Accept = std::function<void(grpc::ServerContext*, Request*, Responder*, void* tag)>;
  using Handle = std::function<absl::StatusOr<Reply>(const Request&)>;

  UnaryMethod(AdminService& service, Accept accept, Handle handle)
      : service_(service), accept_(std::move(accept)), handle_(std::move(handle)) {}

  void Offer() override {
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    request_.Clear();
    accept_(&*context_, &request_, &*responder_, &accepted_);
  }
  void Stop() override { stopping_ = true; }

 private:
  void OnAccepted(bool ok) {
    if (!ok) return;
    if (stopping_) {
      return responder_->FinishWithError({grpc::StatusCode::UNAVAILABLE, "the replica is stopping"},
                                         &finished_);
    }
    const absl::Status pushed = service_.channel_.Push(
        {PartitionId{}, service_.clock_.NowNs(), Control{[this] { Run(); }}});
    CHECK(pushed.ok());  // Control has no bound.
  }
  void Run() {
    const absl::StatusOr<Reply> reply = handle_(request_);
    if (reply.ok()) {
      responder_->Finish(*reply, grpc::Status::OK, &finished_);
    } else {
      responder_->FinishWithError(ToGrpc(reply.status()), &finished_);
    }
  }
  void OnFinished(bool /*ok*/) {
    if (!stopping_) Offer();
  }

  AdminService& service_;
  const Accept accept_;
  const Handle handle_;
  bool stopping_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<Responder> responder_;
  Request request_;
  MethodTag<UnaryMethod> accepted_{this, &UnaryMethod::OnAccepted};
  MethodTag<UnaryMethod> finished_{this, &UnaryMethod::OnFinished};
};

AdminService::AdminService(Facts facts, PeerRegistry& registry, Channel& channel, Clock& clock,
                           Metrics& metrics, Trace& trace)
    : facts_(std::move(facts)),
      registry_(registry),
      channel_(channel),
      clock_(clock),
      metrics_(metrics),
      trace_(trace),
      started_ns_(clock.NowNs()) {}

AdminService::~AdminService() = default;

void AdminService::Start(grpc::ServerCompletionQueue& queue) {
  methods_.push_back(std::make_unique<UnaryMethod<pb::StatusRequest, pb::StatusReply>>(
      *this,
      [this, &queue](auto* context, auto* request, auto* responder, void* tag) {
        service_.RequestStatus(context, request, responder, &queue, &queue, tag);
      },
      [this](const pb::StatusRequest&) { return Describe(); }));
  methods_.push_back(std::make_unique<UnaryMethod<pb::MetricsRequest, pb::MetricsReply>>(
      *this,
      [this, &queue](auto* context, auto* request, auto* responder, void* tag) {
        service_.RequestMetrics(context, request, responder, &queue, &queue, tag);
      },
      [this](const pb::MetricsRequest&) {
        pb::MetricsReply reply;
        reply.set_json(metrics_.ToJson());
        return reply;
      }));
  methods_.push_back(std::make_unique<UnaryMethod<pb::TraceRequest, pb::TraceReply>>(
      *this,
      [this, &queue](auto* context, auto* request, auto* responder, void* tag) {
        service_.RequestTrace(context, request, responder, &queue, &queue, tag);
      },
      [this](const pb::TraceRequest& request) -> absl::StatusOr<pb::TraceReply> {
        const absl::StatusOr<uint32_t> previous = trace_.SetLevel(request.level());
        if (!previous.ok()) return previous.status();
        pb::TraceReply reply;
        reply.set_previous_level(*previous);
        return reply;
      }));
  for (const auto& method : methods_) method->Offer();
}

void AdminService::Stop() {
  for (const auto& method : methods_) method->Stop();
}

pb::StatusReply AdminService::Describe() const {
  pb::StatusReply reply;
  reply.set_cluster_id(facts_.cluster_id);
  reply.set_replica(facts_.replica.value);
  reply.set_ready(registry_.IsReady());
  reply.set_members(static_cast<uint32_t>(facts_.members));
  reply.set_failures_tolerated(static_cast<uint32_t>(facts_.failures_tolerated));
  for (int i = 0; i < facts_.members; ++i) {
    const MemberIndex member{static_cast<uint8_t>(i)};
    if (member == facts_.self) continue;
    pb::PeerState* peer = reply.add_peers();
    peer->set_replica(registry_.id(member).value);
    peer->set_address(registry_.address(member));
    peer->set_reachable(registry_.IsReachable(member));
    peer->set_detail(registry_.Detail(member));
  }
  reply.set_durability(facts_.durability);
  reply.set_uptime_seconds(static_cast<double>(clock_.NowNs() - started_ns_) / 1e9);
  reply.set_partitions(facts_.partitions);
  reply.set_fast_path_percent(metrics_.FastPathPercent());
  reply.set_trace_level(trace_.level());
  for (const std::string& warning : facts_.debug_warnings) reply.add_debug_warnings(warning);
  reply.set_executed_instances(metrics_.ExecutedInstances());
  reply.set_version(facts_.version);
  return reply;
}

}  // namespace althing
