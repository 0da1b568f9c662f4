// The state machine: keys, values, and how often each key was written.
#ifndef ALTHING_REPLICA_CORE_KV_STORE_H_
#define ALTHING_REPLICA_CORE_KV_STORE_H_

#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "replica/core/protocol.h"

namespace althing {

// Each key counts its writes from 1; a delete counts too and leaves the counter behind, so that one
// version of a key never names two values.
class KvStore : public StateMachine {
 public:
  // REQUIRES: an operation and a key that CheckCommand let through.
  pb::ProposeReply Apply(const CommandView& command) override;

  // Keys that have a value or a counter.
  size_t keys() const { return entries_.size(); }

 private:
  struct Entry {
    std::optional<std::string> value;
    uint64_t version = 0;
  };
  absl::flat_hash_map<std::string, Entry> entries_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_KV_STORE_H_
