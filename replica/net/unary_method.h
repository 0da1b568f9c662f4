// A method of a service that is rarely called: a few calls at a time.
#ifndef ALTHING_REPLICA_NET_UNARY_METHOD_H_
#define ALTHING_REPLICA_NET_UNARY_METHOD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "replica/net/grpc_status.h"
#include "replica/net/tag.h"

namespace althing {

// So many calls of one method are under way, at most; more wait in their connections.
inline constexpr size_t kUnaryCallsMax = 8;
// An answer that its caller has not read by then is given up: who reads nothing holds up the others
// for so long at most.
inline constexpr int64_t kUnaryUnreadNsMax = 2'000'000'000;

class Method {
 public:
  virtual ~Method() = default;
  // Begins to accept calls. REQUIRES: the server runs; not called before.
  virtual void Offer() = 0;
  // Gives up answers that nobody reads. To be called now and then.
  virtual void OnTime(int64_t now_ns) = 0;
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
    if (stopping_ || offered_) return;
    if (idle_.empty() && calls_.size() < kUnaryCallsMax) {
      calls_.push_back(std::make_unique<Call>(this));
      idle_.push_back(calls_.back().get());
    }
    if (idle_.empty()) return;  // The next call that ends makes room.
    Call* call = idle_.back();
    idle_.pop_back();
    call->Reset();
    offered_ = true;
    accept_(&*call->context, &call->request, &*call->responder, &call->accepted);
  }
  void OnTime(int64_t now_ns) override {
    for (Call* call : unread_) {
      if (call->seen_unread_ns == 0) call->seen_unread_ns = now_ns;
      if (now_ns - call->seen_unread_ns >= kUnaryUnreadNsMax) call->context->TryCancel();
    }
  }
  void Stop() override { stopping_ = true; }

 private:
  struct Call {
    explicit Call(UnaryMethod* owner) : method(owner) {}
    void Reset() {
      responder.reset();
      context.emplace();
      responder.emplace(&*context);
      request.Clear();
      seen_unread_ns = 0;
    }
    void OnAccepted(bool ok) { method->OnAccepted(this, ok); }
    void OnFinished(bool /*ok*/) { method->OnFinished(this); }

    UnaryMethod* const method;
    std::optional<grpc::ServerContext> context;
    std::optional<Responder> responder;
    Request request;
    int64_t seen_unread_ns = 0;  // For the first time; 0: not yet.
    MethodTag<Call> accepted{this, &Call::OnAccepted};
    MethodTag<Call> finished{this, &Call::OnFinished};
  };

  void OnAccepted(Call* call, bool ok) {
    if (!ok) return;
    offered_ = false;
    if (stopping_) return Finish(call, absl::UnavailableError("the replica is stopping"));
    handle_(call->request,
            [this, call](const absl::StatusOr<Reply>& reply) { Finish(call, reply); });
    Offer();
  }
  void Finish(Call* call, const absl::StatusOr<Reply>& reply) {
    unread_.push_back(call);
    if (reply.ok()) {
      call->responder->Finish(*reply, grpc::Status::OK, &call->finished);
    } else {
      call->responder->FinishWithError(ToGrpc(reply.status()), &call->finished);
    }
  }
  void OnFinished(Call* call) {
    unread_.erase(std::find(unread_.begin(), unread_.end(), call));
    idle_.push_back(call);
    Offer();
  }
  const Accept accept_;
  const Handle handle_;
  bool stopping_ = false;
  bool offered_ = false;  // One call waits to be accepted.
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
  std::vector<Call*> unread_;  // Answered, and not finished.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_UNARY_METHOD_H_
