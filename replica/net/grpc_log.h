// What gRPC itself wants to say in the replica's log.
#ifndef ALTHING_REPLICA_NET_GRPC_LOG_H_
#define ALTHING_REPLICA_NET_GRPC_LOG_H_

namespace althing {

// Process-wide, as gRPC's log is. Before the first channel or server.
void SilenceGrpcLog();

// From now on gRPC's errors are warnings of ours.
void ForwardGrpcErrors();

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_GRPC_LOG_H_
