// How places and records are written: the bytes of the directory, and nothing else.
#ifndef ALTHING_REPLICA_STORAGE_LOG_FORMAT_H_
#define ALTHING_REPLICA_STORAGE_LOG_FORMAT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace althing {

// Of the directory as a whole. In format 1 there are no checkpoints: a directory that has it gets
// this one together with its first.
inline constexpr uint32_t kLogFormat = 2;

inline constexpr size_t kFixed64Bytes = 8;
using Fixed64 = std::array<char, kFixed64Bytes>;

// Big-endian, so that keys sort as numbers do.
Fixed64 EncodeFixed64(uint64_t value);
// REQUIRES: bytes.size() >= 8; reads the first eight.
uint64_t DecodeFixed64(std::string_view bytes);
inline std::string_view View(const Fixed64& bytes) { return {bytes.data(), bytes.size()}; }

// What stands in the log beneath a place: the record's own bytes, then the chain hash.
struct LogValue {
  std::string_view record;
  uint64_t chain = 0;
};
// Nothing if it is too short to be one.
std::optional<LogValue> ReadLogValue(std::string_view value);

// The hash of everything up to a record, from the hash of everything before it. A record that is
// missing, changed, exchanged or of another directory breaks it.
uint64_t NextChain(uint64_t chain, std::string_view record);
// Before the first record.
uint64_t FirstChain(std::string_view store_id);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_FORMAT_H_
