#include "replica/core/kv_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/partition_map.h"
#include "replica/core/planted.h"

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

KvStore::Node* KvStore::Find(std::string_view key) {
  const auto it = by_key_.find(absl::string_view(key.data(), key.size()));
  return it == by_key_.end() ? nullptr : *it;
}

KvStore::Node& KvStore::Add(std::string_view key) {
  Node& node = nodes_.emplace_back(Node{std::string(key), {}, snapshot_});
  by_key_.insert(&node);
  return node;
}

// ---- Snapshots

void KvStore::BeginSnapshot() {
  CHECK(at_ == end_ && copied_.empty());
  ++snapshot_;
  at_ = 0;
  end_ = nodes_.size();
}

void KvStore::CopyOnWrite(Node& node) {
  if (at_ == end_ || node.copied_in == snapshot_ || Planted(Bug::kSliceWithoutCopy)) return;
  node.copied_in = snapshot_;
  Copy(node, copied_.emplace_back());
}

void KvStore::Copy(const Node& node, pb::CheckpointEntry& copy) {
  copy.set_key(node.key);
  if (node.entry.value.has_value()) copy.set_value(*node.entry.value);
  copy.set_version(node.entry.version);
}

bool KvStore::TakeSnapshot(size_t entries_max, pb::CheckpointPiece& piece) {
  size_t bytes = 0;
  const auto full = [&](size_t copied) {
    return copied >= std::max<size_t>(entries_max, 1) || bytes > kSliceBytesMax;
  };
  size_t copied = 0;
  for (; !copied_.empty() && !full(copied); ++copied) {
    pb::CheckpointEntry& copy = copied_.front();
    bytes += copy.key().size() + copy.value().size();
    *piece.add_entries() = std::move(copy);
    copied_.pop_front();
  }
  for (; at_ < end_ && !full(copied); ++at_) {
    Node& node = nodes_[at_];
    if (node.copied_in == snapshot_) continue;
    node.copied_in = snapshot_;
    Copy(node, *piece.add_entries());
    bytes += node.key.size() + (node.entry.value.has_value() ? node.entry.value->size() : 0);
    ++copied;
  }
  return at_ < end_ || !copied_.empty();
}

absl::Status KvStore::Restore(const pb::CheckpointPiece& piece) {
  for (const pb::CheckpointEntry& copy : piece.entries()) {
    if (Find(copy.key()) != nullptr) return absl::DataLossError("the checkpoint has a key twice");
    Entry& entry = Add(copy.key()).entry;
    if (copy.has_value()) entry.value = copy.value();
    entry.version = copy.version();
  }
  return absl::OkStatus();
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
  Node* node = Find(command.key);
  Entry* entry = node == nullptr ? nullptr : &node->entry;
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
  if (node == nullptr) {
    entry = &Add(command.key).entry;
  } else {
    CopyOnWrite(*node);
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
  for (const auto& [key, entry, copied_in] : nodes_) {
    const uint64_t version = entry.version * 2 + (entry.value.has_value() ? 1 : 0);
    digest += HashKey(key, HashKey(entry.value.value_or(""), version).value).value;
  }
  return digest;
}

void KvStore::TakeBack(std::vector<Replaced>& replaced) {
  for (auto it = replaced.rbegin(); it != replaced.rend(); ++it) {
    Node* node = Find(it->key);
    if (it->entry.has_value()) {
      node->entry = *std::move(it->entry);
      continue;
    }
    // What this request added is behind all others.
    CHECK(node == &nodes_.back());
    by_key_.erase(node);
    nodes_.pop_back();
  }
}

void KvStore::DescribeAll(absl::Span<const CommandView> commands, size_t failed,
                          pb::ProposeReply& reply) {
  for (size_t i = 0; i < commands.size(); ++i) {
    pb::Result& result = *reply.add_results();
    const Node* node = Find(commands[i].key);
    Describe(node == nullptr ? nullptr : &node->entry,
             i == failed || (i < failed && !commands[i].IsWrite()), result);
    result.set_condition_failed(i == failed);
  }
}

}  // namespace althing
