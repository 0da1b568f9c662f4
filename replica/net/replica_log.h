// The log that the configuration asks for, with all that the replica's process does with it.
#ifndef ALTHING_REPLICA_NET_REPLICA_LOG_H_
#define ALTHING_REPLICA_NET_REPLICA_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pb/config.pb.h"
#include "replica/core/quorum.h"
#include "replica/core/replica_core.h"
#include "replica/net/exit_code.h"
#include "replica/net/peer_registry.h"
#include "replica/runtime/metrics.h"
#include "replica/storage/disk_space.h"
#include "replica/storage/memory_log.h"
#include "replica/storage/rocksdb_log.h"

namespace althing {

// Of durability fsync and os it is in the directory DATA/replica.ID, of none in memory. One thread:
// the event loop's.
class ReplicaLog {
 public:
  // Errors as LogStore::Open has them. A disk that fails later ends the process with exit code 74.
  static absl::StatusOr<std::unique_ptr<ReplicaLog>> Open(const v1::Config& config,
                                                          const Quorums& quorums, MemberIndex self);
  // With which code the process ends when opening or restoring has failed.
  static ExitCode ExitCodeOf(const absl::Status& status);

  Log& log() { return *log_; }
  // This run may be followed by another one on the same log.
  bool keeps() const { return disk_ != nullptr; }
  // Hands all records of earlier runs to the core; once, before anything is appended. `stop` is
  // asked again and again whether to give up. DATA_LOSS, in words for an operator, if they are not
  // what was written; CANCELLED if it was given up: then the directory is as it was found.
  absl::Status Restore(Core& core, const std::function<bool()>& stop);

  const std::string& store_id() const { return store_id_; }
  uint64_t incarnation() const { return keeps() ? disk_->incarnation() : 1; }
  std::map<ReplicaId, StoreOfPeer> known_peers() const;
  void RememberPeer(ReplicaId replica, const StoreOfPeer& store);

  // Called on a thread of the log when something has become durable. REQUIRES: no flush is under
  // way.
  void set_on_durable(std::function<void()> on_durable) { on_durable_ = std::move(on_durable); }
  // What this process takes now.
  Sizes MeasureSizes() const;
  const std::string& directory() const { return directory_; }
  // Why new commands should not come: the disk is nearly full; empty if there is room.
  std::string NoRoom(int64_t now_ns);
  // Everything is durable, and says that nothing is missing. Nothing may be appended after it.
  absl::Status Close();

 private:
  ReplicaLog(const v1::Config& config, ReplicaId id);

  const std::string directory_;
  const uint64_t free_mib_min_;
  std::function<void()> on_durable_ = [] {};
  DiskSpace space_;
  bool short_ = false;  // As it was last told to the log of events.
  MemoryLog memory_;
  std::unique_ptr<RocksDbLog> disk_;  // Null: durability none.
  Log* log_ = &memory_;
  std::string store_id_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_REPLICA_LOG_H_
