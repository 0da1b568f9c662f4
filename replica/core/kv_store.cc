#include "replica/core/kv_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "replica/core/check.h"

namespace althing {

bool KvStore::Holds(const Condition& condition, const Entry* entry) {
  const bool has_value = entry != nullptr && entry->value.has_value();
  switch (condition.kind) {
    case Condition::Kind::kNone:
      return true;
    case Condition::Kind::kVersion:
      if (condition.version == 0) return !has_value;
      return entry != nullptr && entry->version == condition.version;
    case Condition::Kind::kValue:
      return has_value && *entry->value == condition.value;
  }
  CHECK(false);
}

void KvStore::Describe(const Entry* entry, pb::ProposeReply& reply) {
  if (entry == nullptr) return;
  reply.set_version(entry->version);
  if (entry->value.has_value()) {
    reply.set_found(true);
    reply.set_value(*entry->value);
  }
}

absl::Status KvStore::CheckAppend(const CommandView& command, const Entry* entry) const {
  if (command.operation != pb::OPERATION_APPEND || entry == nullptr) return absl::OkStatus();
  const size_t bytes = (entry->value.has_value() ? entry->value->size() : 0) + command.value.size();
  if (bytes <= value_bytes_max_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the value would have ", bytes, " bytes; the limit is ", value_bytes_max_,
                   " (limits.value_bytes_max); nothing was appended"));
}

absl::Status KvStore::Apply(const CommandView& command, pb::ProposeReply& reply) {
  // Debian's Abseil has a string_view of its own, and its tables look up by no other.
  const absl::string_view key(command.key.data(), command.key.size());
  const auto it = entries_.find(key);
  Entry* entry = it == entries_.end() ? nullptr : &it->second;
  const bool holds = Holds(command.condition, entry);
  if (!command.IsWrite() || !holds) {
    Describe(entry, reply);
    reply.set_condition_failed(!holds);
    return absl::OkStatus();
  }
  absl::Status status = CheckAppend(command, entry);
  if (!status.ok()) return status;
  if (entry == nullptr) entry = &entries_[key];
  reply.set_found(entry->value.has_value());
  reply.set_version(++entry->version);
  switch (command.operation) {
    case pb::OPERATION_PUT:
      entry->value.emplace(command.value);
      break;
    case pb::OPERATION_APPEND:
      if (!entry->value.has_value()) entry->value.emplace();
      entry->value->append(command.value);
      break;
    default:
      CHECK(command.operation == pb::OPERATION_DELETE);
      entry->value.reset();
  }
  return absl::OkStatus();
}

}  // namespace althing
