// The directory of a durable log: whose it is, what is in it, how it is read and written.
#ifndef ALTHING_REPLICA_STORAGE_LOG_STORE_H_
#define ALTHING_REPLICA_STORAGE_LOG_STORE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
#include "replica/storage/checkpoint_store.h"
#include "replica/storage/high_water_mark.h"
#include "replica/storage/log_batch.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class Iterator;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace althing {

using KnownPeers = std::map<ReplicaId, pb::StorePeer>;

// A RocksDB of three column families. `log`: place (8 bytes, big-endian) -> the encoded record and
// the chain hash up to it. `default`: the checkpoint (checkpoint_store.h). `meta`: StoreIdentity,
// StoreStart, StorePeers, StoreCheckpoint, and how often any of them was changed. Beside it the
// file `mark` (high_water_mark.h). docs/storage.md describes it for operators. No locks: one thread
// at a time.
class LogStore {
 public:
  struct Options {
    std::string directory = "";  // Of this replica alone; made if it does not exist.
    std::string cluster_id = "";
    ReplicaId replica = {};
    uint64_t config_hash = 0;
    // Whether each batch is on the disk when Write returns (durability fsync), or only with the
    // kernel (os).
    bool sync = true;
    int64_t sync_delay_ms = 0;    // For experiments: each sync takes this much longer.
    std::string boot_id = "";     // Of the machine now; empty: ask the kernel.
    rocksdb::Env* env = nullptr;  // For tests: what stands between RocksDB and the disk.
  };

  // Formats the directory if it does not exist or is empty. Refuses, in words for an operator:
  // FAILED_PRECONDITION  the directory is that of another cluster, replica, configuration or of a
  //                      newer release
  // UNAVAILABLE          another process uses it
  // DATA_LOSS            it is damaged, or may lack records that were only with the kernel when the
  //                      machine went down: the replica has forgotten votes
  // INTERNAL             the disk or the file system refused something; what is there may be whole
  static absl::StatusOr<std::unique_ptr<LogStore>> Open(Options options);
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  // See RocksDbLog.
  absl::Status ReplayCheckpoint(absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit);
  absl::Status Replay(absl::FunctionRef<absl::Status(const pb::Record&)> visit);
  // Appends the batch, in one piece. After an error it is unknown what of it is there, and the
  // store must not be written any more. REQUIRES: Replay returned OK.
  absl::Status Write(const LogBatch& batch);
  // Gives room back to the disk that the last Write has made. Takes its time.
  void DropFiles();

  // As the mark says; the log may have more.
  uint64_t expected_records() const {
    // After a power cut the mark may be older than what was cut off in front.
    const uint64_t gone = log_begin() - 1;
    return std::max(mark_->mark().place, gone) - gone;
  }
  // The place of the first record that is kept.
  uint64_t log_begin() const {
    return checkpoints_.current().log_begin() > 0 ? checkpoints_.current().log_begin() : 1;
  }
  const CheckpointStore& checkpoints() const { return checkpoints_; }
  // Of all records since the start's first, those that are gone by now as well.
  uint64_t log_bytes() const { return log_bytes_; }
  // The place of the last record; 0: none. REQUIRES: Replay returned OK.
  uint64_t tail_place() const { return now_.place; }
  // The directory was made by this start.
  bool formatted() const { return formatted_; }
  // Of the last write before, which a power cut has torn so that its end had to be cut off; 0:
  // none.
  uint64_t torn_bytes() const { return torn_bytes_; }
  const Options& options() const { return options_; }
  const std::string& store_id() const { return identity_.store_id(); }
  // As of the opening.
  const pb::StoreStart& last_start() const { return last_start_; }
  const KnownPeers& known_peers() const { return known_peers_; }

 private:
  explicit LogStore(Options options);
  // Makes the directory under another name first, so that one that exists is complete.
  static absl::Status Format(const Options& options);
  absl::Status OpenDatabase(const std::string& directory, bool create);
  // After an opening that failed with `why`: without the write that a power cut has torn.
  absl::Status OpenWithoutTornEnd(const absl::Status& why);
  // Everything but the records.
  absl::Status ReadMeta();
  absl::Status ReadPeers();
  absl::Status ReadCheckpoint();
  absl::Status ReadMessage(const std::string& key, google::protobuf::MessageLite& message) const;
  absl::StatusOr<std::string> ReadValue(const std::string& key) const;
  // The record beneath the iterator, which is the next one behind `last`.
  absl::Status ReplayOne(rocksdb::Iterator& at, HighWaterMark::Mark& last,
                         absl::FunctionRef<absl::Status(const pb::Record&)> visit);
  // Into the library's batch.
  rocksdb::Status PutRecords(const LogBatch& batch, HighWaterMark::Mark& next);
  rocksdb::Status PutCheckpoint(const LogBatch& batch);
  absl::Status Damaged(const std::string& what) const;
  // The library's word for `what`, which it was asked to read: damage, or an error of the disk.
  absl::Status ReadError(const std::string& what, const rocksdb::Status& status) const;

  const Options options_;
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::ColumnFamilyHandle* pieces_ = nullptr;
  rocksdb::ColumnFamilyHandle* log_ = nullptr;
  rocksdb::ColumnFamilyHandle* meta_ = nullptr;
  std::unique_ptr<rocksdb::WriteBatch> write_;  // Kept for its memory.
  std::unique_ptr<HighWaterMark> mark_;
  HighWaterMark::Mark now_;  // Of what is written; its records: after Replay.
  CheckpointStore checkpoints_;
  bool tidied_ = false;  // Of checkpoints that came to nothing.
  bool made_room_ = false;
  uint64_t log_bytes_ = 0;
  bool replayed_ = false;
  bool formatted_ = false;
  uint64_t torn_bytes_ = 0;
  pb::StoreIdentity identity_;
  pb::StoreStart last_start_;
  KnownPeers known_peers_;
};

// The key of StoreStart, and that of a StorePeer.
inline constexpr char kStartKey[] = "start";
std::string PeerKey(ReplicaId replica);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_STORE_H_
