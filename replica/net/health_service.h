// Serves grpc.health.v1: is this replica alive, and should clients come to it?
#ifndef ALTHING_REPLICA_NET_HEALTH_SERVICE_H_
#define ALTHING_REPLICA_NET_HEALTH_SERVICE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "pb/health.grpc.pb.h"

namespace althing {

// "" is live: the event loop turns. It is its thread that answers, so a loop that does not turn
// answers nothing, which probes take for a no. "ready" is what SetReady says. gRPC's own health
// service is not used: it answers on threads of its own, also for a loop that is stuck.
//
// Status codes: Check of another service is NOT_FOUND; RESOURCE_EXHAUSTED for a Watch beyond
// kWatchesMax. One thread: the event loop's.
class HealthService {
 public:
  static constexpr size_t kWatchesMax = 100;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  HealthService();
  ~HealthService();

  // For ServerBuilder::RegisterService.
  grpc::health::v1::Health::AsyncService& service() { return service_; }
  // Accepts calls on `queue`. REQUIRES: the server runs.
  void Start(grpc::ServerCompletionQueue& queue);
  // Whoever watches "ready" hears of a change.
  void SetReady(bool ready);
  // Ends the watches; nothing is started any more.
  void Stop();

  // SERVICE_UNKNOWN if there is no such service.
  Status StatusOf(const std::string& service) const;
  // Calls of Watch that run.
  size_t watches() const { return watches_.size() - 1; }

 private:
  class CheckCall;
  class WatchCall;

  void OfferWatch();
  void OnWatchOver(WatchCall* watch);

  grpc::health::v1::Health::AsyncService service_;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  bool ready_ = false;
  bool stopping_ = false;
  std::unique_ptr<CheckCall> check_;
  std::vector<std::unique_ptr<WatchCall>> watches_;  // The last one waits for a call.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_HEALTH_SERVICE_H_
