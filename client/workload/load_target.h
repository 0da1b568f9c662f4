// What a load loop loads: one operation, and the word that it has ended. The loop knows nothing
// else of the system behind it.
#ifndef ALTHING_CLIENT_WORKLOAD_LOAD_TARGET_H_
#define ALTHING_CLIENT_WORKLOAD_LOAD_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace althing {

struct LoadOperation {
  bool read = false;
  std::string key = "";
  std::string value = "";  // Of a write.
};

struct LoadEnd {
  absl::Status status = absl::OkStatus();
  bool cancelled = false;  // By CancelAll; its outcome is unknown.
  bool found = false;      // A read found a value.
};

// Operations are named by the slots that they occupy while they are under way: 0, 1, 2, ...
// Thread-compatible, but Next may wait in one thread while another one calls the rest.
class LoadTarget {
 public:
  virtual ~LoadTarget() = default;

  // Makes slots 0 to count - 1 usable; those that were stay as they are.
  virtual void Reserve(size_t count) = 0;
  // Begins an operation. It may be changed afterwards. REQUIRES: the slot is reserved and free.
  virtual void Start(size_t slot, const LoadOperation& operation) = 0;
  // The slot of an operation that has ended, free from now on; nothing at `until_ns` of NowNs
  // (client/library/loop.h). Each end is told once.
  virtual std::optional<size_t> Next(int64_t until_ns) = 0;
  // What came of the last operation of a slot that Next has named, until the next Start in it.
  virtual LoadEnd End(size_t slot) = 0;
  // Makes the operations under way end soon.
  virtual void CancelAll() = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_LOAD_TARGET_H_
