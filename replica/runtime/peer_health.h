// Whether the peers are alive, as far as one can tell from here, and how long a word takes to them
// and back.
#ifndef ALTHING_REPLICA_RUNTIME_PEER_HEALTH_H_
#define ALTHING_REPLICA_RUNTIME_PEER_HEALTH_H_

#include <array>
#include <cstdint>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/runtime/ports.h"

namespace althing {

// At each interval every peer gets a pulse, which echoes the last one that came from it. A sign of
// life is a pulse that echoes a later one than all before it: then both directions carry words, and
// both event loops turn. A peer without one for too long is suspected until the next one. A
// connection that breaks is no matter of this class; one that stays open while nothing goes through
// it is.
//
// Nothing that must be right may rest on a suspicion: it can be wrong. What rests on it is who is
// asked, and whether there is a quorum to begin anything with. Deterministic; time is told. One
// thread: the event loop's.
class PeerHealth {
 public:
  struct Options {
    MemberIndex self;
    int members = 1;
    int64_t interval_ns = 0;  // Between two pulses; 0: none are sent, and nobody is suspected.
    int64_t suspect_ns = 0;   // Silence that is suspect.
  };

  PeerHealth(const Options& options, int64_t now_ns);

  // The streams to and from the peer are new: it has greeted.
  void OnConnected(MemberIndex peer, int64_t now_ns);
  // A pulse that cannot be (it echoes what was never sent) changes nothing.
  void OnPulse(MemberIndex peer, const pb::Pulse& pulse, int64_t arrival_ns);
  // Looks for those who have been silent for too long. The time during which this was not called
  // does not count: who was away itself has heard nobody.
  void OnTime(int64_t now_ns);

  // Whether it is time for pulses; true once an interval.
  bool TakeBeat(int64_t now_ns);
  // When OnTime and TakeBeat want to be called; INT64_MAX without peers.
  int64_t next_ns() const { return next_beat_ns_; }
  // What to say to the peer now.
  pb::Pulse MakePulse(MemberIndex peer, int64_t now_ns);

  MemberSet suspected() const { return suspected_; }
  PeerView View(MemberIndex peer, int64_t now_ns) const;

 private:
  struct Peer {
    int64_t alive_ns = 0;   // The last sign of life.
    int64_t sent_ns = 0;    // The last pulse to it.
    int64_t echoed_ns = 0;  // The latest of them that it has echoed.
    uint64_t heard = 0;     // What its last pulse wants echoed, and
    int64_t heard_ns = 0;   // when that came.
    int64_t round_trip_ns = 0;
    uint64_t suspicions = 0;
  };

  MemberSet Others() const {
    return MemberSet::FirstN(options_.members) - MemberSet::Of(options_.self);
  }

  const Options options_;
  std::array<Peer, kMembersMax> peers_;
  MemberSet suspected_;
  int64_t looked_ns_;
  int64_t next_beat_ns_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_PEER_HEALTH_H_
