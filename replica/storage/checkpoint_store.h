// The checkpoint of a directory: its pieces, and the part of the log that goes with it.
#ifndef ALTHING_REPLICA_STORAGE_CHECKPOINT_STORE_H_
#define ALTHING_REPLICA_STORAGE_CHECKPOINT_STORE_H_

#include <cstdint>
#include <deque>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "pb/checkpoint.pb.h"
#include "pb/record.pb.h"
#include "replica/storage/log_batch.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace althing {

// Pieces are in the column family `default`: number of the checkpoint and of the piece (8 bytes
// each, big-endian) -> the encoded piece. Which checkpoint counts stands in `meta`, with the chain
// hash of its pieces; pieces of others are of none that was completed, and go with the next one. No
// locks: one thread at a time.
class CheckpointStore {
 public:
  // Where a part of the log begins.
  struct Part {
    uint64_t number = 0;  // Of the checkpoint whose record is the first of it.
    uint64_t place = 0;   // Of that record.
    uint64_t chain = 0;   // Of all records before.
    uint64_t bytes_before = 0;
  };

  void Attach(rocksdb::DB& database, rocksdb::ColumnFamilyHandle& pieces,
              rocksdb::ColumnFamilyHandle& log) {
    database_ = &database;
    pieces_ = &pieces;
    log_ = &log;
  }
  // As it stands in `meta`; a number of 0: there is none yet.
  void set_current(const pb::StoreCheckpoint& current) { current_ = current; }
  const pb::StoreCheckpoint& current() const { return current_; }

  // Visits the pieces of the current one, in their order. `*read`: what the library says if it
  // cannot read. DATA_LOSS: one is missing or changed.
  absl::Status Read(absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit,
                    rocksdb::Status* read) const;

  // A record of the log that begins a checkpoint, in the order of the log; those that follow in one
  // part are left out.
  void OnBegun(const Part& part);
  uint64_t last_begun() const { return parts_.empty() ? 0 : parts_.back().number; }

  // Both add to the library's batch.
  void Add(const LogBatch::Piece& piece, rocksdb::WriteBatch& write);
  // What was added becomes the current one, and what it stands in for goes. REQUIRES: it has
  // pieces.
  void MakeCurrent(const LogBatch::Current& next, rocksdb::WriteBatch& write);
  // Deletes the pieces of checkpoints that came to nothing. REQUIRES: none is being written.
  void DropOthers(rocksdb::WriteBatch& write) const;
  // The batch of either was written, and no piece since: gives room back to the disk.
  void DropFiles();

  // Of the records that are gone.
  uint64_t bytes_gone() const { return bytes_gone_; }
  // Of the records before the current checkpoint began.
  uint64_t bytes_before_current() const { return bytes_before_current_; }

 private:
  rocksdb::DB* database_ = nullptr;
  rocksdb::ColumnFamilyHandle* pieces_ = nullptr;
  rocksdb::ColumnFamilyHandle* log_ = nullptr;
  pb::StoreCheckpoint current_;
  pb::StoreCheckpoint next_;  // The one that is being written.
  std::deque<Part> parts_;    // Ascending; those that are kept.
  uint64_t bytes_gone_ = 0, bytes_before_current_ = 0;
};

// The chain hash before the first piece of a checkpoint.
uint64_t FirstPieceChain(uint64_t number);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_CHECKPOINT_STORE_H_
