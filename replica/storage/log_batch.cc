#include "replica/storage/log_batch.h"

#include <iterator>

#include "replica/core/check.h"

namespace althing {

void LogBatch::Add(const pb::Record& record) {
  CHECK(record.AppendToString(&bytes_));
  ends_.push_back(bytes_.size());
}

void LogBatch::TakeFrom(LogBatch& other) {
  if (empty()) {
    std::swap(*this, other);
  } else {
    const size_t before = bytes_.size();
    bytes_ += other.bytes_;
    for (const size_t end : other.ends_) ends_.push_back(before + end);
    std::move(other.meta_.begin(), other.meta_.end(), std::back_inserter(meta_));
    sync_required_ = sync_required_ || other.sync_required_;
  }
  other.Clear();
}

void LogBatch::Clear() {
  bytes_.clear();
  ends_.clear();
  meta_.clear();
  sync_required_ = false;
}

}  // namespace althing
