#include "replica/core/kv_store.h"

#include "absl/strings/string_view.h"
#include "replica/core/check.h"

namespace althing {

pb::ProposeReply KvStore::Apply(const CommandView& command) {
  // Debian's Abseil has a string_view of its own, and its tables look up by no other.
  const absl::string_view key(command.key.data(), command.key.size());
  pb::ProposeReply reply;
  if (!command.IsWrite()) {
    const auto it = entries_.find(key);
    if (it == entries_.end()) return reply;
    reply.set_version(it->second.version);
    if (it->second.value.has_value()) {
      reply.set_found(true);
      reply.set_value(*it->second.value);
    }
    return reply;
  }
  Entry& entry = entries_[key];
  reply.set_found(entry.value.has_value());
  reply.set_version(++entry.version);
  if (command.operation == pb::OPERATION_PUT) {
    entry.value.emplace(command.value);
  } else {
    CHECK(command.operation == pb::OPERATION_DELETE);
    entry.value.reset();
  }
  return reply;
}

}  // namespace althing
