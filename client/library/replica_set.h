// The replicas as this client sees them: connections, which one serves, and which one is next.
#ifndef ALTHING_CLIENT_LIBRARY_REPLICA_SET_H_
#define ALTHING_CLIENT_LIBRARY_REPLICA_SET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "althing/client.h"
#include "client/library/loop.h"
#include "pb/kv.grpc.pb.h"

namespace althing {

// The loop's thread only.
//
// A connection, once wanted, is watched and made again when it breaks, so that a replica that
// returns is found within a connection attempt (channel.h). One that fails to serve is left out for
// a while that doubles from kPenaltyFirstNs to kPenaltyMaxNs; then a single call tries it, and if
// that is served it is one like the others again.
class ReplicaSet {
 public:
  static constexpr int64_t kPenaltyFirstNs = 100'000'000;
  static constexpr int64_t kPenaltyMaxNs = 3'000'000'000;
  // How long a connection may be in the making before the next replica is connected to as well.
  static constexpr int64_t kConnectNs = 150'000'000;

  // `on_change` runs when a connection came or went. The loop must outlive it.
  ReplicaSet(Loop& loop, std::vector<Endpoint> endpoints, ClientOptions::Choice choice,
             std::function<void()> on_change);
  ~ReplicaSet();

  struct Chosen {
    enum class What {
      kReplica,  // Send to `replica`.
      kWait,     // A connection is in the making: ask again.
      kNone,     // No other one can be connected to.
    };
    What what;
    size_t replica = 0;
  };
  // The best one of those that are not in `tried`, which has a place for each. Makes connections as
  // needed.
  Chosen Choose(const std::vector<bool>& tried);

  size_t size() const { return replicas_.size(); }
  v1::KV::Stub& stub(size_t replica);
  // "replica 3 (localhost:7103)".
  std::string Name(size_t replica) const;

  // A call was sent there; it served, or it failed to.
  void OnSent(size_t replica);
  void OnServed(size_t replica);
  void OnFailed(size_t replica);
  // What was sent there is not waited for any more: it may be tried again.
  void OnAbandoned(size_t replica);

  // Closes the connections and ends the watching. Nothing else may be asked afterwards.
  void Shutdown();

 private:
  struct Replica;

  void Want(Replica& replica);
  // Reads the state of the connection, and has it watched. True if it is another one.
  bool Look(Replica& replica);
  // The one that is considered first this time.
  size_t First();

  Loop& loop_;
  const ClientOptions::Choice choice_;
  const std::function<void()> on_change_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  size_t next_ = 0;
  bool stopping_ = false;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_REPLICA_SET_H_
