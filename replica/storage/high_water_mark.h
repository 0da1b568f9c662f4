// How far a log went: a second opinion beside the log itself.
#ifndef ALTHING_REPLICA_STORAGE_HIGH_WATER_MARK_H_
#define ALTHING_REPLICA_STORAGE_HIGH_WATER_MARK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace althing {

// A log that lost its end looks like a shorter log. This file says how long it was: two slots with
// checksums, written in turn after each completed write of the log, so that one torn slot leaves
// the other. It is not synced: after a crash of the process it is exact, after one of the machine
// it may be older than the log, never newer.
class HighWaterMark {
 public:
  struct Mark {
    uint64_t changes = 0;  // Batches with something beside records that were ever written.
    uint64_t place = 0;    // Of the last record.
    uint64_t chain = 0;    // Of the last record.
    bool operator==(const Mark&) const = default;
  };

  // Makes the file, on the disk when it returns.
  static absl::Status Create(const std::string& path, const Mark& mark);
  // DATA_LOSS if the file is not there or neither slot can be believed; INTERNAL if the disk does
  // not say.
  static absl::StatusOr<std::unique_ptr<HighWaterMark>> Open(const std::string& path);
  ~HighWaterMark();
  HighWaterMark(const HighWaterMark&) = delete;
  HighWaterMark& operator=(const HighWaterMark&) = delete;

  // The newer one of the slots that can be believed.
  const Mark& mark() const { return mark_; }
  absl::Status Write(const Mark& mark);

 private:
  HighWaterMark(int file, const Mark& mark, int next_slot)
      : file_(file), mark_(mark), next_slot_(next_slot) {}

  const int file_;
  Mark mark_;
  int next_slot_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_HIGH_WATER_MARK_H_
