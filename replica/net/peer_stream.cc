#include "replica/net/peer_stream.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "replica/net/transport_settings.h"
#include "replica/net/wire.h"
#include "replica/runtime/frame_field.h"
#include "replica/runtime/log_line.h"

namespace althing {
namespace {

constexpr char kDispatch[] = "/althing.v1.Peer/Dispatch";
constexpr int64_t kRefusalLogNs = 10'000'000'000;

}  // namespace

PeerStream::PeerStream(MemberIndex peer, std::unique_ptr<Outchannel> outchannel,
                       PeerRegistry& registry, Clock& clock, Metrics& metrics,
                       grpc::CompletionQueue& queue)
    : peer_(peer),
      outchannel_(std::move(outchannel)),
      registry_(registry),
      clock_(clock),
      metrics_(metrics),
      queue_(queue),
      stub_(MakePeerChannel(registry.address(peer))) {
  registry_.SetTrouble(peer_, absl::StrCat("connecting to ", registry_.address(peer_)));
  metrics_.SetOutchannelBytes(registry_.id(peer_), 0);
}

void PeerStream::Send(OutMessage message) {
  if (state_ != State::kUp || half_closed_) {
    metrics_.OnDropped(DropReason::kUnreachable, message.type);
    return;
  }
  outchannel_->Push(std::move(message));
}

void PeerStream::Beat(const pb::Pulse& pulse) {
  if (state_ == State::kUp && !closing_) pulse_ = EncodeFrameField(pulse);
}

void PeerStream::Flush() {
  Write();
  metrics_.SetOutchannelBytes(registry_.id(peer_), outchannel_->bytes());
}

void PeerStream::Write() {
  if (state_ != State::kUp || writing_ || stopping_) return;
  if (!outchannel_->Empty() || !pulse_.empty()) {
    writing_ = true;
    call_->Write(outchannel_->TakeFrame(clock_.NowNs(), std::exchange(pulse_, {})), &written_);
  } else if (closing_ && !half_closed_) {
    writing_ = half_closed_ = true;
    call_->WritesDone(&written_);
  }
}

void PeerStream::OnTime(int64_t now_ns) {
  const bool wanted = !closing_ && !stopping_;
  if (state_ == State::kIdle && wanted && now_ns >= open_at_ns_) Open();
}

void PeerStream::Close() {
  closing_ = true;
  if (state_ == State::kOpening || state_ == State::kGreeting) {
    context_->TryCancel();
  } else {
    Flush();
  }
}

void PeerStream::Stop() {
  stopping_ = true;
  if (context_ != nullptr) context_->TryCancel();
}

void PeerStream::Open() {
  state_ = State::kOpening;
  ended_ = half_closed_ = false;
  own_refusal_.clear();
  context_ = std::make_unique<grpc::ClientContext>();
  context_->set_wait_for_ready(true);
  call_ = stub_.PrepareCall(context_.get(), kDispatch, &queue_);
  call_->StartCall(&opened_);
}

void PeerStream::OnOpened(bool ok) {
  if (stopping_) return;
  if (!ok) {
    state_ = State::kEnding;
    call_->Finish(&status_, &ended_tag_);
    return;
  }
  state_ = State::kGreeting;
  pb::Frame frame;
  *frame.mutable_hello() = MakeHello(registry_.own(), registry_.id(peer_));
  writing_ = true;
  call_->Write(Encode(frame), &written_);
  call_->Read(&answer_, &read_);
}

void PeerStream::OnRead(bool ok) {
  if (stopping_) return;
  if (!ok) {
    if (state_ == State::kUp) {
      outchannel_->Clear(DropReason::kUnreachable);
      pulse_.clear();
      registry_.SetOutgoing(peer_, false);
      was_up_ = true;
    }
    state_ = State::kEnding;
    call_->Finish(&status_, &ended_tag_);
    return;
  }
  if (state_ == State::kGreeting) OnAnswer();
  // After its Hello a peer says nothing more on this stream: the next read waits for the end.
  call_->Read(&answer_, &read_);
}

void PeerStream::OnAnswer() {
  const std::optional<pb::Hello> hello = Decode<pb::Hello>(answer_);
  std::optional<Refusal> refusal;
  if (!hello.has_value() || ReplicaId{hello->replica()} != registry_.id(peer_)) {
    refusal = Refusal{
        pb::HelloRefusal::REASON_REPLICA,
        absl::StrCat("what answers at ", registry_.address(peer_), " is replica ",
                     hello.has_value() ? absl::StrCat(hello->replica()) : "?", ", not replica ",
                     registry_.id(peer_).value, ": correct the hosts and peer ports")};
  } else {
    refusal = registry_.Judge(*hello);
  }
  if (refusal.has_value()) {
    own_refusal_ = refusal->text;
    context_->TryCancel();
    return;
  }
  state_ = State::kUp;
  registry_.SetOutgoing(peer_, true);
  LogDebug("stream_opened", {{"to", registry_.id(peer_).value},
                             {"address", registry_.address(peer_)},
                             {"store", absl::BytesToHexString(hello->store_id())}});
  if (closing_) Close();
}

void PeerStream::OnWritten(bool ok) {
  writing_ = false;
  if (stopping_) return;
  if (ok) Flush();
  if (ended_) End();
}

void PeerStream::OnEnded(bool /*ok*/) {
  ended_ = true;
  if (!stopping_ && !writing_) End();
}

void PeerStream::End() {
  state_ = State::kIdle;
  if (std::exchange(was_up_, false)) {
    LogDebug(
        "stream_closed",
        {{"to", registry_.id(peer_).value},
         {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(status_.error_code()))},
         {"why", status_.error_message()}});
  }
  call_.reset();
  context_.reset();
  const bool refused_by_peer = status_.error_code() == grpc::StatusCode::FAILED_PRECONDITION;
  pb::HelloRefusal details;
  if (refused_by_peer && details.ParseFromString(status_.error_details()) &&
      details.reason() == pb::HelloRefusal::REASON_MEMORY_LOST) {
    memory_lost_ = status_.error_message();
  }
  if (!own_refusal_.empty()) {
    NoteRefusal(own_refusal_);
  } else if (refused_by_peer) {
    NoteRefusal(status_.error_message());
  } else if (status_.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    NoteRefusal(absl::StrCat("what listens on ", registry_.address(peer_),
                             " serves no replicas, as a client port does: correct host and "
                             "peer_port of replica ",
                             registry_.id(peer_).value));
  } else {
    registry_.SetTrouble(
        peer_, absl::StrCat(
                   "connecting again to ", registry_.address(peer_), " after: ",
                   status_.error_message().empty() ? "the stream ended" : status_.error_message()));
    open_at_ns_ = clock_.NowNs() + kRestartNs;
  }
}

void PeerStream::NoteRefusal(const std::string& words) {
  const int64_t now_ns = clock_.NowNs();
  open_at_ns_ = now_ns + kRefusedRestartNs;
  registry_.SetTrouble(peer_, words);
  if (now_ns < log_refusal_at_ns_) return;
  log_refusal_at_ns_ = now_ns + kRefusalLogNs;
  LogWarn("refused", {{"peer", registry_.id(peer_).value}, {"why", words}});
}

}  // namespace althing
