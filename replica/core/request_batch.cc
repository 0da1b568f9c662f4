#include "replica/core/request_batch.h"

#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/partition_map.h"
#include "replica/core/request_check.h"

namespace althing {

using google::protobuf::internal::WireFormatLite;

namespace {

constexpr uint32_t BytesTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}
constexpr uint32_t NumberTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_VARINT);
}

}  // namespace

const CommandView* RequestView::FirstWrite() const {
  for (const CommandView& command : commands) {
    if (command.IsWrite()) return &command;
  }
  return nullptr;
}

void RequestView::Clear() {
  commands.clear();
  session.reset();
  number = trim_below = 0;
  act = Act::kNone;
  close_if_executed.reset();
}

RequestReader::RequestReader(std::string_view batch)
    : batch_(batch),
      in_(reinterpret_cast<const uint8_t*>(batch.data()), static_cast<int>(batch.size())) {
  in_.SetTotalBytesLimit(static_cast<int>(batch.size()));
}

bool RequestReader::Fail() {
  ok_ = false;
  return false;
}

bool RequestReader::Next(RequestView* request) {
  while (ok_) {
    begin_ = static_cast<size_t>(in_.CurrentPosition());
    const uint32_t tag = in_.ReadTag();
    if (tag == 0) {
      // Else it is a tag of 0, which no message has, or half a tag.
      ok_ = in_.ConsumedEntireMessage() && in_.BytesUntilTotalBytesLimit() == 0;
      return false;
    }
    if (tag == BytesTag(pb::RequestBatch::kRequestsFieldNumber)) {
      request->Clear();
      if (!ReadMessage([&](uint32_t field) { return ReadRequestField(field, request); })) {
        return Fail();
      }
      end_ = static_cast<size_t>(in_.CurrentPosition());
      return true;
    }
    if (!WireFormatLite::SkipField(&in_, tag)) return Fail();
  }
  return false;
}

template <typename Read>
bool RequestReader::ReadMessage(Read read) {
  int size;
  if (!in_.ReadVarintSizeAsInt(&size)) return false;
  // The limit of the message around this one, or that of the batch.
  const int left =
      in_.BytesUntilLimit() >= 0 ? in_.BytesUntilLimit() : in_.BytesUntilTotalBytesLimit();
  if (size > left) return false;
  const auto limit = in_.PushLimit(size);
  for (uint32_t tag; (tag = in_.ReadTag()) != 0;) {
    if (!read(tag)) return false;
  }
  if (!in_.ConsumedEntireMessage() || in_.BytesUntilLimit() > 0) return false;
  in_.PopLimit(limit);
  return true;
}

bool RequestReader::ReadRequestField(uint32_t tag, RequestView* request) {
  using Act = RequestView::Act;
  bool present = false;
  switch (tag) {
    case BytesTag(pb::Request::kCommandsFieldNumber): {
      CommandView& command = request->commands.emplace_back();
      return ReadMessage([&](uint32_t field) { return ReadCommandField(field, &command); });
    }
    case BytesTag(pb::Request::kSessionFieldNumber):
      return ReadSession(&request->session.emplace());
    case NumberTag(pb::Request::kNumberFieldNumber):
      return in_.ReadVarint64(&request->number);
    // Of a oneof the last one counts.
    case BytesTag(pb::Request::kOpenFieldNumber):
      request->act = Act::kOpen;
      return ReadMessage([this](uint32_t field) { return WireFormatLite::SkipField(&in_, field); });
    case BytesTag(pb::Request::kTrimFieldNumber):
      request->act = Act::kTrim;
      return ReadNumberIn(pb::TrimSession::kBelowFieldNumber, &request->trim_below, &present);
    case BytesTag(pb::Request::kCloseFieldNumber): {
      request->act = Act::kClose;
      uint64_t executed = 0;
      const bool read = ReadNumberIn(pb::CloseSession::kIfExecutedFieldNumber, &executed, &present);
      if (present) request->close_if_executed = executed;
      return read;
    }
    case BytesTag(pb::Request::kKeepFieldNumber):
      request->act = Act::kKeep;
      return ReadMessage([this](uint32_t field) { return WireFormatLite::SkipField(&in_, field); });
    default:
      return WireFormatLite::SkipField(&in_, tag);
  }
}

