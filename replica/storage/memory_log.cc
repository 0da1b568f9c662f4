#include "replica/storage/memory_log.h"

#include "replica/core/check.h"

namespace althing {

uint64_t MemoryLog::Append(const pb::Record&) { return ++appended_; }

void MemoryLog::Flush() { durable_ = appended_; }

void MemoryLog::AddPiece(uint64_t, std::string) { CHECK(false); }

void MemoryLog::MakeCurrent(uint64_t, uint64_t) { CHECK(false); }

}  // namespace althing
