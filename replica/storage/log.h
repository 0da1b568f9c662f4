// Where a replica keeps what it must not forget.
#ifndef ALTHING_REPLICA_STORAGE_LOG_H_
#define ALTHING_REPLICA_STORAGE_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pb/record.pb.h"
#include "replica/core/ids.h"

namespace althing {

// An append-only sequence of records of all partitions. One thread.
class Log {
 public:
  virtual ~Log() = default;
  // Adds a record behind the others and returns its place: 1, 2, 3, ...
  virtual uint64_t Append(const pb::Record& record) = 0;
  // Starts making everything appended so far durable. Completion shows in durable().
  virtual void Flush() = 0;
  // Flush, and returns when everything appended so far is durable; it may take as long as the disk.
  // For the start of a replica and for its end. If the log has failed it returns at once, and
  // durable() stays behind.
  virtual void FlushNow() = 0;
  // All records up to this place are durable.
  virtual uint64_t durable() const = 0;
  // ---- Checkpoints: what stands in for records, so that these can go. For logs that keep
  // anything.
  struct Checkpoints {
    uint64_t current = 0;        // The number of the one that counts; 0: none.
    uint64_t bytes = 0;          // Of that one.
    uint64_t last_begun = 0;     // The highest number that a record names.
    uint64_t pending_bytes = 0;  // Of pieces that were added and are not written yet.
    // Of the records behind the one that began the current one: those that were there at the start,
    // and all that were appended since. Only grows.
    uint64_t grown_bytes = 0;
    uint64_t kept_bytes = 0;  // Of all records that are kept.
    uint64_t first_kept = 1;  // Their first place.
  };
  virtual Checkpoints checkpoints() const = 0;
  // One more piece of this checkpoint, whose record was appended. Written with what is flushed; it
  // counts for nothing before MakeCurrent.
  virtual void AddPiece(uint64_t number, std::string piece) = 0;
  // All its pieces were added. Starts making it the current one, in one step: it, that the log is
  // kept from the part `log_from` on only, and that the checkpoint before is gone. Completion shows
  // in checkpoints().current. REQUIRES: all that it covers is durable.
  virtual void MakeCurrent(uint64_t number, uint64_t log_from) = 0;

  // How it keeps its promise, as status and reports print it: "none", "os", "fsync".
  virtual std::string_view durability() const = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_H_
