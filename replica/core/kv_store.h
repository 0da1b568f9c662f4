// The state machine: keys, values, and how often each key was written.
#ifndef ALTHING_REPLICA_CORE_KV_STORE_H_
#define ALTHING_REPLICA_CORE_KV_STORE_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "replica/core/protocol.h"

namespace althing {

// Each key counts its writes from 1; a delete counts too and leaves the counter behind, so that one
// version of a key never names two values. A condition that fails writes and counts nothing.
class KvStore : public StateMachine {
 public:
  // `value_bytes_max` bounds what appending may make of a value: part of the state machine, so it
  // is the same at all replicas.
  explicit KvStore(size_t value_bytes_max) : value_bytes_max_(value_bytes_max) {}

  // RESOURCE_EXHAUSTED if the value would become longer than it may be. REQUIRES: a command that
  // CheckCommand let through.
  absl::Status Apply(const CommandView& command, pb::ProposeReply& reply) override;

  // Keys that have a value or a counter.
  size_t keys() const { return entries_.size(); }

 private:
  struct Entry {
    std::optional<std::string> value;
    uint64_t version = 0;
  };

  static bool Holds(const Condition& condition, const Entry* entry);
  // Tells what the key holds.
  static void Describe(const Entry* entry, pb::ProposeReply& reply);
  absl::Status CheckAppend(const CommandView& command, const Entry* entry) const;

  const size_t value_bytes_max_;
  absl::flat_hash_map<std::string, Entry> entries_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_KV_STORE_H_
