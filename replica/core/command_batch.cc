#include "replica/core/command_batch.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/partition_map.h"

namespace althing {

using google::protobuf::internal::WireFormatLite;

namespace {

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}
constexpr uint32_t kCommandTag =
    Tag(pb::CommandBatch::kCommandsFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kOperationTag =
    Tag(pb::Command::kOperationFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kKeyTag =
    Tag(pb::Command::kKeyFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kValueTag =
    Tag(pb::Command::kValueFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

bool IsKnown(pb::Operation operation) {
  return operation == pb::OPERATION_GET || operation == pb::OPERATION_PUT ||
         operation == pb::OPERATION_DELETE;
}

}  // namespace

CommandReader::CommandReader(std::string_view batch)
    : in_(reinterpret_cast<const uint8_t*>(batch.data()), static_cast<int>(batch.size())) {
  in_.SetTotalBytesLimit(static_cast<int>(batch.size()));
}

bool CommandReader::Fail() {
  ok_ = false;
  return false;
}

bool CommandReader::Next(CommandView* command) {
  while (ok_) {
    const uint32_t tag = in_.ReadTag();
    if (tag == 0) {
      // Else it is a tag of 0, which no message has, or half a tag.
      ok_ = in_.ConsumedEntireMessage() && in_.BytesUntilTotalBytesLimit() == 0;
      return false;
    }
    if (tag == kCommandTag) return ReadCommand(command);
    if (!WireFormatLite::SkipField(&in_, tag)) return Fail();
  }
  return false;
}

bool CommandReader::ReadCommand(CommandView* command) {
  int size;
  if (!in_.ReadVarintSizeAsInt(&size)) return Fail();
  if (size > in_.BytesUntilTotalBytesLimit()) return Fail();
  const auto limit = in_.PushLimit(size);
  *command = CommandView{};
  for (uint32_t tag; (tag = in_.ReadTag()) != 0;) {
    bool read = true;
    if (tag == kOperationTag) {
      uint32_t operation = 0;
      read = in_.ReadVarint32(&operation);
      command->operation = static_cast<pb::Operation>(operation);
    } else if (tag == kKeyTag) {
      read = ReadBytes(&command->key);
    } else if (tag == kValueTag) {
      read = ReadBytes(&command->value);
    } else {
      read = WireFormatLite::SkipField(&in_, tag);
    }
    if (!read) return Fail();
  }
  if (!in_.ConsumedEntireMessage() || in_.BytesUntilLimit() > 0) return Fail();
  in_.PopLimit(limit);
  return true;
}

bool CommandReader::ReadBytes(std::string_view* bytes) {
  int size;
  if (!in_.ReadVarintSizeAsInt(&size)) return false;
  if (size == 0) {
    *bytes = {};
    return true;
  }
  const void* data;
  int available;
  if (!in_.GetDirectBufferPointer(&data, &available) || available < size) return false;
  *bytes = std::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
  return in_.Skip(size);
}

absl::StatusOr<Payload> ParsePayload(std::string bytes, uint64_t hash_seed) {
  Payload payload;
  payload.bytes = std::move(bytes);
  CommandReader reader(payload.bytes);
  for (CommandView command; reader.Next(&command);) {
    if (!IsKnown(command.operation) || command.key.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("command ", payload.commands,
                                                     " of the batch has no key or operation ",
                                                     static_cast<int>(command.operation)));
    }
    payload.keys.push_back({HashKey(command.key, hash_seed), command.IsWrite()});
    ++payload.commands;
  }
  if (!reader.ok()) return absl::InvalidArgumentError("the payload is no encoded CommandBatch");
  if (payload.commands == 0) return absl::InvalidArgumentError("the payload holds no command");

  auto& keys = payload.keys;
  if (keys.size() > 1) {
    // Writes first, so that what unique() keeps of a key is its strongest access.
    std::sort(keys.begin(), keys.end(), [](const KeyAccess& a, const KeyAccess& b) {
      return a.key != b.key ? a.key < b.key : a.write > b.write;
    });
    keys.erase(std::unique(keys.begin(), keys.end(),
                           [](const KeyAccess& a, const KeyAccess& b) { return a.key == b.key; }),
               keys.end());
  }
  return payload;
}

absl::Status CheckCommand(const pb::Command& command, size_t key_bytes_max,
                          size_t value_bytes_max) {
  if (!IsKnown(command.operation())) {
    return absl::InvalidArgumentError(absl::StrCat("operation ",
                                                   static_cast<int>(command.operation()),
                                                   " is unknown; use GET, PUT or DELETE"));
  }
  if (command.key().empty()) {
    return absl::InvalidArgumentError("the key is empty; a key has at least 1 byte");
  }
  if (command.operation() != pb::OPERATION_PUT && !command.value().empty()) {
    return absl::InvalidArgumentError("only PUT takes a value");
  }
  if (command.key().size() > key_bytes_max) {
    return absl::ResourceExhaustedError(absl::StrCat("the key has ", command.key().size(),
                                                     " bytes; the limit is ", key_bytes_max,
                                                     " (limits.key_bytes_max)"));
  }
  if (command.value().size() > value_bytes_max) {
    return absl::ResourceExhaustedError(absl::StrCat("the value has ", command.value().size(),
                                                     " bytes; the limit is ", value_bytes_max,
                                                     " (limits.value_bytes_max)"));
  }
  return absl::OkStatus();
}

}  // namespace althing
