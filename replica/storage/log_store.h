// The directory of a durable log: whose it is, what is in it, how it is read and written.
#ifndef ALTHING_REPLICA_STORAGE_LOG_STORE_H_
#define ALTHING_REPLICA_STORAGE_LOG_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
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

// A RocksDB of two column families. `log`: place (8 bytes, big-endian) -> the encoded record and
// the chain hash up to it. `meta`: StoreIdentity, StoreStart, StorePeers, and how often any of them
// was changed. Beside it the file `mark` (high_water_mark.h). docs/storage.md describes it for
// operators. No locks: one thread at a time.
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

  // See RocksDbLog::Replay.
  absl::Status Replay(absl::FunctionRef<absl::Status(const pb::Record&)> visit);
  // Appends the batch, in one piece. After an error it is unknown what of it is there, and the
  // store must not be written any more. REQUIRES: Replay returned OK.
  absl::Status Write(const LogBatch& batch);

  // As the mark says; the log may have more.
  uint64_t expected_records() const { return mark_->mark().place; }
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
  absl::Status ReadMessage(const std::string& key, google::protobuf::MessageLite& message) const;
  absl::StatusOr<std::string> ReadValue(const std::string& key) const;
  // The record beneath the iterator, which is the next one behind `last`.
  absl::Status ReplayOne(rocksdb::Iterator& at, HighWaterMark::Mark& last,
                         absl::FunctionRef<absl::Status(const pb::Record&)> visit) const;
  absl::Status Damaged(const std::string& what) const;
  // The library's word for `what`, which it was asked to read: damage, or an error of the disk.
  absl::Status ReadError(const std::string& what, const rocksdb::Status& status) const;

  const Options options_;
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::ColumnFamilyHandle* log_ = nullptr;
  rocksdb::ColumnFamilyHandle* meta_ = nullptr;
  std::unique_ptr<rocksdb::WriteBatch> write_;  // Kept for its memory.
  std::unique_ptr<HighWaterMark> mark_;
  HighWaterMark::Mark now_;  // Of what is written; its records: after Replay.
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
