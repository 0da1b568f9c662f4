#include "replica/storage/memory_log.h"

namespace althing {

uint64_t MemoryLog::Append(const pb::Record&) { return ++appended_; }

void MemoryLog::Flush() { durable_ = appended_; }

}  // namespace althing
