// The state machine: keys, values, and how often each key was written.
#ifndef ALTHING_REPLICA_CORE_KV_STORE_H_
#define ALTHING_REPLICA_CORE_KV_STORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "replica/core/protocol.h"

namespace althing {

// Each key counts its writes from 1; a delete counts too and leaves the counter behind, so that one
// version of a key never names two values. A request that does not write counts nothing.
class KvStore : public StateMachine {
 public:
  // `value_bytes_max` bounds what appending may make of a value: part of the state machine, so it
  // is the same at all replicas.
  explicit KvStore(size_t value_bytes_max) : value_bytes_max_(value_bytes_max) {}

  // RESOURCE_EXHAUSTED if a value would become longer than it may be, or the values that the
  // request returns are longer together than four values may be. REQUIRES: commands that
  // CheckRequest let through.
  absl::Status Apply(absl::Span<const CommandView> commands, pb::ProposeReply& reply) override;

  // Keys that have a value or a counter.
  size_t keys() const { return entries_.size(); }
  // Equal for equal contents, in whatever order they came; looks at everything.
  uint64_t Digest() const;

 private:
  struct Entry {
    std::optional<std::string> value;
    uint64_t version = 0;
  };
  // What a write of a request of several commands replaced.
  struct Replaced {
    std::string_view key;
    std::optional<Entry> entry;  // None: the key had never been written.
  };

  Entry* Find(std::string_view key);
  // Runs one command. If it neither fails nor its condition does, and `replaced` is not null, that
  // gets what a write replaced.
  absl::Status Run(const CommandView& command, pb::Result& result, std::vector<Replaced>* replaced);
  // Puts back what was replaced, the last first.
  void TakeBack(std::vector<Replaced>& replaced);
  // After the condition of command `failed` did not hold: what the keys hold, values only of that
  // command and of reads before it.
  void DescribeAll(absl::Span<const CommandView> commands, size_t failed, pb::ProposeReply& reply);
  absl::Status CheckReturned(size_t bytes) const;

  static bool Holds(const Condition& condition, const Entry* entry);
  static void Describe(const Entry* entry, bool with_value, pb::Result& result);
  absl::Status CheckAppend(const CommandView& command, const Entry* entry) const;

  const size_t value_bytes_max_;
  absl::flat_hash_map<std::string, Entry> entries_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_KV_STORE_H_
