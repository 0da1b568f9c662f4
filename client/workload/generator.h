// What a load run asks for: the stream of operations, from the options and the seed alone.
#ifndef ALTHING_CLIENT_WORKLOAD_GENERATOR_H_
#define ALTHING_CLIENT_WORKLOAD_GENERATOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/workload/key_choice.h"
#include "client/workload/random.h"
#include "client/workload/work_item.h"

namespace althing {

struct WorkloadOptions {
  double conflict_percent = 0;  // Operations on shared keys, 0 to 100.
  double read_percent = 0;      // Operations that are reads, 0 to 100.
  uint64_t value_bytes = 16;
  uint64_t seed = 1;
  std::string key_prefix = "";  // Before every key, the shared ones too.
  uint64_t read_lag = 0;       // Reads leave out this many of the newest keys: they may still be on
                               // their way.
  uint64_t conflict_keys = 1;  // How many keys are shared; each is as frequent as any other.
  double modify_percent = 0;   // Operations that read, then write what they read; 0 to 100.
  double insert_percent = 0;   // Writes of a further key, where keys have a count; 0 to 100.
  uint64_t key_bytes = 16;     // Without the prefix; more for keys whose number needs more.
  KeyOptions keys = {};
  // How much of the load each partition gets, one weight a partition; empty: as the keys fall.
  std::vector<double> partition_weights = {};
  uint64_t hash_seed = 0;  // Of the cluster; only looked at beside weights.
};

// OK if each of them is in its range and they go together.
absl::Status CheckWorkload(const WorkloadOptions& options);

// Shared keys are kSharedKey and below, down by one each.
inline constexpr uint64_t kSharedKey = UINT64_MAX;
inline constexpr uint64_t kSharedKeysMax = 1'000'000;

// Invariants with keys "new": a write has a shared key or a key that no earlier write had; a read
// has a shared key or, once there is one, a key that an earlier write had.
class Generator {
 public:
  // REQUIRES: CheckWorkload says OK.
  explicit Generator(const WorkloadOptions& options);

  WorkItem Next();
  // Always a write, and it fills the store: a new key or, where keys have a count, the next one of
  // them in turn.
  WorkItem NextWrite();
  double read_percent() const { return options_.read_percent; }
  void SetReadPercent(double percent) { options_.read_percent = percent; }

  // Sets `out` to the key's bytes. New keys are different for each seed; the shared ones, and those
  // that have a count, are the same, so that clients that run side by side meet on them.
  void WriteKey(uint64_t key, std::string* out) const;
  // Sets `out` to a value of value_bytes printable characters, another one each time as far as the
  // length allows.
  void WriteValue(std::string* out);

 private:
  bool new_keys() const { return choice_ == nullptr; }
  uint64_t SharedKey();
  uint64_t ReadableKey();
  // Of those that have a count.
  uint64_t ChooseKey();
  // One in the partition that the weights choose.
  uint64_t ChooseInPartition();
  uint32_t PartitionOf(uint64_t key);

  WorkloadOptions options_;
  Random random_;
  uint32_t run_;                       // Sets the keys of different seeds apart.
  std::string pattern_;                // What values are made of.
  std::unique_ptr<KeyChoice> choice_;  // Null: new keys.
  uint64_t written_ = 0;               // New keys so far; else how many keys there are.
  uint64_t filled_ = 0;
  uint64_t values_ = 0;
  double weights_sum_ = 0;
  std::string key_text_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_GENERATOR_H_
