// The stream on which this replica speaks to one peer.
#ifndef ALTHING_REPLICA_NET_PEER_STREAM_H_
#define ALTHING_REPLICA_NET_PEER_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "replica/net/outchannel.h"
#include "replica/net/peer_registry.h"
#include "replica/net/tag.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/ports.h"

namespace althing {

// Calls the peer's Dispatch, for as long as it lives: Hello, then one write at a time with all that
// waits, a pulse first. Up from the peer's Hello on; what is sent while it is not up is dropped and
// counted. A stream that ends is opened anew, soon, or each second if the Hello was refused. One
// thread: the event loop's.
class PeerStream {
 public:
  static constexpr int64_t kRestartNs = 100'000'000;
  static constexpr int64_t kRefusedRestartNs = 1'000'000'000;

  // All references must outlive it; so must it every tag in the queue.
  PeerStream(MemberIndex peer, std::unique_ptr<Outchannel> outchannel, PeerRegistry& registry,
             Clock& clock, Metrics& metrics, grpc::CompletionQueue& queue);

  void Send(OutMessage message);
  // As Transport::Beat.
  void Beat(const pb::Pulse& pulse);
  Scheduler<OutMessage>& scheduler() { return outchannel_->scheduler(); }
  // Starts a write, if something waits and none is under way; tells the metrics what still waits.
  void Flush();
  // Opens the stream, if it is time to.
  void OnTime(int64_t now_ns);
  // Ends the stream once all that waits has been written, so that the peer reads it; it is not
  // opened again.
  void Close();
  bool closed() const { return closing_ && state_ == State::kIdle; }
  // Cancels; nothing is started any more.
  void Stop();

  // The peer says that this replica has forgotten its votes; in the peer's words. Else empty.
  const std::string& memory_lost() const { return memory_lost_; }

 private:
  enum class State {
    kIdle,      // No call.
    kOpening,   // Waits for a connection.
    kGreeting,  // Waits for the peer's Hello.
    kUp,
    kEnding,  // Waits for the status.
  };

  // Starts a write, if it can.
  void Write();
  void Open();
  void OnOpened(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnEnded(bool ok);
  void OnAnswer();
  void End();
  void NoteRefusal(const std::string& words);

  const MemberIndex peer_;
  const std::unique_ptr<Outchannel> outchannel_;
  PeerRegistry& registry_;
  Clock& clock_;
  Metrics& metrics_;
  grpc::CompletionQueue& queue_;
  grpc::GenericStub stub_;

  State state_ = State::kIdle;
  std::string pulse_;  // Waits for the next frame, as a field of it; empty: none.
  bool closing_ = false;
  bool half_closed_ = false;  // The peer has been told that nothing more follows.
  bool stopping_ = false;
  bool writing_ = false;
  bool ended_ = false;   // The status is here; a write may still be under way.
  bool was_up_ = false;  // It was up before it ended.
  std::unique_ptr<grpc::ClientContext> context_;  // One per call.
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  std::string own_refusal_;  // Why this replica refused the peer's answer; empty if it did not.
  std::string memory_lost_;
  int64_t open_at_ns_ = 0;
  int64_t log_refusal_at_ns_ = 0;

  MethodTag<PeerStream> opened_{this, &PeerStream::OnOpened};
  MethodTag<PeerStream> read_{this, &PeerStream::OnRead};
  MethodTag<PeerStream> written_{this, &PeerStream::OnWritten};
  MethodTag<PeerStream> ended_tag_{this, &PeerStream::OnEnded};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_PEER_STREAM_H_
