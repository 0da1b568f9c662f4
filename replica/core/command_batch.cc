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

constexpr uint32_t kIfVersionTag =
    Tag(pb::Command::kIfVersionFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kIfValueTag =
    Tag(pb::Command::kIfValueFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

bool IsKnown(pb::Operation operation) {
  return operation == pb::OPERATION_GET || operation == pb::OPERATION_PUT ||
         operation == pb::OPERATION_DELETE || operation == pb::OPERATION_APPEND;
}

absl::Status CheckValueSize(const char* what, size_t bytes, size_t bytes_max) {
  if (bytes <= bytes_max) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the ", what, " has ", bytes,
                                                   " bytes; the limit is ", bytes_max,
                                                   " (limits.value_bytes_max)"));
}

}  // namespace

CommandReader::CommandReader(std::string_view batch)
    : batch_(batch),
      in_(reinterpret_cast<const uint8_t*>(batch.data()), static_cast<int>(batch.size())) {
  in_.SetTotalBytesLimit(static_cast<int>(batch.size()));
}

bool CommandReader::Fail() {
  ok_ = false;
  return false;
}

bool CommandReader::Next(CommandView* command) {
  while (ok_) {
    begin_ = static_cast<size_t>(in_.CurrentPosition());
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
    if (!ReadField(tag, command)) return Fail();
  }
  if (!in_.ConsumedEntireMessage() || in_.BytesUntilLimit() > 0) return Fail();
  in_.PopLimit(limit);
  end_ = static_cast<size_t>(in_.CurrentPosition());
  return true;
}

bool CommandReader::ReadField(uint32_t tag, CommandView* command) {
  switch (tag) {
    case kOperationTag: {
      uint32_t operation = 0;
      const bool read = in_.ReadVarint32(&operation);
      command->operation = static_cast<pb::Operation>(operation);
      return read;
    }
    case kKeyTag:
      return ReadBytes(&command->key);
    case kValueTag:
      return ReadBytes(&command->value);
    // Of a oneof the last one counts.
    case kIfVersionTag:
      command->condition = {Condition::Kind::kVersion, 0, {}};
      return in_.ReadVarint64(&command->condition.version);
    case kIfValueTag:
      command->condition = {Condition::Kind::kValue, 0, {}};
      return ReadBytes(&command->condition.value);
    default:
      return WireFormatLite::SkipField(&in_, tag);
  }
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
                                                   " is unknown; use GET, PUT, DELETE or APPEND"));
  }
  if (command.key().empty()) {
    return absl::InvalidArgumentError("the key is empty; a key has at least 1 byte");
  }
  const bool takes_value =
      command.operation() == pb::OPERATION_PUT || command.operation() == pb::OPERATION_APPEND;
  if (!takes_value && !command.value().empty()) {
    return absl::InvalidArgumentError("only PUT and APPEND take a value");
  }
  if (command.operation() == pb::OPERATION_GET &&
      command.condition_case() != pb::Command::CONDITION_NOT_SET) {
    return absl::InvalidArgumentError("GET takes no condition; compare what it returns");
  }
  if (command.key().size() > key_bytes_max) {
    return absl::ResourceExhaustedError(absl::StrCat("the key has ", command.key().size(),
                                                     " bytes; the limit is ", key_bytes_max,
                                                     " (limits.key_bytes_max)"));
  }
  absl::Status status = CheckValueSize("value", command.value().size(), value_bytes_max);
  status.Update(
      CheckValueSize("value to compare with", command.if_value().size(), value_bytes_max));
  return status;
}

}  // namespace althing
