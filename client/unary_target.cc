#include "client/unary_target.h"

#include <grpc/support/time.h>

#include <chrono>

namespace althing {

UnaryTarget::~UnaryTarget() { queue_.Shutdown(); }

void UnaryTarget::ReserveCalls(size_t count) {
  while (calls_.size() < count) {
    calls_.push_back(std::make_unique<Call>());
    calls_.back()->slot = calls_.size() - 1;
  }
}

UnaryTarget::Call& UnaryTarget::NewCall(size_t slot) {
  Call& call = *calls_[slot];
  call.context.emplace();
  call.context->set_deadline(std::chrono::system_clock::now() +
                             absl::ToChronoMilliseconds(timeout_));
  return call;
}

std::optional<size_t> UnaryTarget::Next(int64_t until_ns) {
  void* tag = nullptr;
  bool ok = false;
  const auto next = queue_.AsyncNext(&tag, &ok, gpr_time_from_nanos(until_ns, GPR_CLOCK_MONOTONIC));
  if (next != grpc::CompletionQueue::GOT_EVENT) return std::nullopt;
  return static_cast<Call*>(tag)->slot;
}

void UnaryTarget::CancelAll() {
  for (const auto& call : calls_) {
    if (call->context) call->context->TryCancel();
  }
}

}  // namespace althing
