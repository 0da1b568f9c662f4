#include "replica/net/peer_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/runtime/log_line.h"

namespace althing {

PeerRegistry::PeerRegistry(const Options& options, Channel& channel, Clock& clock)
    : options_(options), channel_(channel), clock_(clock), peers_(options.members.size()) {
  CHECK(options_.members.size() == options_.addresses.size());
  for (const auto& [id, store] : options_.known) {
    const auto found = std::ranges::find(options_.members, id);
    if (found != options_.members.end()) {
      peers_[static_cast<size_t>(found - options_.members.begin())].store = store;
    }
  }
}

std::optional<Refusal> PeerRegistry::Judge(const pb::Hello& hello) {
  std::optional<Refusal> refusal = CheckHello(hello, options_.own, options_.members);
  if (refusal.has_value()) return refusal;
  StoreOfPeer& known = peers_[MemberOf(hello).value].store;
  const bool same = known.id == hello.store_id() && known.incarnation <= hello.incarnation();
  if (!same && !known.id.empty()) return MemoryLost(hello, known);
  if (known.id.empty() || known.incarnation < hello.incarnation()) {
    known = {hello.store_id(), hello.incarnation()};
    options_.remember(ReplicaId{hello.replica()}, known);
  }
  return std::nullopt;
}

Refusal PeerRegistry::MemoryLost(const pb::Hello& hello, const StoreOfPeer& known) const {
  const auto store = [](absl::string_view id, uint64_t incarnation) {
    return absl::StrCat("store ", absl::BytesToHexString(id), " in its ", incarnation, ". run");
  };
  return {pb::HelloRefusal::REASON_MEMORY_LOST,
          absl::StrCat("replica ", hello.replica(), " has lost its memory: replica ",
                       options_.own.replica.value, " knows it with ",
                       store(known.id, known.incarnation), ", now it comes with ",
                       store(hello.store_id(), hello.incarnation()),
                       ". It has forgotten votes and may not come back like this: give it back the "
                       "data directory that it had; with durability none, restart all replicas")};
}

MemberIndex PeerRegistry::MemberOf(const pb::Hello& hello) const {
  const auto found = std::ranges::find(options_.members, ReplicaId{hello.replica()});
  CHECK(found != options_.members.end());
  return MemberIndex{static_cast<uint8_t>(found - options_.members.begin())};
}

void PeerRegistry::SetOutgoing(MemberIndex peer, bool up) {
  const bool was_reachable = IsReachable(peer);
  peers_[peer.value].outgoing = up;
  if (up) peers_[peer.value].trouble.clear();
  if (up) peers_[peer.value].health.suspected = false;
  OnChange(peer, was_reachable);
}

void PeerRegistry::SetIncoming(MemberIndex peer, bool up) {
  const bool was_reachable = IsReachable(peer);
  peers_[peer.value].incoming = up;
  if (up) peers_[peer.value].health.suspected = false;
  OnChange(peer, was_reachable);
}

void PeerRegistry::SetHealth(MemberIndex peer, const PeerView& view) {
  const bool was_reachable = IsReachable(peer);
  peers_[peer.value].health = view;
  OnChange(peer, was_reachable);
}

void PeerRegistry::SetTrouble(MemberIndex peer, std::string words) {
  peers_[peer.value].trouble = std::move(words);
}

void PeerRegistry::OnChange(MemberIndex peer, bool was_reachable) {
  const bool reachable = IsReachable(peer);
  if (reachable == was_reachable) return;
  // Never refused: PeerChange has no bound.
  CHECK(channel_.Push({PartitionId{}, clock_.NowNs(), PeerChange{peer, reachable}}).ok());
  if (leaving_) return;
  if (reachable) {
    LogInfo("reachable", {{"peer", id(peer).value}, {"address", address(peer)}});
  } else {
    const bool suspected = peers_[peer.value].outgoing && peers_[peer.value].incoming;
    LogWarn("unreachable", {{"peer", id(peer).value},
                            {"address", address(peer)},
                            {"why", suspected ? "silent" : "disconnected"}});
  }
  LogReadiness();
}

bool PeerRegistry::IsReachable(MemberIndex member) const {
  const Peer& peer = peers_[member.value];
  return member == options_.self || (peer.outgoing && peer.incoming && !peer.health.suspected);
}

int PeerRegistry::ReachableCount() const {
  int count = 0;
  for (size_t i = 0; i < peers_.size(); ++i) {
    if (IsReachable(MemberIndex{static_cast<uint8_t>(i)})) ++count;
  }
  return count;
}

std::string PeerRegistry::Detail(MemberIndex peer) const {
  if (IsReachable(peer)) return "";
  const Peer& state = peers_[peer.value];
  if (!state.outgoing) return state.trouble;
  if (!state.incoming) {
    return absl::StrCat("replica ", id(peer).value, " has not called this replica yet");
  }
  return absl::StrCat("replica ", id(peer).value, " is suspected: no sign of life for ",
                      state.health.silent_ns / 1'000'000,
                      " ms, though its connections are open; it stands still, or the network "
                      "swallows what is sent");
}

void PeerRegistry::LogReadiness() {
  const bool ready = IsReady();
  if (logged_ready_ == ready) return;
  // Until it is ready for the first time, that it is not is no news.
  if (!ready && !logged_ready_.has_value()) return;
  logged_ready_ = ready;
  const LogFields counts = {
      {"reached", ReachableCount()}, {"needed", options_.slow_size}, {"members", peers_.size()}};
  if (ready) {
    LogInfo("ready", counts);
  } else {
    LogWarn("not_ready", counts);
  }
}

}  // namespace althing
