#include "replica/net/transport_settings.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "pb/config_check.h"

namespace althing {
namespace {

constexpr int kKeepaliveMs = 2000;
constexpr int kKeepaliveTimeoutMs = 1000;
// Pings that come faster are taken for an attack and the connection is closed: well below what our
// own side sends.
constexpr int kPingIntervalMsMin = 500;

constexpr int kReconnectMs = 100;
constexpr int kReconnectMsMax = 300;
// How long one attempt may take at least: two round trips of 500 ms.
constexpr int kConnectTimeoutMs = 1000;

// Whoever connects says within this time that it speaks HTTP/2, or is cut off.
constexpr int kHandshakeMs = 5000;

int ToSize(uint64_t bytes) {
  return static_cast<int>(std::min<uint64_t>(bytes, std::numeric_limits<int>::max()));
}

}  // namespace

std::string HostPort(const std::string& host, uint32_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return is_ipv6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

int ClientMessageBytesMax(const v1::Config& config) {
  constexpr uint64_t kRoomForTheRest = 64 << 10;
  return ToSize(RequestBytesMax(config) + kRoomForTheRest);
}

void ListenOn(const std::string& address, int message_bytes_max, size_t port_bytes_max,
              grpc::ServerBuilder* builder, int* selected_port) {
  builder->AddListeningPort(address, grpc::InsecureServerCredentials(), selected_port);
  builder->SetMaxReceiveMessageSize(message_bytes_max);
  // A message is compared with its bound only when all of it is here, which may be 4 GiB.
  builder->SetResourceQuota(grpc::ResourceQuota(address).Resize(port_bytes_max));
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kPingIntervalMsMin);
}

void PingCallers(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

std::shared_ptr<grpc::Channel> MakePeerChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // One connection per replica and peer, even where several replicas live in one process.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // A stream is not replayed: the protocol resends what matters.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace althing
