// One place for a call of KV.Propose, used again and again.
#ifndef ALTHING_REPLICA_NET_PROPOSE_CALL_H_
#define ALTHING_REPLICA_NET_PROPOSE_CALL_H_

#include <cstdint>
#include <optional>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "pb/kv.pb.h"
#include "replica/core/ids.h"
#include "replica/net/propose_service.h"
#include "replica/net/tag.h"

namespace althing {

// Idle, offered, accepted, finished, idle. What it means is ProposeService's to know.
class ProposeCall {
 public:
  explicit ProposeCall(ProposeService* service) : service_(service) {}

  // Makes it as new, but for memory worth keeping.
  void Reset() {
    responder.reset();
    context.emplace();
    responder.emplace(&*context);
    request.Clear();
  }
  // What was asked for is written down elsewhere: a large value must not rest here as well.
  void FreeLargeRequest() {
    constexpr size_t kKeptBytesMax = 4096;
    if (request.SpaceUsedLong() > kKeptBytesMax) pb::ProposeRequest().Swap(&request);
  }

  // One call's state; gRPC makes neither object for a second use.
  std::optional<grpc::ServerContext> context;
  std::optional<grpc::ServerAsyncResponseWriter<pb::ProposeReply>> responder;
  pb::ProposeRequest request;
  PartitionId partition;
  RequestId id;
  int64_t arrival_ns = 0;
  int64_t deadline_ns = 0;  // Once answered: of taking the answer.
  size_t bytes = 0;         // Of its request, encoded; once answered: of its answer.

 private:
  void OnAccepted(bool ok) { service_->OnAccepted(this, ok); }
  void OnFinished(bool /*ok*/) { service_->OnFinished(this); }

  ProposeService* const service_;

 public:
  MethodTag<ProposeCall> accepted{this, &ProposeCall::OnAccepted};
  MethodTag<ProposeCall> finished{this, &ProposeCall::OnFinished};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_PROPOSE_CALL_H_
