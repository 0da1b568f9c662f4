// Records that are written together.
#ifndef ALTHING_REPLICA_STORAGE_LOG_BATCH_H_
#define ALTHING_REPLICA_STORAGE_LOG_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pb/record.pb.h"
#include "replica/core/ids.h"

namespace althing {

// Encoded records, one behind the other in one buffer, and what goes with them into the store's
// other keys. Becomes durable in one piece. Its memory is kept when it is cleared.
class LogBatch {
 public:
  // Returns how many bytes it takes.
  size_t Add(const pb::Record& record);
  // As Log has them.
  void AddPiece(uint64_t number, std::string bytes) {
    pieces_.push_back({number, std::move(bytes)});
  }
  void MakeCurrent(uint64_t number, uint64_t log_from) { current_ = Current{number, log_from}; }
  // A later value of a key replaces an earlier one.
  void AddMeta(std::string key, std::string value) {
    meta_.emplace_back(std::move(key), std::move(value));
  }
  // Must reach the disk itself before it counts, whatever the durability is.
  void RequireSync() { sync_required_ = true; }
  // Moves what `other` has behind what is here, and clears it.
  void TakeFrom(LogBatch& other);
  void Clear();

  bool empty() const {
    return ends_.empty() && meta_.empty() && pieces_.empty() && !current_.has_value();
  }
  size_t records() const { return ends_.size(); }
  // REQUIRES: i < records().
  std::string_view record(size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  const std::vector<std::pair<std::string, std::string>>& meta() const { return meta_; }
  bool sync_required() const { return sync_required_; }

  struct Piece {
    uint64_t number;  // Of the checkpoint.
    std::string bytes;
  };
  const std::vector<Piece>& pieces() const { return pieces_; }
  // Behind all pieces that are here.
  struct Current {
    uint64_t number, log_from;
  };
  const std::optional<Current>& current() const { return current_; }
  // Records that begin a checkpoint, ascending.
  struct Begun {
    size_t record;  // Which.
    uint64_t number;
  };
  const std::vector<Begun>& begun() const { return begun_; }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;  // Of each record, in bytes_.
  std::vector<std::pair<std::string, std::string>> meta_;
  bool sync_required_ = false;
  std::vector<Piece> pieces_;
  std::optional<Current> current_;
  std::vector<Begun> begun_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_BATCH_H_
