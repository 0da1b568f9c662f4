// Our status on gRPC's wire: the codes have the same numbers.
#ifndef ALTHING_REPLICA_NET_GRPC_STATUS_H_
#define ALTHING_REPLICA_NET_GRPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace althing {

inline grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_GRPC_STATUS_H_
