// The log of durability "fsync" and "os": records in a directory of the disk, by RocksDB.
#ifndef ALTHING_REPLICA_STORAGE_ROCKSDB_LOG_H_
#define ALTHING_REPLICA_STORAGE_ROCKSDB_LOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
#include "replica/storage/log.h"
#include "replica/storage/log_batch.h"
#include "replica/storage/log_store.h"
#include "replica/storage/log_thread.h"

namespace althing {

// One sequence of the records of all partitions. A start is Open, Replay, what the start itself
// appends, FlushNow; an end is StopCleanly. All calls: one thread, the event loop's. Writing is
// done by a thread of the log: while it waits for the disk, what is asked for gathers and becomes
// its next write.
//
// 1. Records become durable in the order of their places, never with a gap.
// 2. What is appended before the first flush becomes durable in one piece, together with the
//    incarnation of this start: either both are there after a crash or neither.
// 3. The first write that fails is the last: its records may be on the disk or not, so nothing
//    becomes durable any more, and nothing is tried again.
class RocksDbLog : public Log {
 public:
  struct Options {
    LogStore::Options store = {};
    // Called on the log's thread whenever durable() has grown.
    std::function<void()> on_durable = [] {};
    // Called on the log's thread, once, with the words for the operator. The process should end
    // here: the replica cannot keep its promises any more.
    std::function<void(const absl::Status& why)> on_failure = [](const absl::Status&) {};
  };
  // See LogStore::Open for what it refuses.
  static absl::StatusOr<std::unique_ptr<RocksDbLog>> Open(Options options);
  // Ends without a word on the disk, as a crash would, but finishes the write under way.
  ~RocksDbLog() override = default;

  // Every record of earlier starts that is kept, in order; once, before the first Append.
  // DATA_LOSS, in words for an operator, if one is missing or changed: the records that were
  // visited until then must not be used. What `visit` returns, if it is not OK, ends the replay
  // too.
  absl::Status Replay(absl::FunctionRef<absl::Status(const pb::Record&)> visit);

  // The pieces of the checkpoint that earlier starts have left, in their order; none if there is
  // none. Before Replay, whose records are those that are kept beside it. Else as Replay.
  absl::Status ReplayCheckpoint(absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit);

  // How many records Replay will find at least; exact unless the machine went down.
  uint64_t expected_records() const { return store_->expected_records(); }

  // REQUIRES: Replay returned OK.
  uint64_t Append(const pb::Record& record) override;
  void Flush() override;
  void FlushNow() override;
  uint64_t durable() const override { return durable_.load(std::memory_order_acquire); }
  Checkpoints checkpoints() const override;
  void AddPiece(uint64_t number, std::string piece) override;
  void MakeCurrent(uint64_t number, uint64_t log_from) override;
  std::string_view durability() const override;

  // Flushes, and notes on the disk that nothing is missing. Nothing may be appended after it.
  // The error of the disk if it failed, now or before.
  absl::Status StopCleanly();

  // As LogStore has them.
  bool formatted() const { return store_->formatted(); }
  uint64_t torn_bytes() const { return store_->torn_bytes(); }
  // 16 bytes, as long as the directory lives.
  const std::string& store_id() const { return store_->store_id(); }
  // Of this start: one more than that of the last start that became durable.
  uint64_t incarnation() const { return store_->last_start().incarnation() + 1; }
  // Those met before, as of the opening.
  const KnownPeers& known_peers() const { return store_->known_peers(); }
  // Durable when it returns, unless the log has failed: for the rare event that a peer is met in
  // another state than before. REQUIRES: FlushNow was called before.
  void RememberPeer(ReplicaId replica, std::string_view store_id, uint64_t incarnation);

 private:
  RocksDbLog(Options options, std::unique_ptr<LogStore> store);
  // On the log's thread: whether it may go on.
  bool Write(const LogBatch& batch);
  // Tells the event loop's thread what the store has now.
  void Publish();
  pb::StoreStart ThisStart() const;

  const Options options_;
  const std::unique_ptr<LogStore> store_;
  LogBatch pending_;
  uint64_t appended_ = 0;
  bool replayed_ = false;
  bool begun_ = false;           // The incarnation of this start was handed to the thread.
  bool stopped_ = false;         // StopCleanly was called.
  uint64_t appended_bytes_ = 0;  // Since the start's first record, as LogStore::log_bytes.
  uint64_t last_begun_ = 0;
  uint64_t added_bytes_ = 0;  // Of pieces.
  std::atomic<uint64_t> durable_ = 0;
  // As the store has them.
  std::atomic<uint64_t> written_bytes_ = 0;  // Of pieces.
  std::atomic<uint64_t> current_ = 0, current_bytes_ = 0;
  std::atomic<uint64_t> bytes_before_current_ = 0, bytes_gone_ = 0, first_kept_ = 1;
  std::atomic<bool> failed_ = false;
  LogThread thread_;  // Last: it uses what is above.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_ROCKSDB_LOG_H_
