// Reads commands out of an encoded pb::CommandBatch without copying them.
#ifndef ALTHING_REPLICA_CORE_COMMAND_BATCH_H_
#define ALTHING_REPLICA_CORE_COMMAND_BATCH_H_

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "replica/core/ids.h"

namespace althing {

// What must hold for a write to happen.
struct Condition {
  enum class Kind : uint8_t { kNone, kVersion, kValue };
  Kind kind = Kind::kNone;
  uint64_t version = 0;
  std::string_view value;
};

// One command, in place. Valid as long as the bytes it was read from.
struct CommandView {
  pb::Operation operation = pb::OPERATION_UNSPECIFIED;
  std::string_view key;
  std::string_view value;
  Condition condition;

  bool IsWrite() const { return operation != pb::OPERATION_GET; }
};

// Walks an encoded batch. Unknown fields are skipped, as protobuf does.
//   CommandReader reader(bytes);
//   while (reader.Next(&command)) ...
//   if (!reader.ok()) ...  // the bytes are no batch
class CommandReader {
 public:
  // REQUIRES: `batch` outlives the reader and is smaller than 2 GiB.
  explicit CommandReader(std::string_view batch);
  // False at the end and at the first damage.
  bool Next(CommandView* command);
  bool ok() const { return ok_; }
  // The last command as a batch of its own.
  std::string_view encoded() const { return batch_.substr(begin_, end_ - begin_); }

 private:
  bool Fail();
  bool ReadCommand(CommandView* command);
  // False if it is damaged.
  bool ReadField(uint32_t tag, CommandView* command);
  bool ReadBytes(std::string_view* bytes);

  const std::string_view batch_;
  size_t begin_ = 0, end_ = 0;  // Of the last command.
  google::protobuf::io::CodedInputStream in_;
  bool ok_ = true;
};

// How an instance touches one key: what conflicts are computed from.
struct KeyAccess {
  KeyHash key;
  bool write = false;  // Else it only reads.
  bool operator==(const KeyAccess&) const = default;
};

// The bytes of a batch and what follows from them. Immutable once made; shared by the instance, the
// graph and everything that quotes it.
struct Payload {
  std::string bytes;
  uint32_t commands = 0;
  std::vector<KeyAccess>
      keys;  // Each key once, ascending by hash; a write if any command writes it.
};

// INVALID_ARGUMENT if the bytes are no batch, hold no command, or hold one that no replica would
// let in.
absl::StatusOr<Payload> ParsePayload(std::string bytes, uint64_t hash_seed);

// What a client's command must satisfy. INVALID_ARGUMENT (operation, empty key, value or condition
// where none belongs) or RESOURCE_EXHAUSTED (size), each with the limit in the text.
absl::Status CheckCommand(const pb::Command& command, size_t key_bytes_max, size_t value_bytes_max);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_COMMAND_BATCH_H_
