// Serves grpc.reflection.v1alpha, so that tools such as grpcurl know the services of the client
// port without their .proto files.
#ifndef ALTHING_REPLICA_NET_REFLECTION_SERVICE_H_
#define ALTHING_REPLICA_NET_REFLECTION_SERVICE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "pb/reflection.grpc.pb.h"

namespace althing {

// The answer to one question, from what is compiled into this program. `services` are the full
// names of those that are served. What is not there is an error_response with NOT_FOUND, no
// question at all one with INVALID_ARGUMENT.
grpc::reflection::v1alpha::ServerReflectionResponse Reflect(
    const grpc::reflection::v1alpha::ServerReflectionRequest& request,
    const std::vector<std::string>& services);

// gRPC's own reflection service is not used: it brings a thread that polls beside the event loop's.
// RESOURCE_EXHAUSTED for a call beyond kCallsMax. One thread: the event loop's.
class ReflectionService {
 public:
  static constexpr size_t kCallsMax = 100;

  explicit ReflectionService(std::vector<std::string> services);
  ~ReflectionService();

  // For ServerBuilder::RegisterService.
  grpc::reflection::v1alpha::ServerReflection::AsyncService& service() { return service_; }
  // Accepts calls on `queue`. REQUIRES: the server runs.
  void Start(grpc::ServerCompletionQueue& queue);
  // Cancels the calls; nothing is started any more.
  void Stop();

  // That run.
  size_t calls() const { return calls_.size() - 1; }

 private:
  class Call;

  void Offer();
  void OnOver(Call* call);

  const std::vector<std::string> services_;
  grpc::reflection::v1alpha::ServerReflection::AsyncService service_;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Call>> calls_;  // The last one waits to be called.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_REFLECTION_SERVICE_H_