bool RequestReader::ReadCommandField(uint32_t tag, CommandView* command) {
  switch (tag) {
    case NumberTag(pb::Command::kOperationFieldNumber): {
      uint32_t operation = 0;
      const bool read = in_.ReadVarint32(&operation);
      command->operation = static_cast<pb::Operation>(operation);
      return read;
    }
    case BytesTag(pb::Command::kKeyFieldNumber):
      return ReadBytes(&command->key);
    case BytesTag(pb::Command::kValueFieldNumber):
      return ReadBytes(&command->value);
    // Of a oneof the last one counts.
    case NumberTag(pb::Command::kIfVersionFieldNumber):
      command->condition = {Condition::Kind::kVersion, 0, {}};
      return in_.ReadVarint64(&command->condition.version);
    case BytesTag(pb::Command::kIfValueFieldNumber):
      command->condition = {Condition::Kind::kValue, 0, {}};
      return ReadBytes(&command->condition.value);
    default:
      return WireFormatLite::SkipField(&in_, tag);
  }
}

bool RequestReader::ReadSession(SessionId* session) {
  return ReadMessage([&](uint32_t tag) {
    uint32_t number = 0;
    switch (tag) {
      case NumberTag(pb::SessionId::kCoordinatorFieldNumber):
        if (!in_.ReadVarint32(&number)) return false;
        // One that no group has stays one that no group has.
        session->instance.coordinator.value = static_cast<uint8_t>(std::min(number, 255u));
        return true;
      case NumberTag(pb::SessionId::kSlotFieldNumber):
        return in_.ReadVarint64(&session->instance.slot);
      case NumberTag(pb::SessionId::kPositionFieldNumber):
        return in_.ReadVarint32(&session->position);
      default:  // The partition: the core serves one and knows of none.
        return WireFormatLite::SkipField(&in_, tag);
    }
  });
}

bool RequestReader::ReadNumberIn(int field, uint64_t* number, bool* present) {
  return ReadMessage([&](uint32_t tag) {
    if (tag != NumberTag(field)) return WireFormatLite::SkipField(&in_, tag);
    *present = true;
    return in_.ReadVarint64(number);
  });
}

bool RequestReader::ReadBytes(std::string_view* bytes) {
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

namespace {

// The session as a key of its own: a hash that collides with a key's only makes them conflict.
KeyHash HashSession(const SessionId& session, uint64_t hash_seed) {
  constexpr uint64_t kOtherSeed = 0x9e3779b97f4a7c15;
  char name[13];
  for (size_t i = 0; i < 8; ++i) name[i] = static_cast<char>(session.instance.slot >> (8 * i));
  for (size_t i = 0; i < 4; ++i) name[8 + i] = static_cast<char>(session.position >> (8 * i));
  name[12] = static_cast<char>(session.instance.coordinator.value);
  return HashKey(std::string_view(name, sizeof name), hash_seed ^ kOtherSeed);
}

template <typename Keys>
void AppendAccesses(const RequestView& request, uint64_t hash_seed, Keys& keys) {
  for (const CommandView& command : request.commands) {
    keys.push_back({HashKey(command.key, hash_seed), command.IsWrite()});
  }
}

template <typename Keys>
void Join(Keys& keys) {
  if (keys.size() < 2) return;
  // Writes first, so that what unique() keeps of a key is its strongest access.
  std::sort(keys.begin(), keys.end(), [](const KeyAccess& a, const KeyAccess& b) {
    return a.key != b.key ? a.key < b.key : a.write > b.write;
  });
  keys.erase(std::unique(keys.begin(), keys.end(),
                         [](const KeyAccess& a, const KeyAccess& b) { return a.key == b.key; }),
             keys.end());
}

}  // namespace

void JoinAccesses(std::vector<KeyAccess>& keys) { Join(keys); }

KeyAccesses AccessesOf(const RequestView& request, uint64_t hash_seed) {
  KeyAccesses keys;
  AppendAccesses(request, hash_seed, keys);
  Join(keys);
  return keys;
}

absl::StatusOr<Payload> ParsePayload(std::string bytes, InstanceId id, uint64_t hash_seed) {
  using Act = RequestView::Act;
  Payload payload;
  payload.bytes = std::move(bytes);
  RequestReader reader(payload.bytes);
  for (RequestView request; reader.Next(&request); ++payload.requests) {
    const absl::Status status = CheckShape(request);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("request ", payload.requests, " of the batch: ", status.message()));
    }
    AppendAccesses(request, hash_seed, payload.keys);
    if (request.act == Act::kOpen) {
      payload.keys.push_back({HashSession({id, payload.requests}, hash_seed), true});
    } else if (request.session.has_value()) {
      const bool ends = request.act == Act::kTrim || request.act == Act::kClose;
      payload.keys.push_back({HashSession(*request.session, hash_seed), ends});
    }
    payload.commands += static_cast<uint32_t>(request.commands.size());
  }
  if (!reader.ok()) return absl::InvalidArgumentError("the payload is no encoded RequestBatch");
  if (payload.requests == 0) return absl::InvalidArgumentError("the payload holds no request");
  JoinAccesses(payload.keys);
  return payload;
}

}  // namespace althing
