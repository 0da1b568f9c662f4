#include "replica/runtime/frame_field.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>

#include "replica/core/check.h"

namespace althing {

std::string EncodeFrameField(const pb::Envelope& envelope) {
  using google::protobuf::io::CodedOutputStream;
  constexpr uint32_t kLengthDelimited = 2;
  constexpr uint32_t kTag = pb::Frame::kEnvelopesFieldNumber << 3 | kLengthDelimited;
  static_assert(kTag < 128, "the tag is one byte");

  const size_t size = envelope.ByteSizeLong();
  CHECK(size <= INT32_MAX);  // What protobuf can encode; batches are far smaller.
  std::string field;
  field.resize(1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size);
  uint8_t* to = reinterpret_cast<uint8_t*>(field.data());
  *to++ = static_cast<uint8_t>(kTag);
  to = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), to);
  envelope.SerializeWithCachedSizesToArray(to);
  return field;
}

std::string EncodeFrameField(const pb::Pulse& pulse) {
  pb::Frame frame;
  *frame.mutable_pulse() = pulse;
  return frame.SerializeAsString();
}

}  // namespace althing
