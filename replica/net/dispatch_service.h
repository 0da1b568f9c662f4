// Serves Peer.Dispatch: what peers say becomes PeerMessages in the big channel.
#ifndef ALTHING_REPLICA_NET_DISPATCH_SERVICE_H_
#define ALTHING_REPLICA_NET_DISPATCH_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "replica/net/incoming_stream.h"
#include "replica/net/peer_registry.h"
#include "replica/runtime/rate_limit.h"

namespace althing {

// Status codes of Dispatch: FAILED_PRECONDITION, with a HelloRefusal as details, if the Hello does
// not fit; INVALID_ARGUMENT for what cannot be read. A peer has one stream: a newer one replaces
// the older. One thread: the event loop's.
class DispatchService {
 public:
  DispatchService(PeerRegistry& registry, Channel& channel, Clock& clock, Metrics& metrics)
      : registry_(registry), channel_(channel), clock_(clock), metrics_(metrics) {}

  // For ServerBuilder::RegisterService.
  RawPeerService& service() { return service_; }
  // Accepts calls: announced on `notification`, all else on `queue`. REQUIRES: the server runs.
  void Start(grpc::CompletionQueue& queue, grpc::ServerCompletionQueue& notification);
  // Ends the calls that have said nothing for a few seconds. To be called now and then.
  void OnTime(int64_t now_ns);
  // Nothing is started any more. The server's shutdown ends the calls.
  void Stop();

 private:
  void Offer();
  void OnGreeted(IncomingStream* stream);
  void OnRefused(const std::string& from, const std::string& why);
  void OnOver(IncomingStream* stream);

  PeerRegistry& registry_;
  Channel& channel_;
  Clock& clock_;
  Metrics& metrics_;
  RateLimit refused_limit_{10'000'000'000};
  RawPeerService service_;
  std::unique_ptr<IncomingStream::Parts> parts_;
  // The last one waits for a call. Those that a newer one of their peer replaced stay until they
  // are over.
  std::vector<std::unique_ptr<IncomingStream>> streams_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_DISPATCH_SERVICE_H_
