// All of a replica's connections: two listeners, a stream to and from each peer.
#ifndef ALTHING_REPLICA_NET_REPLICA_SERVER_H_
#define ALTHING_REPLICA_NET_REPLICA_SERVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/server.h"
#include "pb/config.pb.h"
#include "replica/core/quorum.h"
#include "replica/core/replica_core.h"
#include "replica/net/admin_service.h"
#include "replica/net/completion_source.h"
#include "replica/net/dispatch_service.h"
#include "replica/net/health_service.h"
#include "replica/net/peer_registry.h"
#include "replica/net/peer_stream.h"
#include "replica/net/propose_service.h"
#include "replica/net/reflection_service.h"
#include "replica/runtime/ports.h"
#include "replica/runtime/scheduler/scheduler.h"

namespace althing {

// Clients (KV, Admin, health, reflection) are served on the client port, peers (Peer) on the peer
// port, and nothing on both. One thread: the event loop's, which polls source().
class ReplicaServer : public Transport {
 public:
  struct Options {
    v1::Config config;  // Complete.
    Quorums quorums;
    MemberIndex self;
    std::string store_id;
    uint64_t incarnation = 1;
    std::map<ReplicaId, StoreOfPeer> known_peers = {};
    // As PeerRegistry::Options::remember; empty: nothing is remembered.
    std::function<void(ReplicaId, const StoreOfPeer&)> remember_peer = nullptr;
    std::string durability;
    std::string version;
    std::vector<std::string> debug_warnings;
  };
  // Must outlive the server.
  struct Parts {
    const Core& core;  // Looked at, never stepped.
    Channel& channel;
    Clock& clock;
    Metrics& metrics;
    Trace& trace;
    Scheduler<MsgContainer>& incoming;  // Shown and changed for operators; the event loop uses it.
  };

  // Listens and begins to call the peers. UNAVAILABLE, naming the port, if it cannot listen;
  // INVALID_ARGUMENT for an unknown scheduler.
  static absl::StatusOr<std::unique_ptr<ReplicaServer>> Start(const Options& options,
                                                              const Parts& parts);
  // REQUIRES: Stop was called.
  ~ReplicaServer() override;

  void Send(MemberIndex to, OutMessage message) override;
  void Beat(MemberIndex to, const pb::Pulse& pulse) override;
  void SetHealth(MemberIndex peer, const PeerView& view) override;
  bool Answer(RequestId request, const absl::Status& status,
              const pb::ProposeReply& reply) override;
  void Expire(RequestId request) override;
  void EndTurn() override;

  EventSource& source() { return *source_; }
  // As CompletionSource::Wake; not after Stop.
  void Wake() { source_->Wake(); }
  const PeerRegistry& registry() const { return registry_; }
  // Runs at each housekeeping (completion_source.h), with the time.
  void set_on_time(std::function<void(int64_t now_ns)> on_time) { on_time_ = std::move(on_time); }
  // See AdminService.
  void set_explain(AdminService::Explain explain) { admin_.set_explain(std::move(explain)); }
  void set_warnings(AdminService::Warnings warnings) { admin_.set_warnings(std::move(warnings)); }
  // Calls whose answer is not on its way yet.
  size_t open_calls() const { return propose_.waiting() + propose_.finishing(); }
  // What a peer says of this replica if it has forgotten its votes; else empty.
  std::string memory_lost() const;

  // Whether clients should come: enough replicas are reached, no partition is quarantined, and it
  // does not drain.
  bool ready() const;
  // From now on this replica is not ready, whoever it reaches.
  void Drain();
  // Ends the streams to the peers once all that waits has been written and read.
  void CloseStreams();
  bool streams_closed() const;
  // Finishes the calls that wait, ends all streams, closes the ports. The last answers have up to a
  // fifth of a second to leave.
  void Stop();

 private:
  ReplicaServer(const Options& options, const Parts& parts);
  absl::Status Listen();
  void MakeSource(std::vector<grpc::CompletionQueue*> rare);
  absl::Status CallPeers();
  // The discipline of all outchannels. INVALID_ARGUMENT, and nothing changes, for an unknown one.
  absl::Status UseOutgoingScheduler(const std::string& name);
  void OnTime(int64_t now_ns);
  void ShutDownClientServer();

  const Options options_;
  const Parts parts_;
  PeerRegistry registry_;
  ProposeService propose_;
  AdminService admin_;
  DispatchService dispatch_;
  HealthService health_;
  ReflectionService reflection_;
  bool draining_ = false;
  std::function<void(int64_t)> on_time_;
  int64_t expire_at_ns_ = 0;
  std::string outgoing_scheduler_;

  std::unique_ptr<grpc::ServerCompletionQueue> queue_;             // All calls, of both kinds.
  std::unique_ptr<grpc::ServerCompletionQueue> new_peer_streams_;  // Only their announcement.
  std::unique_ptr<grpc::Server> client_server_;
  std::unique_ptr<grpc::Server> peer_server_;
  std::unique_ptr<CompletionSource> source_;
  std::vector<std::unique_ptr<PeerStream>> peers_;  // By MemberIndex; null for this replica.
  bool stopped_ = false;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_REPLICA_SERVER_H_
