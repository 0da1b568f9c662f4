#include "replica/net/incoming_stream.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/net/grpc_status.h"
#include "replica/net/wire.h"
#include "replica/runtime/log_line.h"

namespace althing {

IncomingStream::IncomingStream(const Parts& parts, const Events& events)
    : parts_(parts), events_(events) {
  parts_.service.RequestDispatch(&context_, &call_, &parts_.queue, &parts_.notification,
                                 &accepted_);
}

void IncomingStream::Cancel() { context_.TryCancel(); }

void IncomingStream::OnAccepted(bool ok) {
  if (stopping_ || !ok) return;
  accepted_ns_ = parts_.clock.NowNs();
  events_.accepted(this);
  call_.Read(&bytes_, &read_);
}

void IncomingStream::OnRead(bool ok) {
  if (stopping_) return;
  if (!ok) {
    Finish(grpc::Status::OK);
    return;
  }
  std::optional<pb::Frame> frame = Decode<pb::Frame>(bytes_);
  if (!frame.has_value()) {
    Finish({grpc::StatusCode::INVALID_ARGUMENT,
            absl::StrCat("a message of ", bytes_.Length(), " bytes is no Frame")});
    return;
  }
  if (!peer_.has_value()) {
    OnHello(*frame);
    return;
  }
  const absl::Status status = PushAll(*frame);
  if (!status.ok()) {
    Finish(ToGrpc(status));
    return;
  }
  call_.Read(&bytes_, &read_);
}

void IncomingStream::OnHello(const pb::Frame& frame) {
  if (!frame.has_hello()) {
    Finish({grpc::StatusCode::INVALID_ARGUMENT, "the first Frame of a stream has no Hello"});
    return;
  }
  const std::optional<Refusal> refusal = parts_.registry.Judge(frame.hello());
  if (refusal.has_value()) {
    pb::HelloRefusal details;
    details.set_reason(refusal->reason);
    Finish({grpc::StatusCode::FAILED_PRECONDITION, refusal->text, details.SerializeAsString()});
    return;
  }
  peer_ = parts_.registry.MemberOf(frame.hello());
  LogDebug("stream_opened", {{"from", frame.hello().replica()}, {"address", context_.peer()}});
  events_.greeted(this);
  const pb::Hello answer = MakeHello(parts_.registry.own(), parts_.registry.id(*peer_));
  call_.Write(Encode(answer), &greeted_);
}

void IncomingStream::OnGreeted(bool ok) {
  if (stopping_) return;
  // Reading starts only now, so that no write is under way when the call is finished.
  if (ok) {
    call_.Read(&bytes_, &read_);
  } else {
    Finish(grpc::Status::OK);
  }
}

absl::Status IncomingStream::PushAll(pb::Frame& frame) {
  const int64_t now_ns = parts_.clock.NowNs();
  if (frame.has_pulse()) {
    // Never refused: PeerPulse has no bound.
    CHECK(parts_.channel.Push({PartitionId{}, now_ns, PeerPulse{*peer_, frame.pulse()}}).ok());
  }
  for (pb::Envelope& envelope : *frame.mutable_envelopes()) {
    const pb::Envelope::MessageCase type = envelope.message_case();
    const PartitionId partition{envelope.partition()};
    const absl::Status status =
        parts_.channel.Push({partition, now_ns, PeerMessage{*peer_, std::move(envelope)}});
    if (absl::IsResourceExhausted(status)) {
      parts_.metrics.OnDropped(DropReason::kChannelFull, type);
    } else if (!status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

void IncomingStream::Finish(const grpc::Status& status) {
  if (!status.ok()) events_.refused(context_.peer(), status.error_message());
  call_.Finish(status, &finished_);
}

void IncomingStream::OnFinished(bool /*ok*/) {
  if (stopping_) return;
  if (peer_.has_value()) {
    LogDebug("stream_closed", {{"from", parts_.registry.id(*peer_).value}});
  }
  events_.over(this);
}

}  // namespace althing
