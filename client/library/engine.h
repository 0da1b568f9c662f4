// What is behind the public Client: the library's thread and all that it owns.
#ifndef ALTHING_CLIENT_LIBRARY_ENGINE_H_
#define ALTHING_CLIENT_LIBRARY_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "althing/client.h"
#include "client/library/failover.h"
#include "client/library/loop.h"
#include "client/library/replica_set.h"
#include "client/library/sessions.h"
#include "client/library/waiters.h"
#include "pb/kv.pb.h"

namespace althing {

// The road of a write: Begin -> what the cluster's partitions are (asked once) -> a place in the
// session of its partition -> Failover -> its callback. Reads, and all calls without sessions, skip
// the middle.
class Client::Engine {
 public:
  // `seed`: of the jitter of retries.
  Engine(const ClientOptions& options, uint64_t seed);
  // REQUIRES: Close has been called from another thread than the loop's.
  ~Engine() = default;

  // Any thread.
  Outcome Call(std::vector<KeyCommand> commands, Timeout timeout);
  void Start(std::vector<KeyCommand> commands, Timeout timeout, Callback done);
  void CancelCalls();
  void Close(absl::Duration timeout);
  absl::Duration close_timeout() const { return options_.close_timeout; }

 private:
  struct UserCall {
    std::vector<KeyCommand> commands;
    bool writes = false;
    int64_t deadline_ns = 0;
    Callback done;
    uint32_t sessions_gone = 0;                      // That it met.
    std::optional<uint64_t> request = std::nullopt;  // While it is with Failover.
  };
  using CallPtr = std::shared_ptr<UserCall>;

  void Begin(const CallPtr& call);
  void FindPartition(const CallPtr& call);
  void EnterSession(const CallPtr& call);
  void Propose(const CallPtr& call, const Sessions::Place& place);
  // Nothing happens if the call was cancelled before.
  void Finish(const CallPtr& call, const Outcome& outcome);
  bool IsUnderWay(const CallPtr& call) const { return under_way_.count(call) == 1; }

  void AskDescription();
  // The partition of all keys; INVALID_ARGUMENT if there are several.
  absl::StatusOr<uint32_t> PartitionOf(const std::vector<KeyCommand>& commands) const;

  void BeginClosing(int64_t deadline_ns);
  void CloseSessions();
  void Abort();

  const ClientOptions options_;
  Loop loop_;
  ReplicaSet replicas_;
  Failover failover_;
  Sessions sessions_;
  std::optional<v1::DescribeReply> description_;
  Waiters describing_;
  std::set<CallPtr> under_way_;
  bool closing_ = false;
  bool aborted_ = false;
  int64_t close_deadline_ns_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_ENGINE_H_
