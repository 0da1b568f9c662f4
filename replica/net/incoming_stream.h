// The stream on which one peer speaks to this replica.
#ifndef ALTHING_REPLICA_NET_INCOMING_STREAM_H_
#define ALTHING_REPLICA_NET_INCOMING_STREAM_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "pb/peer.grpc.pb.h"
#include "replica/net/peer_registry.h"
#include "replica/net/tag.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"

namespace althing {

// Messages come as bytes, so that a frame that cannot be read is told from the end of the stream.
using RawPeerService = pb::Peer::WithRawMethod_Dispatch<pb::Peer::Service>;

// One call of Dispatch, from before it is accepted to its end. One thread: the event loop's.
class IncomingStream {
 public:
  struct Parts {
    RawPeerService& service;
    PeerRegistry& registry;
    Channel& channel;
    Clock& clock;
    Metrics& metrics;
    grpc::CompletionQueue& queue;               // All but the announcement of the call.
    grpc::ServerCompletionQueue& notification;  // That.
  };
  struct Events {
    std::function<void(IncomingStream*)> accepted;  // A call came: offer a place to the next.
    std::function<void(IncomingStream*)> greeted;   // peer() is known: older streams of it may go.
    // It is being ended: the caller's address, and why, in words.
    std::function<void(const std::string& from, const std::string& why)> refused;
    std::function<void(IncomingStream*)> over;  // Nothing is under way: it may be destroyed.
  };

  // Offers itself for a call. `parts` and the owner of `events` must outlive it.
  IncomingStream(const Parts& parts, const Events& events);

  // No value: the Hello has not come yet.
  std::optional<MemberIndex> peer() const { return peer_; }
  // Accepted before this time, and no Hello yet.
  bool IsSilentSince(int64_t ns) const { return accepted_ns_ <= ns && !peer_.has_value(); }
  // Ends the call; `over` follows. REQUIRES: it has been accepted.
  void Cancel();
  // Nothing is started any more; the server's shutdown ends the call.
  void Stop() { stopping_ = true; }

 private:
  void OnAccepted(bool ok);
  void OnRead(bool ok);
  void OnGreeted(bool ok);
  void OnFinished(bool ok);
  void OnHello(const pb::Frame& frame);
  absl::Status PushAll(pb::Frame& frame);
  void Finish(const grpc::Status& status);

  const Parts parts_;
  const Events events_;
  bool stopping_ = false;
  std::optional<MemberIndex> peer_;
  int64_t accepted_ns_ = INT64_MAX;  // Not yet.
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> call_{&context_};
  grpc::ByteBuffer bytes_;

  MethodTag<IncomingStream> accepted_{this, &IncomingStream::OnAccepted};
  MethodTag<IncomingStream> read_{this, &IncomingStream::OnRead};
  MethodTag<IncomingStream> greeted_{this, &IncomingStream::OnGreeted};
  MethodTag<IncomingStream> finished_{this, &IncomingStream::OnFinished};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_INCOMING_STREAM_H_
