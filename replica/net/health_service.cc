#include "replica/net/health_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "replica/net/tag.h"

namespace althing {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

constexpr char kReady[] = "ready";

grpc::Status Stopping() { return {grpc::StatusCode::UNAVAILABLE, "the replica is stopping"}; }

}  // namespace

// One call at a time: probes are few.
class HealthService::CheckCall {
 public:
  explicit CheckCall(HealthService& owner) : owner_(owner) {}

  void Offer() {
    responder_.reset();
    context_.emplace();
    responder_.emplace(&*context_);
    request_.Clear();
    owner_.service_.RequestCheck(&*context_, &request_, &*responder_, owner_.queue_, owner_.queue_,
                                 &accepted_);
  }

 private:
  void OnAccepted(bool ok) {
    if (!ok) return;
    if (owner_.stopping_) return responder_->FinishWithError(Stopping(), &finished_);
    HealthCheckResponse response;
    response.set_status(owner_.StatusOf(request_.service()));
    if (response.status() == HealthCheckResponse::SERVICE_UNKNOWN) {
      responder_->FinishWithError(
          {grpc::StatusCode::NOT_FOUND, absl::StrCat("there is no service \"", request_.service(),
                                                     "\"; ask for \"\" or \"ready\"")},
          &finished_);
    } else {
      responder_->Finish(response, grpc::Status::OK, &finished_);
    }
  }
  void OnFinished(bool /*ok*/) {
    if (!owner_.stopping_) Offer();
  }

  HealthService& owner_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<HealthCheckResponse>> responder_;
  HealthCheckRequest request_;
  MethodTag<CheckCall> accepted_{this, &CheckCall::OnAccepted};
  MethodTag<CheckCall> finished_{this, &CheckCall::OnFinished};
};

// One call of Watch, from before it is accepted to its end. It is over when gRPC says that the call
// is (`done_`) and no operation of ours is under way.
class HealthService::WatchCall {
 public:
  explicit WatchCall(HealthService& owner) : owner_(owner) {
    context_.AsyncNotifyWhenDone(&done_tag_);
    owner_.service_.RequestWatch(&context_, &request_, &writer_, owner_.queue_, owner_.queue_,
                                 &accepted_tag_);
  }

  // Tells the client what it has not been told. One write at a time: what changes meanwhile is told
  // when it is over.
  void Update() {
    if (!open_ || busy_) return;
    const HealthService::Status status = owner_.StatusOf(request_.service());
    if (status == told_) return;
    told_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    busy_ = true;
    writer_.Write(response, &written_tag_);
  }

  // A call that is being written to is left to the server's shutdown.
  void End(const grpc::Status& status) {
    if (!open_ || busy_) return;
    open_ = false;
    busy_ = true;
    writer_.Finish(status, &finished_tag_);
  }

 private:
  void OnAccepted(bool ok) {
    if (!ok) return;
    open_ = true;
    if (owner_.stopping_) return End(Stopping());
    if (owner_.watches_.size() > kWatchesMax) {
      End({grpc::StatusCode::RESOURCE_EXHAUSTED,
           absl::StrCat(kWatchesMax, " calls watch already; use Check")});
    }
    owner_.OfferWatch();
    Update();
  }
  void OnWritten(bool ok) {
    busy_ = false;
    if (!ok) open_ = false;
    if (owner_.stopping_) return;
    Update();
    OverIfSo();
  }
  void OnFinished(bool /*ok*/) {
    busy_ = false;
    OverIfSo();
  }
  void OnDone(bool /*ok*/) {
    done_ = true;
    open_ = false;
    OverIfSo();
  }
  // Destroys this call.
  void OverIfSo() {
    if (done_ && !busy_ && !owner_.stopping_) owner_.OnWatchOver(this);
  }

  HealthService& owner_;
  grpc::ServerContext context_;
  grpc::ServerAsyncWriter<HealthCheckResponse> writer_{&context_};
  HealthCheckRequest request_;
  bool open_ = false;  // Accepted, and neither ended nor given up by the client.
  bool busy_ = false;  // A write or the end is under way.
  bool done_ = false;
  std::optional<HealthService::Status> told_;
  MethodTag<WatchCall> accepted_tag_{this, &WatchCall::OnAccepted};
  MethodTag<WatchCall> written_tag_{this, &WatchCall::OnWritten};
  MethodTag<WatchCall> finished_tag_{this, &WatchCall::OnFinished};
  MethodTag<WatchCall> done_tag_{this, &WatchCall::OnDone};
};

HealthService::HealthService() = default;
HealthService::~HealthService() = default;

void HealthService::Start(grpc::ServerCompletionQueue& queue) {
  queue_ = &queue;
  check_ = std::make_unique<CheckCall>(*this);
  check_->Offer();
  OfferWatch();
}

void HealthService::OfferWatch() { watches_.push_back(std::make_unique<WatchCall>(*this)); }

void HealthService::OnWatchOver(WatchCall* watch) {
  std::erase_if(watches_, [&](const auto& one) { return one.get() == watch; });
}

void HealthService::SetReady(bool ready) {
  if (ready == ready_) return;
  ready_ = ready;
  for (const auto& watch : watches_) watch->Update();
}

void HealthService::Stop() {
  stopping_ = true;
  for (const auto& watch : watches_) {
    watch->End(Stopping());
  }
}

HealthService::Status HealthService::StatusOf(const std::string& service) const {
  if (service.empty()) return HealthCheckResponse::SERVING;
  if (service != kReady) return HealthCheckResponse::SERVICE_UNKNOWN;
  return ready_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace althing
