#include "replica/storage/rocksdb_log.h"

#include <utility>

#include "replica/core/check.h"

namespace althing {

absl::StatusOr<std::unique_ptr<RocksDbLog>> RocksDbLog::Open(Options options) {
  auto store = LogStore::Open(options.store);
  if (!store.ok()) return store.status();
  return std::unique_ptr<RocksDbLog>(new RocksDbLog(std::move(options), *std::move(store)));
}

RocksDbLog::RocksDbLog(Options options, std::unique_ptr<LogStore> store)
    : options_(std::move(options)),
      store_(std::move(store)),
      thread_([this](const LogBatch& batch) { return Write(batch); }) {}

absl::Status RocksDbLog::Replay(absl::FunctionRef<absl::Status(const pb::Record&)> visit) {
  const absl::Status status = store_->Replay(visit);
  if (!status.ok()) return status;
  replayed_ = true;
  appended_ = store_->tail_place();
  appended_bytes_ = store_->log_bytes();
  last_begun_ = store_->checkpoints().last_begun();
  Publish();
  durable_.store(appended_, std::memory_order_release);
  return status;
}

uint64_t RocksDbLog::Append(const pb::Record& record) {
  CHECK(replayed_ && !stopped_);
  if (record.has_checkpoint()) last_begun_ = record.checkpoint().number();
  appended_bytes_ += pending_.Add(record);
  return ++appended_;
}

absl::Status RocksDbLog::ReplayCheckpoint(
    absl::FunctionRef<absl::Status(const pb::CheckpointPiece&)> visit) {
  return store_->ReplayCheckpoint(visit);
}

Log::Checkpoints RocksDbLog::checkpoints() const {
  // In this order: who sees the number sees what came with it.
  Checkpoints now{.current = current_.load(std::memory_order_acquire)};
  now.bytes = current_bytes_.load(std::memory_order_relaxed);
  now.last_begun = last_begun_;
  now.pending_bytes = added_bytes_ - written_bytes_.load(std::memory_order_relaxed);
  now.grown_bytes = appended_bytes_ - bytes_before_current_.load(std::memory_order_relaxed);
  now.kept_bytes = appended_bytes_ - bytes_gone_.load(std::memory_order_relaxed);
  now.first_kept = first_kept_.load(std::memory_order_relaxed);
  return now;
}

void RocksDbLog::AddPiece(uint64_t number, std::string piece) {
  CHECK(begun_ && !stopped_);
  added_bytes_ += piece.size();
  pending_.AddPiece(number, std::move(piece));
}

void RocksDbLog::MakeCurrent(uint64_t number, uint64_t log_from) {
  CHECK(begun_ && !stopped_);
  pending_.MakeCurrent(number, log_from);
  Flush();
}

void RocksDbLog::Publish() {
  const CheckpointStore& checkpoints = store_->checkpoints();
  current_bytes_.store(checkpoints.current().bytes(), std::memory_order_relaxed);
  bytes_before_current_.store(checkpoints.bytes_before_current(), std::memory_order_relaxed);
  bytes_gone_.store(checkpoints.bytes_gone(), std::memory_order_relaxed);
  first_kept_.store(store_->log_begin(), std::memory_order_relaxed);
  current_.store(checkpoints.current().number(), std::memory_order_release);
}

void RocksDbLog::Flush() {
  CHECK(replayed_);
  if (!begun_) {
    begun_ = true;
    pending_.AddMeta(kStartKey, ThisStart().SerializeAsString());
    // Also with durability os: if the machine went down before this reached the disk, the directory
    // would still say that the last start ended orderly, and what this one promised would be missed
    // by nobody.
    pending_.RequireSync();
  }
  if (!pending_.empty()) thread_.Hand(pending_);
}

void RocksDbLog::FlushNow() {
  Flush();
  thread_.Wait();
}

pb::StoreStart RocksDbLog::ThisStart() const {
  pb::StoreStart start;
  start.set_incarnation(incarnation());
  start.set_boot_id(store_->options().boot_id);
  start.set_synced(store_->options().sync);
  return start;
}

std::string_view RocksDbLog::durability() const { return options_.store.sync ? "fsync" : "os"; }

absl::Status RocksDbLog::StopCleanly() {
  pb::StoreStart start = ThisStart();
  start.set_clean(true);
  FlushNow();
  pending_.AddMeta(kStartKey, start.SerializeAsString());
  // With durability os this puts all that was written before on the disk, too.
  pending_.RequireSync();
  FlushNow();
  stopped_ = true;
  if (!failed_.load(std::memory_order_acquire)) return absl::OkStatus();
  return absl::InternalError("the log has failed before");
}

void RocksDbLog::RememberPeer(ReplicaId replica, std::string_view store_id, uint64_t incarnation) {
  CHECK(begun_ && !stopped_);
  pb::StorePeer peer;
  peer.set_store_id(std::string(store_id));
  peer.set_incarnation(incarnation);
  pending_.AddMeta(PeerKey(replica), peer.SerializeAsString());
  FlushNow();
}

bool RocksDbLog::Write(const LogBatch& batch) {
  const absl::Status status = store_->Write(batch);
  if (!status.ok()) {
    failed_.store(true, std::memory_order_release);
    options_.on_failure(status);
    return false;
  }
  durable_.store(store_->tail_place(), std::memory_order_release);
  for (const LogBatch::Piece& piece : batch.pieces()) {
    written_bytes_.fetch_add(piece.bytes.size(), std::memory_order_relaxed);
  }
  if (batch.current().has_value()) Publish();
  const bool of_a_checkpoint = !batch.pieces().empty() || batch.current().has_value();
  if (batch.records() > 0 || of_a_checkpoint) options_.on_durable();
  store_->DropFiles();  // Nobody waits for that.
  return true;
}

}  // namespace althing
