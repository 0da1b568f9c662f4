// What a load run asks for: the stream of operations, from the options and the seed alone.
#ifndef ALTHING_CLIENT_WORKLOAD_GENERATOR_H_
#define ALTHING_CLIENT_WORKLOAD_GENERATOR_H_

#include <cstdint>
#include <string>

#include "client/workload/random.h"

namespace althing {

struct WorkloadOptions {
  double conflict_percent = 0;  // Operations on the shared key, 0 to 100.
  double read_percent = 0;      // Operations that are reads, 0 to 100.
  uint64_t value_bytes = 16;
  uint64_t seed = 1;
  std::string key_prefix = "";  // Before every key, the shared one too.
  uint64_t read_lag = 0;  // Reads leave out this many of the newest keys: they may still be on
                          // their way.
};

struct WorkItem {
  bool read = false;
  uint64_t key = 0;  // The n-th key that this run writes, from 0, or kSharedKey.
  bool operator==(const WorkItem&) const = default;
};

inline constexpr uint64_t kSharedKey = UINT64_MAX;

// Invariants: a write has the shared key or a key that no earlier write had; a read has the shared
// key or, once there is one, a key that an earlier write had.
class Generator {
 public:
  explicit Generator(const WorkloadOptions& options);

  WorkItem Next();
  // As Next, but always a write: it fills the store.
  WorkItem NextWrite();

  // Sets `out` to the key's bytes: the prefix and 16 characters, more for keys beyond 2^32. The
  // shared key is the same for all seeds, so that clients that run side by side conflict too.
  void WriteKey(uint64_t key, std::string* out) const;
  // Sets `out` to a value of value_bytes printable characters, another one each time as far as the
  // length allows.
  void WriteValue(std::string* out);

 private:
  uint64_t ReadableKey();

  const WorkloadOptions options_;
  Random random_;
  uint32_t run_;         // Sets the keys of different seeds apart.
  std::string pattern_;  // What values are made of.
  uint64_t written_ = 0;
  uint64_t values_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_GENERATOR_H_
