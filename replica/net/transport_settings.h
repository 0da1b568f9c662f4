// How connections behave: addresses, message sizes, keepalive, reconnecting. Both ends of a peer
// connection must agree on keepalive, so all of it is here.
#ifndef ALTHING_REPLICA_NET_TRANSPORT_SETTINGS_H_
#define ALTHING_REPLICA_NET_TRANSPORT_SETTINGS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/server_builder.h"
#include "pb/config.pb.h"

namespace althing {

// "host:port", with brackets around an IPv6 address.
std::string HostPort(const std::string& host, uint32_t port);

// The largest message that a client may send.
int ClientMessageBytesMax(const v1::Config& config);
// For peers: a frame may be as large as the sender's settings allow, which are not this replica's.
inline constexpr int kAnySize = -1;

// Listens on the address, alone: a port in use is an error, not a share of its connections. Callers
// may ping twice a second. What they send and is not complete yet takes at most `port_bytes_max` of
// memory; beyond it their calls are ended.
// `selected_port` becomes 0 if it cannot be listened on; it must live until BuildAndStart.
void ListenOn(const std::string& address, int message_bytes_max, size_t port_bytes_max,
              grpc::ServerBuilder* builder, int* selected_port);

// Notices within 3 s that a caller is gone. For the peer port: clients may be slow or asleep.
void PingCallers(grpc::ServerBuilder* builder);

// A channel to a peer: notices a dead connection within 3 s and a returned peer within half a
// second.
std::shared_ptr<grpc::Channel> MakePeerChannel(const std::string& address);

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_TRANSPORT_SETTINGS_H_
