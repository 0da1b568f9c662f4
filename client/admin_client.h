// Questions to the replicas themselves, and raw calls: blocking, to chosen replicas, over one
// channel each, sent once. Whoever wants a command done uses the library (althing/client.h). One
// thread may use an AdminClient at a time.
#ifndef ALTHING_CLIENT_ADMIN_CLIENT_H_
#define ALTHING_CLIENT_ADMIN_CLIENT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/endpoints.h"
#include "client/outcome.h"
#include "pb/admin.grpc.pb.h"
#include "pb/kv.grpc.pb.h"

namespace althing {

template <typename Reply>
struct CallResult {
  absl::Status status;   // As gRPC or the replica gave it; CANCELLED after an interruption.
  bool sent = false;     // There was a connection to call on: the replica may have got the call.
  Reply reply;           // Meaningful if status is OK.
  bool refused = false;  // The replica said that it has not proposed the command and never will.
};

class AdminClient {
 public:
  // `interrupted` is asked every few milliseconds while a call waits; true cancels the call. Empty
  // means never. REQUIRES: endpoints are not empty.
  AdminClient(std::vector<Endpoint> endpoints, std::function<bool()> interrupted);
  ~AdminClient();
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  bool interrupted() const { return interrupted_ && interrupted_(); }

  // Once, and without a session.
  CallResult<v1::ProposeReply> Propose(size_t endpoint, const v1::Command& command,
                                       absl::Duration timeout);

  // The same question to several replicas at once; the answers are in the order of `endpoints`.
  std::vector<CallResult<v1::StatusReply>> Status(const std::vector<size_t>& endpoints,
                                                  absl::Duration timeout);
  std::vector<CallResult<v1::MetricsReply>> Metrics(const std::vector<size_t>& endpoints,
                                                    absl::Duration timeout);
  std::vector<CallResult<v1::TraceReply>> Trace(const std::vector<size_t>& endpoints,
                                                uint32_t level, absl::Duration timeout);
  std::vector<CallResult<v1::SetSchedulerReply>> SetScheduler(
      const std::vector<size_t>& endpoints, const v1::SetSchedulerRequest& request,
      absl::Duration timeout);
  std::vector<CallResult<v1::SetLogLevelReply>> SetLogLevel(const std::vector<size_t>& endpoints,
                                                            const std::string& level,
                                                            absl::Duration timeout);

  std::vector<CallResult<v1::ExplainReply>> Explain(const std::vector<size_t>& endpoints,
                                                    const v1::ExplainRequest& request,
                                                    absl::Duration timeout);
  std::vector<CallResult<v1::TraceEventsReply>> TraceEvents(const std::vector<size_t>& endpoints,
                                                            const v1::TraceEventsRequest& request,
                                                            absl::Duration timeout);

  // Waits until the replica is connected, until `timeout` or until the interruption; meanwhile
  // failed attempts are repeated. True if connected.
  bool Connect(size_t endpoint, absl::Duration timeout);

  v1::KV::Stub& kv(size_t endpoint);

 private:
  struct Replica;

  // True once the channel is connected; false when its current attempt has failed, at the deadline
  // or after an interruption.
  bool AwaitConnection(size_t endpoint, absl::Time deadline);

  // Starts one call per endpoint that is connected and waits for all; the others are UNAVAILABLE
  // and not sent. A failed call does not tell whether it had left, so no call is begun before there
  // is a connection. `start(replica, context, queue)` returns the reader of a started call.
  template <typename Reply, typename Start>
  std::vector<CallResult<Reply>> CallAll(const std::vector<size_t>& endpoints,
                                         absl::Duration timeout, Start start);

  const std::vector<Endpoint> endpoints_;
  const std::function<bool()> interrupted_;
  std::vector<std::unique_ptr<Replica>> replicas_;  // One per endpoint.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_ADMIN_CLIENT_H_
