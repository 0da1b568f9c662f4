// A method of a service that is rarely called: one call at a time.
#ifndef ALTHING_REPLICA_NET_UNARY_METHOD_H_
#define ALTHING_REPLICA_NET_UNARY_METHOD_H_

#include <functional>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "replica/net/grpc_status.h"
#include "replica/net/tag.h"

namespace althing {

class Method {
 public:
  virtual ~Method() = default;
  // Accepts the next call. REQUIRES: the server runs and no call is under way.
  virtual void Offer() = 0;
  // What is accepted from now on is refused with UNAVAILABLE.
  virtual void Stop() = 0;
};

template <typename Request, typename Reply>
class UnaryMethod : public Method {
 public:
  using Responder = grpc::ServerAsyncResponseWriter<Reply>;
  using Accept = std::function<void(grpc::ServerContext*, Request*, Responder*, void* tag)>;
  using Answer = std::function<void(const absl::StatusOr<Reply>&)>;
  // Calls the answer once, at once or later; the request lives until then.
  using Handle = std::function<void(const Request&, Answer)>;

  UnaryMethod(Accept accept, Handle handle)
      : accept_(std::move(accept)), handle_(std::move(handle)) {}

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
    if (stopping_) return Finish(absl::UnavailableError("the replica is stopping"));
    handle_(request_, [this](const absl::StatusOr<Reply>& reply) { Finish(reply); });
  }
  void Finish(const absl::StatusOr<Reply>& reply) {
    if (reply.ok()) {
      responder_->Finish(*reply, grpc::Status::OK, &finished_);
    } else {
      responder_->FinishWithError(ToGrpc(reply.status()), &finished_);
    }
  }
  void OnFinished(bool /*ok*/) {
    if (!stopping_) Offer();
  }

  const Accept accept_;
  const Handle handle_;
  bool stopping_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<Responder> responder_;
  Request request_;
  MethodTag<UnaryMethod> accepted_{this, &UnaryMethod::OnAccepted};
  MethodTag<UnaryMethod> finished_{this, &UnaryMethod::OnFinished};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_UNARY_METHOD_H_
