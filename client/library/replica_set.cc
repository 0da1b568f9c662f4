#include "client/library/replica_set.h"

#include <grpcpp/channel.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/library/channel.h"

namespace althing {
namespace {

// A watch ends by itself after so long and is begun anew; Shutdown ends it at once.
constexpr auto kWatch = std::chrono::seconds(10);

}  // namespace

struct ReplicaSet::Replica : Completion {
  Replica(ReplicaSet& set, Endpoint endpoint)
      : set(set),
        endpoint(std::move(endpoint)),
        channel(MakeChannel(this->endpoint.address)),
        kv(std::make_unique<v1::KV::Stub>(channel)) {}

  void Done(bool) override {
    watching = false;
    if (set.stopping_ || !set.Look(*this)) return;
    set.on_change_();
  }

  // A first connection, or one in place of one that broke.
  bool InTheMaking() const { return wanted && !failing && state != GRPC_CHANNEL_READY; }
  bool ServesAsFarAsKnown(int64_t now_ns) const {
    return failures == 0 || (now_ns >= penalty_until_ns && !on_trial);
  }

  ReplicaSet& set;
  const Endpoint endpoint;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::KV::Stub> kv;

  // The connection.
  bool wanted = false;
  bool watching = false;
  bool failing = false;  // The last attempt to connect failed.
  grpc_connectivity_state state = GRPC_CHANNEL_IDLE;
  int64_t since_ns = 0;  // When it was wanted, or was lost.

  // The service.
  int failures = 0;  // In a row.
  int64_t penalty_until_ns = 0;
  bool on_trial = false;
};

ReplicaSet::ReplicaSet(Loop& loop, std::vector<Endpoint> endpoints, ClientOptions::Choice choice,
                       std::function<void()> on_change)
    : loop_(loop), choice_(choice), on_change_(std::move(on_change)) {
  for (Endpoint& endpoint : endpoints) {
    replicas_.push_back(std::make_unique<Replica>(*this, std::move(endpoint)));
  }
}

ReplicaSet::~ReplicaSet() = default;

v1::KV::Stub& ReplicaSet::stub(size_t replica) { return *replicas_[replica]->kv; }

std::string ReplicaSet::Name(size_t replica) const {
  const Endpoint& endpoint = replicas_[replica]->endpoint;
  return absl::StrCat("replica ", endpoint.replica, " (", endpoint.address, ")");
}

size_t ReplicaSet::First() {
  return choice_ == ClientOptions::Choice::kRoundRobin ? next_++ % replicas_.size() : 0;
}

void ReplicaSet::Want(Replica& replica) {
  if (replica.wanted) return;
  replica.wanted = true;
  replica.since_ns = NowNs();
  Look(replica);
}

bool ReplicaSet::Look(Replica& replica) {
  const grpc_connectivity_state before = replica.state;
  replica.state = replica.channel->GetState(/*try_to_connect=*/true);
  const bool was_ready = before == GRPC_CHANNEL_READY;
  const bool is_ready = replica.state == GRPC_CHANNEL_READY;
  if (replica.state == GRPC_CHANNEL_TRANSIENT_FAILURE) replica.failing = true;
  if (is_ready) replica.failing = false;
  if (is_ready && !was_ready) replica.failures = 0;  // It may have been started anew.
  if (was_ready && !is_ready) replica.since_ns = NowNs();
  if (!replica.watching) {
    replica.watching = true;
    replica.channel->NotifyOnStateChange(replica.state, std::chrono::system_clock::now() + kWatch,
                                         &loop_.queue(), static_cast<Completion*>(&replica));
  }
  return replica.state != before;
}

ReplicaSet::Chosen ReplicaSet::Choose(const std::vector<bool>& tried) {
  const int64_t now_ns = NowNs();
  const size_t first = First();
  const bool want_all = choice_ == ClientOptions::Choice::kRoundRobin;
  Chosen second_choice = {Chosen::What::kNone};
  bool in_the_making = false;
  bool any_moment = false;
  for (size_t i = 0; i < replicas_.size(); ++i) {
    const size_t at = (first + i) % replicas_.size();
    Replica& replica = *replicas_[at];
    if (want_all || (!tried[at] && !any_moment)) Want(replica);
    if (tried[at]) continue;
    if (replica.state == GRPC_CHANNEL_READY) {
      if (replica.ServesAsFarAsKnown(now_ns)) return {Chosen::What::kReplica, at};
      if (second_choice.what == Chosen::What::kNone) second_choice = {Chosen::What::kReplica, at};
      continue;
    }
    // Of a list in order of preference the next one is connected to only if this one fails or takes
    // long to come.
    if (!replica.InTheMaking()) continue;
    in_the_making = true;
    any_moment = any_moment || now_ns - replica.since_ns < kConnectNs;
  }
  const bool second = second_choice.what == Chosen::What::kReplica;
  if (any_moment || (in_the_making && !second)) return {Chosen::What::kWait};
  return second_choice;
}

void ReplicaSet::OnSent(size_t replica) {
  if (replicas_[replica]->failures > 0) replicas_[replica]->on_trial = true;
}

void ReplicaSet::OnServed(size_t replica) {
  replicas_[replica]->failures = 0;
  replicas_[replica]->on_trial = false;
}

void ReplicaSet::OnAbandoned(size_t replica) { replicas_[replica]->on_trial = false; }

void ReplicaSet::OnFailed(size_t replica) {
  Replica& failed = *replicas_[replica];
  failed.on_trial = false;
  if (NowNs() < failed.penalty_until_ns) return;  // Of calls that were sent before.
  const int64_t penalty_ns =
      std::min(kPenaltyMaxNs, kPenaltyFirstNs << std::min(failed.failures, 20));
  ++failed.failures;
  failed.penalty_until_ns = NowNs() + penalty_ns;
}

void ReplicaSet::Shutdown() {
  stopping_ = true;
  for (const auto& replica : replicas_) {
    replica->kv.reset();
    replica->channel.reset();
  }
}

}  // namespace althing
