// Serves KV: checks proposals, hands to the big channel, answers when the event loop says so.
#ifndef ALTHING_REPLICA_NET_PROPOSE_SERVICE_H_
#define ALTHING_REPLICA_NET_PROPOSE_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/completion_queue.h"
#include "pb/kv.grpc.pb.h"
#include "replica/core/ids.h"
#include "replica/core/partition_map.h"
#include "replica/core/request_check.h"
#include "replica/net/unary_method.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/rate_limit.h"

namespace althing {

class ProposeCall;

// Every call that is accepted is finished exactly once: at once if it is refused (INVALID_ARGUMENT,
// RESOURCE_EXHAUSTED: docs/errors.md), by Answer, or when its deadline passes. An answer counts
// among the bytes under way until it has been handed to the connection, which takes as long as the
// client reads nothing; after Options::request_ns it is given up. One thread: the event loop's.
class ProposeService {
 public:
  struct Options {
    pb::DescribeReply description;  // The answer to Describe, and what the limits are taken from.
    // Of all requests and answers under way, unless a single one is larger.
    size_t bytes_max = 0;
    int64_t request_ns = 0;   // Deadline of calls that bring none, and of taking an answer.
    int offered_calls = 256;  // Waiting for requests at any time, so that a burst finds them.
  };

  ProposeService(const Options& options, Channel& channel, Clock& clock, Metrics& metrics);
  ~ProposeService();

  // For ServerBuilder::RegisterService.
  pb::KV::AsyncService& service() { return service_; }
  // Accepts calls on `queue`. REQUIRES: the server runs.
  void Start(grpc::ServerCompletionQueue& queue);

  // Offers to take as many calls as were accepted since the last time, fewer while calls are
  // refused. Not at once: gRPC reads from no connection while there are calls to accept, and a
  // flood of them would silence the peers.
  void EndTurn();
  // Finishes the waiting call; nothing if it has been finished. A status other than OK means: not
  // executed and never will be, and the client is told so.
  // Returns whether the call waited.
  bool Answer(RequestId request, const absl::Status& status, const pb::ProposeReply& reply);
  // Hands the calls whose deadline has passed to the event loop, which may know that they were not
  // proposed, and calls Expire. Gives up the answers that nobody took.
  void ExpireOverdue(int64_t now_ns);
  // Finishes the call, whose outcome stays unknown; nothing if it has been finished.
  void Expire(RequestId request);
  // Finishes all waiting calls, whose outcome stays unknown, and accepts no more.
  void Stop(const std::string& why);

  // Accepted, and no answer yet.
  size_t waiting() const { return waiting_.size(); }
  // Answered, and the answer has not been handed to the connection yet.
  size_t finishing() const { return finishing_; }

 private:
  friend class ProposeCall;
  static constexpr int64_t kFailureLogNs = 1'000'000'000;

  void Offer();
  void OnAccepted(ProposeCall* call, bool ok);
  void OnFinished(ProposeCall* call);
  absl::Status Propose(ProposeCall* call);
  // INVALID_ARGUMENT if there is no such partition, or more than one.
  absl::StatusOr<PartitionId> FindPartition(const pb::Request& request) const;
  std::string EncodeBatch(pb::Request* request);
  int64_t DeadlineNs(const ProposeCall& call, int64_t now_ns);
  // The call, if it still waits; it waits no longer, and none of its bytes count.
  ProposeCall* TakeWaiting(RequestId request);
  // `written`: kWrittenNo or kWrittenUnknown.
  void Fail(ProposeCall* call, const absl::Status& status, const char* written);
  // How long it took, in the metrics.
  void CountEnd(const ProposeCall& call, int64_t now_ns);
  // Says in the log, now and then, why calls fail.
  void LogFailure(const absl::Status& status, const char* written);
  // REQUIRES: the call waits.
  void FinishUnknown(RequestId request, const std::string& why);

  const Options options_;
  const PartitionMap partition_map_;
  const RequestLimits limits_;
  Channel& channel_;
  Clock& clock_;
  Metrics& metrics_;
  pb::KV::AsyncService service_;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  bool stopping_ = false;
  uint64_t last_request_ = 0;
  bool flooded_ = false;  // In this turn calls were refused for want of room.
  int owed_ = 0;          // Accepted, and no other call offered in their place yet.
  size_t finishing_ = 0;
  RateLimit failure_limit_{kFailureLogNs};
  size_t bytes_ = 0;        // Of the calls that wait or finish.
  pb::RequestBatch batch_;  // Of one request; kept for its memory.
  UnaryMethod<pb::DescribeRequest, pb::DescribeReply> describe_;
  std::vector<std::unique_ptr<ProposeCall>> calls_;
  std::vector<ProposeCall*> idle_;
  absl::flat_hash_map<RequestId, ProposeCall*> waiting_;
  // Of those in waiting_ that are not overdue, and of those that were answered with a result.
  absl::btree_set<std::pair<int64_t, ProposeCall*>> deadlines_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_PROPOSE_SERVICE_H_
