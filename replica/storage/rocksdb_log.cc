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
  durable_.store(appended_, std::memory_order_release);
  return status;
}

uint64_t RocksDbLog::Append(const pb::Record& record) {
  CHECK(replayed_ && !stopped_);
  pending_.Add(record);
  return ++appended_;
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
  if (batch.records() > 0) options_.on_durable();
  return true;
}

}  // namespace althing
