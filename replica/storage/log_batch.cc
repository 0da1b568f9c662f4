#include "replica/storage/log_batch.h"

#include <iterator>

#include "replica/core/check.h"

namespace althing {

size_t LogBatch::Add(const pb::Record& record) {
  if (record.has_checkpoint()) begun_.push_back({ends_.size(), record.checkpoint().number()});
  const size_t before = bytes_.size();
  CHECK(record.AppendToString(&bytes_));
  ends_.push_back(bytes_.size());
  return bytes_.size() - before;
}

void LogBatch::TakeFrom(LogBatch& other) {
  if (empty()) {
    std::swap(*this, other);
  } else {
    // One round after the other: the pieces of the next one come when this one counts.
    CHECK(!current_.has_value() || other.pieces_.empty());
    for (const Begun& begun : other.begun_) {
      begun_.push_back({ends_.size() + begun.record, begun.number});
    }
    const size_t before = bytes_.size();
    bytes_ += other.bytes_;
    for (const size_t end : other.ends_) ends_.push_back(before + end);
    std::move(other.meta_.begin(), other.meta_.end(), std::back_inserter(meta_));
    std::move(other.pieces_.begin(), other.pieces_.end(), std::back_inserter(pieces_));
    if (other.current_.has_value()) current_ = other.current_;
    sync_required_ = sync_required_ || other.sync_required_;
  }
  other.Clear();
}

void LogBatch::Clear() {
  bytes_.clear();
  ends_.clear();
  meta_.clear();
  pieces_.clear();
  current_.reset();
  begun_.clear();
  sync_required_ = false;
}

}  // namespace althing
