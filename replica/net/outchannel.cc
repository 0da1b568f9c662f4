#include "replica/net/outchannel.h"

#include <grpc/slice.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "grpcpp/support/slice.h"

namespace althing {

Outchannel::Outchannel(size_t bytes_max, size_t frame_bytes_max, Metrics& metrics)
    : bytes_max_(bytes_max), frame_bytes_max_(frame_bytes_max), metrics_(metrics) {}

void Outchannel::Push(OutMessage message) {
  if (bytes_ + message.bytes->size() > bytes_max_) {
    metrics_.OnDropped(DropReason::kOutchannelFull, message.type);
    return;
  }
  bytes_ += message.bytes->size();
  scheduler_.Push(std::move(message));
}

OutMessage Outchannel::Pop() {
  if (!held_.has_value()) return scheduler_.Pop();
  OutMessage message = std::move(*held_);
  held_.reset();
  return message;
}

grpc::ByteBuffer Outchannel::TakeFrame(int64_t now_ns, const std::string& head) {
  std::vector<OutMessage> messages;
  size_t size = 0;
  while (held_.has_value() || scheduler_.size() > 0) {
    OutMessage message = Pop();
    if (size > 0 && size + message.bytes->size() > frame_bytes_max_) {
      held_ = std::move(message);
      break;
    }
    size += message.bytes->size();
    messages.push_back(std::move(message));
  }
  // Each message is an encoded field of Frame, so one behind the other they are a Frame.
  grpc_slice frame = grpc_slice_malloc(head.size() + size);
  uint8_t* end = GRPC_SLICE_START_PTR(frame);
  std::memcpy(end, head.data(), head.size());
  end += head.size();
  int64_t oldest_ns = now_ns;
  for (const OutMessage& message : messages) {
    std::memcpy(end, message.bytes->data(), message.bytes->size());
    end += message.bytes->size();
    oldest_ns = std::min(oldest_ns, message.queued_ns);
  }
  bytes_ -= size;
  if (!messages.empty()) metrics_.OnFrame(messages.size(), size, now_ns - oldest_ns);
  const grpc::Slice slice(frame, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&slice, 1);
}

void Outchannel::Clear(DropReason reason) {
  while (held_.has_value() || scheduler_.size() > 0) {
    metrics_.OnDropped(reason, Pop().type);
  }
  bytes_ = 0;
}

}  // namespace althing
