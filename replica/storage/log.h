// Where a replica keeps what it must not forget.
#ifndef ALTHING_REPLICA_STORAGE_LOG_H_
#define ALTHING_REPLICA_STORAGE_LOG_H_

#include <cstdint>
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
  // How it keeps its promise, as status and reports print it: "none", "os", "fsync".
  virtual std::string_view durability() const = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_H_
