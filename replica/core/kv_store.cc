#include "replica/core/kv_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "replica/core/check.h"
#include "replica/core/partition_map.h"

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

void KvStore::Describe(const Entry* entry, bool with_value, pb::Result& result) {
  if (entry == nullptr) return;
  result.set_version(entry->version);
  result.set_found(entry->value.has_value());
  if (with_value && entry->value.has_value()) result.set_value(*entry->value);
}

absl::Status KvStore::CheckAppend(const CommandView& command, const Entry* entry) const {
  if (command.operation != pb::OPERATION_APPEND || entry == nullptr) return absl::OkStatus();
  const size_t bytes = (entry->value.has_value() ? entry->value->size() : 0) + command.value.size();
  if (bytes <= value_bytes_max_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the value would have ", bytes, " bytes; the limit is ", value_bytes_max_,
                   " (limits.value_bytes_max); nothing was appended"));
}

KvStore::Entry* KvStore::Find(std::string_view key) {
  // Debian's Abseil has a string_view of its own, and its tables look up by no other.
  const auto it = entries_.find(absl::string_view(key.data(), key.size()));
  return it == entries_.end() ? nullptr : &it->second;
}

absl::Status KvStore::Apply(absl::Span<const CommandView> commands, pb::ProposeReply& reply) {
  std::vector<Replaced> replaced;
  size_t returned_bytes = 0;
  for (size_t i = 0; i < commands.size(); ++i) {
    pb::Result& result = *reply.add_results();
    absl::Status status = Run(commands[i], result, commands.size() > 1 ? &replaced : nullptr);
    if (status.ok() && !commands[i].IsWrite()) {
      returned_bytes += result.value().size();
      status = CheckReturned(returned_bytes);
    }
    if (status.ok() && !result.condition_failed()) continue;
    TakeBack(replaced);
    reply.clear_results();
    if (!status.ok()) return status;
    DescribeAll(commands, i, reply);
    break;
  }
  return absl::OkStatus();
}

absl::Status KvStore::CheckReturned(size_t bytes) const {
  if (bytes <= 4 * value_bytes_max_) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the values that the request reads have more than ", 4 * value_bytes_max_,
                   " bytes (4 x limits.value_bytes_max); read them in several requests; nothing "
                   "was written"));
}

absl::Status KvStore::Run(const CommandView& command, pb::Result& result,
                          std::vector<Replaced>* replaced) {
  Entry* entry = Find(command.key);
  if (!command.IsWrite()) {
    Describe(entry, true, result);
    return absl::OkStatus();
  }
  if (!Holds(command.condition, entry)) {
    result.set_condition_failed(true);
    return absl::OkStatus();
  }
  absl::Status status = CheckAppend(command, entry);
  if (!status.ok()) return status;
  if (replaced != nullptr) {
    replaced->push_back({command.key, std::nullopt});
    if (entry != nullptr) replaced->back().entry = *entry;
  }
  if (entry == nullptr) {
    entry = &entries_[absl::string_view(command.key.data(), command.key.size())];
  }
  result.set_found(entry->value.has_value());
  result.set_version(++entry->version);
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

uint64_t KvStore::Digest() const {
  // A sum does not depend on the order of a hash map.
  uint64_t digest = 0;
  for (const auto& [key, entry] : entries_) {
    const uint64_t version = entry.version * 2 + (entry.value.has_value() ? 1 : 0);
    digest += HashKey(key, HashKey(entry.value.value_or(""), version).value).value;
  }
  return digest;
}

void KvStore::TakeBack(std::vector<Replaced>& replaced) {
  for (auto it = replaced.rbegin(); it != replaced.rend(); ++it) {
    const absl::string_view key(it->key.data(), it->key.size());
    if (it->entry.has_value()) {
      entries_[key] = *std::move(it->entry);
    } else {
      entries_.erase(key);
    }
  }
}

void KvStore::DescribeAll(absl::Span<const CommandView> commands, size_t failed,
                          pb::ProposeReply& reply) {
  for (size_t i = 0; i < commands.size(); ++i) {
    pb::Result& result = *reply.add_results();
    Describe(Find(commands[i].key), i == failed || (i < failed && !commands[i].IsWrite()), result);
    result.set_condition_failed(i == failed);
  }
}

}  // namespace althing
