// One sending of a request to one replica.
#ifndef ALTHING_CLIENT_LIBRARY_ATTEMPT_H_
#define ALTHING_CLIENT_LIBRARY_ATTEMPT_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/async_unary_call.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "client/library/loop.h"
#include "pb/kv.grpc.pb.h"

namespace althing {

using Question = std::variant<v1::ProposeRequest, v1::DescribeRequest>;
using Answer = std::variant<v1::ProposeReply, v1::DescribeReply>;

// What a failed attempt means for the next one.
enum class Failure {
  kRefused,    // It was not proposed and never will be; another replica may serve.
  kUncertain,  // It may have been executed; another replica may answer.
  kFinal,      // Another replica would say the same. Nothing was executed by this attempt.
  kFinalUncertain,
};

class Attempt : public Completion {
 public:
  // `ended` runs once, as the last thing that happens to the attempt, which it may destroy.
  Attempt(size_t replica, std::function<void(Attempt&)> ended)
      : replica_(replica), ended_(std::move(ended)) {}

  // The question must stay until the call returns only.
  void Start(v1::KV::Stub& stub, const Question& question, int64_t deadline_ns,
             grpc::CompletionQueue& queue);
  // Ends it soon, and calls this function then in place of the first one.
  void Abandon(std::function<void(Attempt&)> ended) {
    ended_ = std::move(ended);
    context_.TryCancel();
  }
  void Done(bool ok) override;

  size_t replica() const { return replica_; }
  // Once it has ended.
  absl::Status status() const;
  Failure failure() const;
  const Answer& answer() const { return answer_; }

 private:
  const size_t replica_;
  std::function<void(Attempt&)> ended_;
  grpc::ClientContext context_;
  grpc::Status status_;
  Answer answer_;
  // After the context: they live in the memory of its call.
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ProposeReply>> propose_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::DescribeReply>> describe_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_ATTEMPT_H_
