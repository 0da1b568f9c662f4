#include "replica/net/replica_server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/server_builder.h"
#include "replica/core/check.h"
#include "replica/net/transport_settings.h"

namespace althing {
namespace {

constexpr int64_t kExpireNs = 100'000'000;
constexpr std::chrono::milliseconds kLastAnswers(200);
constexpr int64_t kShutdownPollNs = 1'000'000;

PeerRegistry::Options RegistryOptions(const ReplicaServer::Options& options) {
  const v1::Config& config = options.config;
  PeerRegistry::Options registry;
  registry.self = options.self;
  registry.slow_size = options.quorums.slow_size();
  for (const v1::ReplicaConfig& replica : config.replicas()) {
    registry.members.push_back(ReplicaId{replica.id()});
    registry.addresses.push_back(HostPort(replica.host(), replica.peer_port()));
  }
  registry.own.cluster_id = config.cluster_id();
  registry.own.replica = registry.members[options.self.value];
  registry.own.store_id = options.store_id;
  registry.own.incarnation = options.incarnation;
  registry.known = options.known_peers;
  if (options.remember_peer) registry.remember = options.remember_peer;
  registry.own.config_hash = ConfigHash(config, options.quorums);
  return registry;
}

ProposeService::Options ProposeOptions(const v1::Config& config) {
  ProposeService::Options propose;
  v1::DescribeReply& description = propose.description;
  description.set_cluster_id(config.cluster_id());
  description.set_partitions(config.partitions());
  description.set_hash_seed(config.hash_seed());
  description.set_session_ms(config.timing().session_ms());
  description.set_key_bytes_max(config.limits().key_bytes_max());
  description.set_value_bytes_max(config.limits().value_bytes_max());
  description.set_request_bytes_max(config.limits().request_bytes_max());
  description.set_request_commands_max(config.limits().request_commands_max());
  propose.bytes_max = config.queues().client_bytes_max();
  propose.request_ns = int64_t{config.timing().request_ms()} * 1'000'000;
  return propose;
}

AdminService::Facts AdminFacts(const ReplicaServer::Options& options) {
  AdminService::Facts facts;
  facts.cluster_id = options.config.cluster_id();
  facts.replica = ReplicaId{options.config.replicas(options.self.value).id()};
  facts.self = options.self;
  facts.members = options.quorums.n();
  facts.failures_tolerated = options.quorums.f();
  facts.partitions = options.config.partitions();
  facts.durability = options.durability;
  facts.debug_warnings = options.debug_warnings;
  facts.version = options.version;
  return facts;
}

absl::Status CannotListen(const char* whose, const v1::ReplicaConfig& replica, uint32_t port) {
  return absl::UnavailableError(
      absl::StrCat(whose, " port ", port, " on ", replica.host(),
                   " is in use or cannot be listened on: end what uses it, or give replica ",
                   replica.id(), " another host or port"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReplicaServer>> ReplicaServer::Start(const Options& options,
                                                                    const Parts& parts) {
  std::unique_ptr<ReplicaServer> server(new ReplicaServer(options, parts));
  absl::Status status = server->Listen();
  if (status.ok()) status = server->CallPeers();
  if (!status.ok()) {
    server->Stop();
    return status;
  }
  server->registry_.LogReadiness();
  return server;
}

ReplicaServer::ReplicaServer(const Options& options, const Parts& parts)
    : options_(options),
      parts_(parts),
      registry_(RegistryOptions(options), parts.channel, parts.clock),
      propose_(ProposeOptions(options.config), parts.channel, parts.clock, parts.metrics),
      admin_(AdminFacts(options),
             {parts.core, registry_, parts.channel, parts.clock, parts.metrics, parts.trace,
              parts.incoming},
             {[this] { return outgoing_scheduler_; },
              [this](const std::string& name) { return UseOutgoingScheduler(name); }},
             {[this] { return ready(); }, [this] { return draining_; }}),
      dispatch_(registry_, parts.channel, parts.clock, parts.metrics),
      reflection_({pb::KV::service_full_name(), pb::Admin::service_full_name(),
                   grpc::health::v1::Health::service_full_name(),
                   grpc::reflection::v1alpha::ServerReflection::service_full_name()}) {}

ReplicaServer::~ReplicaServer() { CHECK(stopped_); }

absl::Status ReplicaServer::Listen() {
  const v1::ReplicaConfig& own = options_.config.replicas(options_.self.value);
  int selected_port = 0;
  grpc::ServerBuilder client_builder;
  ListenOn(HostPort(own.host(), own.client_port()), ClientMessageBytesMax(options_.config),
           options_.config.limits().port_bytes_max(), &client_builder, &selected_port);
  client_builder.RegisterService(&propose_.service());
  client_builder.RegisterService(&admin_.service());
  client_builder.RegisterService(&health_.service());
  client_builder.RegisterService(&reflection_.service());
  queue_ = client_builder.AddCompletionQueue();
  client_server_ = client_builder.BuildAndStart();
  if (client_server_ == nullptr || selected_port == 0) {
    queue_.reset();
    return CannotListen("client", own, own.client_port());
  }

  grpc::ServerBuilder peer_builder;
  ListenOn(HostPort(own.host(), own.peer_port()), kAnySize,
           options_.config.limits().port_bytes_max(), &peer_builder, &selected_port);
  PingCallers(&peer_builder);
  peer_builder.RegisterService(&dispatch_.service());
  // gRPC announces calls on a queue of the server that got them; what follows may be elsewhere.
  new_peer_streams_ = peer_builder.AddCompletionQueue();
  selected_port = 0;
  peer_server_ = peer_builder.BuildAndStart();
  if (peer_server_ == nullptr || selected_port == 0) {
    // The client server has begun to use its queue, which must be drained.
    new_peer_streams_.reset();
    MakeSource({});
    return CannotListen("peer", own, own.peer_port());
  }
  MakeSource({new_peer_streams_.get()});
  propose_.Start(*queue_);
  admin_.Start(*queue_);
  health_.Start(*queue_);
  reflection_.Start(*queue_);
  dispatch_.Start(*queue_, *new_peer_streams_);
  return absl::OkStatus();
}

void ReplicaServer::MakeSource(std::vector<grpc::CompletionQueue*> rare) {
  source_ = std::make_unique<CompletionSource>(parts_.clock, *queue_, std::move(rare),
                                               [this](int64_t now_ns) { OnTime(now_ns); });
}

absl::Status ReplicaServer::CallPeers() {
  const v1::QueuesConfig& queues = options_.config.queues();
  peers_.resize(static_cast<size_t>(options_.quorums.n()));
  for (MemberIndex peer : options_.quorums.all() - MemberSet::Of(options_.self)) {
    auto outchannel = std::make_unique<Outchannel>(queues.peer_bytes_max(),
                                                   queues.frame_bytes_max(), parts_.metrics);
    peers_[peer.value] = std::make_unique<PeerStream>(peer, std::move(outchannel), registry_,
                                                      parts_.clock, parts_.metrics, *queue_);
  }
  return UseOutgoingScheduler(options_.config.schedulers().outgoing());
}

absl::Status ReplicaServer::UseOutgoingScheduler(const std::string& name) {
  // Also the only replica of a cluster, which sends nothing, refuses what does not exist.
  absl::Status status = Scheduler<OutMessage>().Use(name);
  if (!status.ok()) return status;
  for (const auto& peer : peers_) {
    if (peer != nullptr) CHECK(peer->scheduler().Use(name).ok());
  }
  outgoing_scheduler_ = name;
  return absl::OkStatus();
}

void ReplicaServer::Send(MemberIndex to, OutMessage message) {
  peers_[to.value]->Send(std::move(message));
}

void ReplicaServer::Beat(MemberIndex to, const pb::Pulse& pulse) { peers_[to.value]->Beat(pulse); }

void ReplicaServer::SetHealth(MemberIndex peer, const PeerView& view) {
  registry_.SetHealth(peer, view);
  parts_.metrics.SetPeer(registry_.id(peer), view.suspected, view.suspicions, view.round_trip_ns);
}

void ReplicaServer::Expire(RequestId request) { propose_.Expire(request); }

bool ReplicaServer::Answer(RequestId request, const absl::Status& status,
                           const pb::ProposeReply& reply) {
  return propose_.Answer(request, status, reply);
}

void ReplicaServer::EndTurn() {
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->Flush();
  }
  propose_.EndTurn();
}

void ReplicaServer::OnTime(int64_t now_ns) {
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->OnTime(now_ns);
  }
  health_.SetReady(ready());
  if (now_ns >= expire_at_ns_) {
    expire_at_ns_ = now_ns + kExpireNs;
    propose_.ExpireOverdue(now_ns);
    admin_.OnTime(now_ns);
    dispatch_.OnTime(now_ns);
  }
  if (on_time_) on_time_(now_ns);
}

std::string ReplicaServer::memory_lost() const {
  for (const auto& peer : peers_) {
    if (peer != nullptr && !peer->memory_lost().empty()) return peer->memory_lost();
  }
  return "";
}

bool ReplicaServer::ready() const {
  return registry_.IsReady() && !draining_ && parts_.core.quarantines().empty();
}

void ReplicaServer::Drain() {
  draining_ = true;
  health_.SetReady(ready());
}

void ReplicaServer::CloseStreams() {
  registry_.Leave();
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->Close();
  }
}

bool ReplicaServer::streams_closed() const {
  return std::ranges::all_of(peers_,
                             [](const auto& peer) { return peer == nullptr || peer->closed(); });
}

void ReplicaServer::Stop() {
  if (stopped_) return;
  stopped_ = true;
  on_time_ = nullptr;
  propose_.Stop("the replica stopped before the request was executed");
  admin_.Stop();
  health_.Stop();
  reflection_.Stop();
  dispatch_.Stop();
  for (const auto& peer : peers_) {
    if (peer != nullptr) peer->Stop();
  }
  if (client_server_ != nullptr) ShutDownClientServer();
  // Peers' streams never end by themselves, so there is nothing to wait for.
  if (peer_server_ != nullptr) peer_server_->Shutdown(std::chrono::system_clock::now());
  if (source_ != nullptr) source_->Drain();
}

void ReplicaServer::ShutDownClientServer() {
  // Shutdown returns when the last call is answered, which takes this thread's polling.
  std::future<void> down = std::async(std::launch::async, [this] {
    client_server_->Shutdown(std::chrono::system_clock::now() + kLastAnswers);
  });
  // Without a source it never took a call.
  while (source_ != nullptr &&
         down.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    source_->Poll(parts_.clock.NowNs() + kShutdownPollNs);
  }
}

}  // namespace althing
