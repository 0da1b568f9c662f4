#include "tests/net/net_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pb/config_file.h"
#include "replica/core/check.h"
#include "replica/net/build_options.h"
#include "replica/net/hello.h"
#include "replica/net/transport_settings.h"
#include "replica/runtime/frame_field.h"
#include "replica/storage/machine.h"

namespace althing {

std::vector<int> FreePorts(size_t count) {
  std::vector<int> sockets, ports;
  for (size_t i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    sockets.push_back(fd);
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) close(fd);
  return ports;
}

v1::Config MakeConfig(int members, const std::map<std::string, std::string>& settings) {
  const std::vector<int> ports = FreePorts(2 * static_cast<size_t>(members));
  std::string replicas;
  for (int i = 0; i < members; ++i) {
    const size_t at = 2 * static_cast<size_t>(i);
    absl::StrAppend(&replicas, i == 0 ? "" : ",", "{\"id\": ", i,
                    ", \"host\": \"127.0.0.1\", \"client_port\": ", ports[at],
                    ", \"peer_port\": ", ports[at + 1], "}");
  }
  const std::string path =
      absl::StrCat(testing::TempDir(), "/net_config.", getpid(), ".", ports[0], ".json");
  std::ofstream(path) << "{\"replicas\": [" << replicas << "]}";
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig(path, {}, settings);
  unlink(path.c_str());
  CHECK(loaded.ok());
  return loaded->config;
}

TestReplica::TestReplica(const v1::Config& config, int self, std::string store_id)
    : config_(config),
      self_(self),
      core_(config.partitions()),
      channel_(config.partitions(), config.queues().client_messages_max(),
               config.queues().peer_messages_max()),
      metrics_(config.replicas_size(), config.partitions(), "{}"),
      trace_(MemberIndex{static_cast<uint8_t>(self)}) {
  auto server =
      ReplicaServer::Start({.config = config,
                            .quorums = *MakeQuorums(config),
                            .self = MemberIndex{static_cast<uint8_t>(self)},
                            .store_id = store_id.empty() ? NewStoreId() : std::move(store_id),
                            .durability = "none",
                            .version = "1.2.3",
                            .debug_warnings = DebugWarnings(config)},
                           {core_, channel_, clock_, metrics_, trace_, incoming_});
  status_ = server.status();
  if (server.ok()) server_ = *std::move(server);
}

TestReplica::~TestReplica() {
  if (server_ != nullptr) server_->Stop();
}

std::string TestReplica::client_address() const {
  return HostPort("127.0.0.1", config_.replicas(self_).client_port());
}
std::string TestReplica::peer_address() const {
  return HostPort("127.0.0.1", config_.replicas(self_).peer_port());
}

void TestReplica::Turn() {
  constexpr int64_t kWaitNs = 1'000'000;
  server_->source().Poll(clock_.NowNs() + kWaitNs);
  channel_.TakeAll(taken_);
  for (MsgContainer& message : taken_) {
    if (auto* control = std::get_if<Control>(&message.body)) {
      control->run();
    } else if (const auto* expired = std::get_if<ProposalExpired>(&message.body)) {
      if (takes_back) server_->Answer(expired->request, absl::DeadlineExceededError("late"), {});
      server_->Expire(expired->request);
    } else {
      arrived.push_back(std::move(message));
    }
  }
  taken_.clear();
  server_->EndTurn();
}

std::vector<std::string> TestReplica::Envelopes() const {
  std::vector<std::string> envelopes;
  for (const MsgContainer& message : arrived) {
    if (const auto* peer = std::get_if<PeerMessage>(&message.body)) {
      envelopes.push_back(peer->envelope.ShortDebugString());
    }
  }
  return envelopes;
}

std::string TestReplica::Changes() const {
  std::string changes;
  for (const MsgContainer& message : arrived) {
    if (const auto* change = std::get_if<PeerChange>(&message.body)) {
      absl::StrAppend(&changes, changes.empty() ? "" : " ", change->member.value,
                      change->reachable ? "+" : "-");
    }
  }
  return changes;
}

void TestReplica::AnswerAll(const absl::Status& status, const pb::ProposeReply& reply) {
  for (const MsgContainer& message : std::exchange(arrived, {})) {
    const auto* proposal = std::get_if<ClientProposal>(&message.body);
    if (proposal == nullptr) continue;
    channel_.Handled(message);
    server_->Answer(proposal->request, status, reply);
  }
}

bool TestReplica::Reaches(int member) const {
  return server_->registry().IsReachable(MemberIndex{static_cast<uint8_t>(member)});
}

bool TurnUntil(const std::vector<TestReplica*>& replicas, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    for (TestReplica* replica : replicas) replica->Turn();
  }
  return true;
}

pb::Envelope MakeEnvelope(uint64_t number) {
  pb::Envelope envelope;
  envelope.mutable_heartbeat()->set_highest_own(number);
  return envelope;
}

OutMessage MakeMessage(const pb::Envelope& envelope) {
  return {PartitionId{envelope.partition()}, envelope.message_case(),
          std::make_shared<const std::string>(EncodeFrameField(envelope)), 0};
}

}  // namespace althing
