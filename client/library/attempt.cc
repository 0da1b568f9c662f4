#include "client/library/attempt.h"

#include <chrono>
#include <utility>

#include "client/library/channel.h"

namespace althing {

void Attempt::Start(v1::KV::Stub& stub, const Question& question, int64_t deadline_ns,
                    grpc::CompletionQueue& queue) {
  context_.set_deadline(std::chrono::system_clock::now() +
                        std::chrono::nanoseconds(deadline_ns - NowNs()));
  void* tag = static_cast<Completion*>(this);
  if (const auto* propose = std::get_if<v1::ProposeRequest>(&question)) {
    propose_ = stub.AsyncPropose(&context_, *propose, &queue);
    propose_->Finish(&answer_.emplace<v1::ProposeReply>(), &status_, tag);
  } else {
    describe_ = stub.AsyncDescribe(&context_, std::get<v1::DescribeRequest>(question), &queue);
    describe_->Finish(&answer_.emplace<v1::DescribeReply>(), &status_, tag);
  }
}

void Attempt::Done(bool) {
  // The function may destroy this object, and itself with it.
  const std::function<void(Attempt&)> ended = ended_;
  ended(*this);
}

absl::Status Attempt::status() const { return ToAbslStatus(status_); }

Failure Attempt::failure() const {
  const bool refused = IsRefused(context_, status_);
  switch (status_.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:          // Of this replica's partition.
    case grpc::StatusCode::CANCELLED:          // Not by us: the replica closed its port.
    case grpc::StatusCode::DEADLINE_EXCEEDED:  // Not ours: the replica stopped.
      return refused ? Failure::kRefused : Failure::kUncertain;
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    // Without the replica's word it may be gRPC's, which ends calls under way when memory is short.
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
      return refused ? Failure::kFinal : Failure::kFinalUncertain;
    default:
      return Failure::kFinal;
  }
}

}  // namespace althing
