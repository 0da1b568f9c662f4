#include "replica/net/replica_log.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/net/hello.h"
#include "replica/net/restore_progress.h"
#include "replica/runtime/log_line.h"
#include "replica/runtime/steady_clock.h"
#include "replica/storage/machine.h"

namespace althing {
namespace {

constexpr uint64_t kMiB = 1 << 20;
// A few hundred microseconds of reading, or a few milliseconds if the records are large.
constexpr uint64_t kRecordsBetweenLooks = 128;

}  // namespace

ReplicaLog::ReplicaLog(const v1::Config& config, ReplicaId id)
    : directory_(absl::StrCat(config.directories().data(), "/replica.", id.value)),
      free_mib_min_(config.storage().free_mib_min()),
      space_(free_mib_min_ * kMiB, [this] { return FreeBytes(directory_); }) {}

absl::StatusOr<std::unique_ptr<ReplicaLog>> ReplicaLog::Open(const v1::Config& config,
                                                             const Quorums& quorums,
                                                             MemberIndex self) {
  const ReplicaId id{config.replicas(self.value).id()};
  std::unique_ptr<ReplicaLog> opened(new ReplicaLog(config, id));
  if (config.durability() == "none") {
    opened->store_id_ = NewStoreId();
    return opened;
  }
  auto disk = RocksDbLog::Open({.store = {.directory = opened->directory_,
                                          .cluster_id = config.cluster_id(),
                                          .replica = id,
                                          .config_hash = ConfigHash(config, quorums),
                                          .sync = config.durability() == "fsync",
                                          .sync_delay_ms = config.debug().sync_delay_ms()},
                                .on_durable = [log = opened.get()] { log->on_durable_(); },
                                .on_failure =
                                    [](const absl::Status& why) {
                                      LogError("log_failed", {{"why", why.message()}});
                                      // At once: nothing that is under way may be promised.
                                      _exit(static_cast<int>(ExitCode::kCannotWrite));
                                    }});
  if (!disk.ok()) return disk.status();
  opened->disk_ = *std::move(disk);
  opened->log_ = opened->disk_.get();
  opened->store_id_ = opened->disk_->store_id();
  if (opened->disk_->formatted()) {
    LogWarn("formatted", {{"directory", opened->directory_},
                          {"why",
                           "there was no log: as it should be if this replica is new, and "
                           "all its memory if it is not"}});
  }
  return opened;
}

ExitCode ReplicaLog::ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return ExitCode::kMemoryLost;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kCannotListen;
    case absl::StatusCode::kInternal:
      return ExitCode::kCannotWrite;
    default:
      return ExitCode::kConfig;
  }
}

absl::Status ReplicaLog::Restore(Core& core, const std::function<bool()>& stop) {
  if (!keeps()) return absl::OkStatus();
  SteadyClock clock;
  const int64_t start_ns = clock.NowNs();
  RestoreProgress progress(directory_, disk_->expected_records(), start_ns);
  uint64_t records = 0, pieces = 0, entries = 0;
  absl::Status status = disk_->ReplayCheckpoint([&](const pb::CheckpointPiece& piece) {
    if (stop()) return absl::CancelledError("it was asked to stop");
    progress.OnRead(++pieces, clock.NowNs());
    entries += static_cast<uint64_t>(piece.entries_size() + piece.sessions_size());
    return core.RestoreCheckpoint(piece);
  });
  if (status.ok()) {
    status = disk_->Replay([&](const pb::Record& record) {
      if (records++ % kRecordsBetweenLooks == 0) {
        if (stop()) return absl::CancelledError("it was asked to stop");
        progress.OnRead(pieces + records - 1, clock.NowNs());
      }
      return core.Restore(record);
    });
  }
  if (status.ok()) status = core.EndRestore();
  if (!status.ok()) return status;
  // Only now: had it been told to somebody, the log would have been found too short.
  if (disk_->torn_bytes() > 0) {
    LogWarn("torn_end", {{"directory", directory_},
                         {"bytes", disk_->torn_bytes()},
                         {"why", "a power cut tore the last write, of which nobody was told"}});
  }
  // The incarnation is durable before any peer hears of it.
  disk_->FlushNow();
  LogInfo("restored", {{"directory", directory_},
                       {"run", disk_->incarnation()},
                       {"records", records},
                       {"checkpoint", disk_->checkpoints().current},
                       {"entries", entries},
                       {"ms", (clock.NowNs() - start_ns) / 1'000'000}});
  NoRoom(0);  // Said at once, if there is none.
  return absl::OkStatus();
}

std::map<ReplicaId, StoreOfPeer> ReplicaLog::known_peers() const {
  std::map<ReplicaId, StoreOfPeer> known;
  if (!keeps()) return known;
  for (const auto& [id, peer] : disk_->known_peers()) {
    known[id] = {peer.store_id(), peer.incarnation()};
  }
  return known;
}

void ReplicaLog::RememberPeer(ReplicaId replica, const StoreOfPeer& store) {
  if (keeps()) disk_->RememberPeer(replica, store.id, store.incarnation);
}

Sizes ReplicaLog::MeasureSizes() const {
  Sizes sizes = {.resident_bytes = ResidentBytes(), .log_records = log_->durable()};
  if (keeps()) {
    const Log::Checkpoints checkpoints = log_->checkpoints();
    sizes.log_kept = sizes.log_records - std::min(sizes.log_records, checkpoints.first_kept - 1);
    sizes.log_bytes = checkpoints.kept_bytes;
    sizes.data_bytes = TakenBytes(directory_);
    sizes.free_bytes = FreeBytes(directory_).value_or(0);
  }
  return sizes;
}

std::string ReplicaLog::NoRoom(int64_t now_ns) {
  if (!keeps()) return "";
  const bool is_short = space_.IsShort(now_ns);
  const uint64_t free_mib = space_.free_bytes() / kMiB;
  if (is_short != short_) {
    short_ = is_short;
    const LogFields fields = {
        {"directory", directory_}, {"free_mib", free_mib}, {"free_mib_min", free_mib_min_}};
    if (is_short) {
      LogWarn("disk_nearly_full", fields);
    } else {
      LogInfo("disk_has_room", fields);
    }
  }
  if (!is_short) return "";
  return absl::StrCat("the disk of this replica is nearly full: ", free_mib, " MiB are free and ",
                      free_mib_min_,
                      " are kept (storage.free_mib_min); the write did not happen: use another "
                      "replica, or make room in ",
                      directory_);
}

absl::Status ReplicaLog::Close() { return keeps() ? disk_->StopCleanly() : absl::OkStatus(); }

}  // namespace althing
