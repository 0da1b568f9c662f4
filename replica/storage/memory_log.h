// The log of durability "none": it counts positions and keeps nothing.
#ifndef ALTHING_REPLICA_STORAGE_MEMORY_LOG_H_
#define ALTHING_REPLICA_STORAGE_MEMORY_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "replica/storage/log.h"

namespace althing {

// A replica without a disk never comes back: its peers refuse it, for it has forgotten its votes.
// So nobody would ever read the records, and they are not kept. A flush is done when it is asked
// for.
class MemoryLog : public Log {
 public:
  uint64_t Append(const pb::Record& record) override;
  void Flush() override;
  void FlushNow() override { Flush(); }
  uint64_t durable() const override { return durable_; }
  // Nobody would start from one.
  Checkpoints checkpoints() const override { return {}; }
  void AddPiece(uint64_t number, std::string piece) override;
  void MakeCurrent(uint64_t number, uint64_t log_from) override;
  std::string_view durability() const override { return "none"; }

 private:
  uint64_t appended_ = 0;
  uint64_t durable_ = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_MEMORY_LOG_H_
