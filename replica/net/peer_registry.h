// What this replica knows of its peers: who they are, and whether they can be reached.
#ifndef ALTHING_REPLICA_NET_PEER_REGISTRY_H_
#define ALTHING_REPLICA_NET_PEER_REGISTRY_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/net/hello.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/ports.h"

namespace althing {

// The memory of a peer.
struct StoreOfPeer {
  std::string id;            // 16 bytes; empty: not heard of yet.
  uint64_t incarnation = 0;  // The highest that was met.
};

// A peer can be reached if both streams are up, the one to it and the one from it, and it gives
// signs of life (runtime/peer_health.h). Each change is told to the event loop (PeerChange) and to
// the log; this is the only place where it is decided. One thread: the event loop's.
//
// Invariant: the store id of a peer never changes, and its incarnation never goes back. One that
// comes otherwise has forgotten its votes and is refused.
class PeerRegistry {
 public:
  struct Options {
    Identity own;
    MemberIndex self;
    std::vector<ReplicaId> members;      // Ids by MemberIndex.
    std::vector<std::string> addresses;  // Peer addresses by MemberIndex.
    int slow_size = 1;                   // n - f: as many make this replica ready.
    // Peers met before, by earlier runs of this replica.
    std::map<ReplicaId, StoreOfPeer> known = {};
    // Remembers, for all later runs, what a peer is now; durable when it returns.
    std::function<void(ReplicaId, const StoreOfPeer&)> remember = [](ReplicaId,
                                                                     const StoreOfPeer&) {};
  };

  PeerRegistry(const Options& options, Channel& channel, Clock& clock);

  const Identity& own() const { return options_.own; }
  ReplicaId id(MemberIndex member) const { return options_.members[member.value]; }
  const std::string& address(MemberIndex member) const { return options_.addresses[member.value]; }

  // Judges a Hello, of a caller or in answer; remembers its store.
  std::optional<Refusal> Judge(const pb::Hello& hello);
  // REQUIRES: Judge has let the Hello through.
  MemberIndex MemberOf(const pb::Hello& hello) const;

  void SetOutgoing(MemberIndex peer, bool up);
  void SetIncoming(MemberIndex peer, bool up);
  // What the event loop knows of the peer. A new stream is a sign of life of its own.
  void SetHealth(MemberIndex peer, const PeerView& view);
  const PeerView& health(MemberIndex peer) const { return peers_[peer.value].health; }
  // This replica is about to stop: what it loses from now on is no news.
  void Leave() { leaving_ = true; }
  // Why the stream to the peer is not up, in words.
  void SetTrouble(MemberIndex peer, std::string words);

  bool IsReachable(MemberIndex member) const;  // True for this replica.
  int ReachableCount() const;                  // This replica included.
  bool IsReady() const { return ReachableCount() >= options_.slow_size; }
  // Why the peer cannot be reached; empty if it can.
  std::string Detail(MemberIndex peer) const;
  // Says in the log whether the replica is ready, if that has changed.
  void LogReadiness();

 private:
  struct Peer {
    StoreOfPeer store;
    bool outgoing = false;
    bool incoming = false;
    std::string trouble = "connecting";
    PeerView health;
  };

  Refusal MemoryLost(const pb::Hello& hello, const StoreOfPeer& known) const;
  void OnChange(MemberIndex peer, bool was_reachable);

  const Options options_;
  Channel& channel_;
  Clock& clock_;
  std::vector<Peer> peers_;  // By MemberIndex; this replica's entry is unused.
  std::optional<bool> logged_ready_;
  bool leaving_ = false;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_PEER_REGISTRY_H_
