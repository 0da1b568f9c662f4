#include "replica/runtime/peer_health.h"

#include <algorithm>

namespace althing {
namespace {

// A new round trip moves the average by this share.
constexpr int64_t kAverageShare = 8;

}  // namespace

PeerHealth::PeerHealth(const Options& options, int64_t now_ns)
    : options_(options), looked_ns_(now_ns), next_beat_ns_(INT64_MAX) {
  for (Peer& peer : peers_) peer.alive_ns = now_ns;
  if (options.interval_ns > 0 && options.members > 1) next_beat_ns_ = now_ns;
}

void PeerHealth::OnConnected(MemberIndex peer, int64_t now_ns) {
  peers_[peer.value].alive_ns = std::max(peers_[peer.value].alive_ns, now_ns);
  suspected_.Remove(peer);
}

void PeerHealth::OnPulse(MemberIndex from, const pb::Pulse& pulse, int64_t arrival_ns) {
  Peer& peer = peers_[from.value];
  peer.heard = pulse.sent_ns();
  peer.heard_ns = arrival_ns;
  // Compared before it is signed: a stamp of this replica fits.
  if (pulse.echo_ns() > static_cast<uint64_t>(peer.sent_ns)) return;
  const auto echo_ns = static_cast<int64_t>(pulse.echo_ns());
  if (echo_ns <= peer.echoed_ns) return;
  peer.echoed_ns = echo_ns;
  peer.alive_ns = std::max(peer.alive_ns, arrival_ns);
  suspected_.Remove(from);

  const int64_t since_ns = arrival_ns - echo_ns;
  if (since_ns <= 0 || pulse.held_ns() >= static_cast<uint64_t>(since_ns)) return;
  const int64_t took_ns = since_ns - static_cast<int64_t>(pulse.held_ns());
  if (peer.round_trip_ns == 0) peer.round_trip_ns = took_ns;
  peer.round_trip_ns += (took_ns - peer.round_trip_ns) / kAverageShare;
}

void PeerHealth::OnTime(int64_t now_ns) {
  if (next_beat_ns_ == INT64_MAX) return;
  const int64_t away_ns = std::max<int64_t>(now_ns - looked_ns_ - options_.interval_ns, 0);
  looked_ns_ = now_ns;
  for (const MemberIndex m : Others() - suspected_) {
    Peer& peer = peers_[m.value];
    peer.alive_ns = std::min(peer.alive_ns + away_ns, now_ns);
    if (now_ns - peer.alive_ns < options_.suspect_ns) continue;
    suspected_.Add(m);
    ++peer.suspicions;
  }
}

bool PeerHealth::TakeBeat(int64_t now_ns) {
  if (now_ns < next_beat_ns_) return false;
  next_beat_ns_ = now_ns + options_.interval_ns;
  return true;
}

pb::Pulse PeerHealth::MakePulse(MemberIndex to, int64_t now_ns) {
  Peer& peer = peers_[to.value];
  peer.sent_ns = now_ns;
  pb::Pulse pulse;
  pulse.set_sent_ns(static_cast<uint64_t>(now_ns));
  pulse.set_echo_ns(peer.heard);
  if (peer.heard != 0) pulse.set_held_ns(static_cast<uint64_t>(now_ns - peer.heard_ns));
  return pulse;
}

PeerView PeerHealth::View(MemberIndex m, int64_t now_ns) const {
  const Peer& peer = peers_[m.value];
  return {.suspected = suspected_.Has(m),
          .suspicions = peer.suspicions,
          .round_trip_ns = peer.round_trip_ns,
          .silent_ns = now_ns - peer.alive_ns};
}

}  // namespace althing
