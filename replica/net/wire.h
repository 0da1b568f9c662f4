// Messages to gRPC's buffers and back, for calls whose messages gRPC itself does not encode.
#ifndef ALTHING_REPLICA_NET_WIRE_H_
#define ALTHING_REPLICA_NET_WIRE_H_

#include <optional>

#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"

namespace althing {

inline grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// Nothing if the bytes are no such message.
template <typename Message>
std::optional<Message> Decode(grpc::ByteBuffer& bytes) {
  grpc::ProtoBufferReader reader(&bytes);
  std::optional<Message> message(std::in_place);
  if (!reader.status().ok() || !message->ParseFromZeroCopyStream(&reader)) message.reset();
  return message;
}

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_WIRE_H_
