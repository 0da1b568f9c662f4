// The state machine: keys, values, and how often each key was written.
#ifndef ALTHING_REPLICA_CORE_KV_STORE_H_
#define ALTHING_REPLICA_CORE_KV_STORE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
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

  void BeginSnapshot() override;
  bool TakeSnapshot(size_t entries_max, pb::CheckpointPiece& piece) override;
  absl::Status Restore(const pb::CheckpointPiece& piece) override;

  // Keys that have a value or a counter.
  size_t keys() const { return nodes_.size(); }
  // Equal for equal contents, in whatever order they came; looks at everything.
  uint64_t Digest() const;

 private:
  struct Entry {
    std::optional<std::string> value;
    uint64_t version = 0;
  };
  struct Node {
    std::string key;
    Entry entry;
    uint64_t copied_in = 0;  // The last snapshot that has it as it was when that began.
  };
  // By key; Debian's Abseil has a string_view of its own.
  struct Hash {
    using is_transparent = void;
    size_t operator()(absl::string_view key) const { return absl::Hash<absl::string_view>()(key); }
    size_t operator()(const Node* node) const { return (*this)(node->key); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(absl::string_view a, const Node* b) const { return a == b->key; }
    bool operator()(const Node* a, absl::string_view b) const { return a->key == b; }
    bool operator()(const Node* a, const Node* b) const { return a == b; }
  };
  // What a write of a request of several commands replaced.
  struct Replaced {
    std::string_view key;
    std::optional<Entry> entry;  // None: the key had never been written.
  };

  Node* Find(std::string_view key);
  // A new one behind all others.
  Node& Add(std::string_view key);
  // The snapshot under way still gets what the node holds now, if it has not got it yet.
  void CopyOnWrite(Node& node);
  static void Copy(const Node& node, pb::CheckpointEntry& copy);
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
  std::deque<Node> nodes_;  // In the order in which the keys were first written.
  absl::flat_hash_set<Node*, Hash, Equal> by_key_;
  // The snapshot under way, if `at_` is below `end_`: nodes from here to there are still to be
  // looked at.
  uint64_t snapshot_ = 0;  // How many have begun.
  size_t at_ = 0, end_ = 0;
  std::deque<pb::CheckpointEntry> copied_;  // On write; the next slices take them.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_KV_STORE_H_
