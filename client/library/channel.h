// gRPC as this client uses it.
#ifndef ALTHING_CLIENT_LIBRARY_CHANNEL_H_
#define ALTHING_CLIENT_LIBRARY_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace althing {

// A channel that reconnects within 300 ms of a replica's return, never uses a proxy, never sends a
// call twice and has no limit on the size of messages (the replica has).
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address);

absl::Status ToAbslStatus(const grpc::Status& status);

// Whether a replica said that it has not proposed the command of this ended call and never will.
bool IsRefused(const grpc::ClientContext& context, const grpc::Status& status);

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_CHANNEL_H_
