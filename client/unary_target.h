// What load targets have in common that are called over gRPC, one call an operation.
#ifndef ALTHING_CLIENT_UNARY_TARGET_H_
#define ALTHING_CLIENT_UNARY_TARGET_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/workload/load_target.h"

namespace althing {

// The calls of the slots, on one completion queue. Whoever derives from it owns requests, replies
// and readers: a reader lives in the memory of its slot's call, so it must go before NewCall is
// called for the slot again, and before this object.
class UnaryTarget : public LoadTarget {
 public:
  ~UnaryTarget() override;

  std::optional<size_t> Next(int64_t until_ns) final;
  void CancelAll() final;

 protected:
  explicit UnaryTarget(absl::Duration timeout) : timeout_(timeout) {}

  // What gRPC needs of a slot.
  struct Call {
    size_t slot = 0;
    grpc::Status status = {};
    std::optional<grpc::ClientContext> context = std::nullopt;
  };

  void ReserveCalls(size_t count);
  // The slot's call with a fresh context and the deadline of an operation that begins now. Its
  // address is the tag to finish with.
  Call& NewCall(size_t slot);
  const Call& call(size_t slot) const { return *calls_[slot]; }
  size_t calls() const { return calls_.size(); }
  grpc::CompletionQueue& queue() { return queue_; }

 private:
  const absl::Duration timeout_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_UNARY_TARGET_H_
