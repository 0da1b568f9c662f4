#include "replica/storage/log_format.h"

#include <xxhash.h>

namespace althing {

Fixed64 EncodeFixed64(uint64_t value) {
  Fixed64 bytes;
  for (size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

uint64_t DecodeFixed64(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < kFixed64Bytes; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

std::optional<LogValue> ReadLogValue(std::string_view value) {
  if (value.size() < kFixed64Bytes) return std::nullopt;
  const size_t record_bytes = value.size() - kFixed64Bytes;
  return LogValue{.record = value.substr(0, record_bytes),
                  .chain = DecodeFixed64(value.substr(record_bytes))};
}

uint64_t NextChain(uint64_t chain, std::string_view record) {
  return XXH3_64bits_withSeed(record.data(), record.size(), chain);
}

uint64_t FirstChain(std::string_view store_id) { return NextChain(0, store_id); }

}  // namespace althing
