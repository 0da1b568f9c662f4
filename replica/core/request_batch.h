// Reads requests out of an encoded pb::RequestBatch without copying them.
#ifndef ALTHING_REPLICA_CORE_REQUEST_BATCH_H_
#define ALTHING_REPLICA_CORE_REQUEST_BATCH_H_

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
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

// One request, in place: its commands, or its act on a session.
struct RequestView {
  enum class Act : uint8_t { kNone, kOpen, kTrim, kClose, kKeep };
  absl::InlinedVector<CommandView, 1> commands;
  std::optional<SessionId> session;
  uint64_t number = 0;
  Act act = Act::kNone;
  uint64_t trim_below = 0;
  std::optional<uint64_t> close_if_executed;

  // The first command that writes; null if none does.
  const CommandView* FirstWrite() const;
  // As new, but for memory worth keeping.
  void Clear();
};

// Walks an encoded batch. Unknown fields are skipped, as protobuf does.
//   RequestReader reader(bytes);
//   while (reader.Next(&request)) ...
//   if (!reader.ok()) ...  // the bytes are no batch
class RequestReader {
 public:
  // REQUIRES: `batch` outlives the reader and is smaller than 2 GiB.
  explicit RequestReader(std::string_view batch);
  // False at the end and at the first damage.
  bool Next(RequestView* request);
  bool ok() const { return ok_; }
  // The last request as a batch of its own.
  std::string_view encoded() const { return batch_.substr(begin_, end_ - begin_); }

 private:
  bool Fail();
  // Reads one message: calls read(tag) for each of its fields. False if it is damaged.
  template <typename Read>
  bool ReadMessage(Read read);
  bool ReadBytes(std::string_view* bytes);
  bool ReadRequestField(uint32_t tag, RequestView* request);
  bool ReadCommandField(uint32_t tag, CommandView* command);
  bool ReadSession(SessionId* session);
  // A message of which one number counts.
  bool ReadNumberIn(int field, uint64_t* number, bool* present);

  const std::string_view batch_;
  size_t begin_ = 0, end_ = 0;  // Of the last request.
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
  uint32_t requests = 0;
  uint32_t commands = 0;
  // Each key once, ascending by hash; a write if any command writes it. A session is a key too:
  // its requests read it, so that they need not wait for each other, and what ends or trims
  // it writes it, so that every replica sees that at the same place (docs/protocol.md, 5.4).
  std::vector<KeyAccess> keys;
};

// INVALID_ARGUMENT if the bytes are no batch, hold no request, or hold one that no replica would
// let in. `id` is the instance that carries the batch.
absl::StatusOr<Payload> ParsePayload(std::string bytes, InstanceId id, uint64_t hash_seed);

// The keys that the commands touch, each once, ascending by hash.
using KeyAccesses = absl::InlinedVector<KeyAccess, 1>;
KeyAccesses AccessesOf(const RequestView& request, uint64_t hash_seed);

// Sorts by hash and leaves each key once, with its strongest access.
void JoinAccesses(std::vector<KeyAccess>& keys);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_REQUEST_BATCH_H_
