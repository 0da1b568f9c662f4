#include "replica/net/dispatch_service.h"

#include <algorithm>

#include "replica/runtime/log_line.h"

namespace althing {
namespace {

// A peer says Hello at once; what does not is no peer.
constexpr int64_t kHelloNs = 5'000'000'000;

}  // namespace

void DispatchService::Start(grpc::CompletionQueue& queue,
                            grpc::ServerCompletionQueue& notification) {
  parts_ = std::make_unique<IncomingStream::Parts>(
      IncomingStream::Parts{service_, registry_, channel_, clock_, metrics_, queue, notification});
  Offer();
}

void DispatchService::Stop() {
  for (const auto& stream : streams_) stream->Stop();
}

void DispatchService::OnTime(int64_t now_ns) {
  for (const auto& stream : streams_) {
    if (stream->IsSilentSince(now_ns - kHelloNs)) stream->Cancel();
  }
}

void DispatchService::Offer() {
  streams_.push_back(std::make_unique<IncomingStream>(
      *parts_, IncomingStream::Events{[this](IncomingStream*) { Offer(); },
                                      [this](IncomingStream* stream) { OnGreeted(stream); },
                                      [this](const std::string& from, const std::string& why) {
                                        OnRefused(from, why);
                                      },
                                      [this](IncomingStream* stream) { OnOver(stream); }}));
}

void DispatchService::OnGreeted(IncomingStream* stream) {
  const MemberIndex peer = *stream->peer();
  for (const auto& other : streams_) {
    if (other.get() == stream || other->peer() != peer) continue;
    other->Cancel();
    // What the older stream carried last may be lost: the protocol must hear of it.
    registry_.SetIncoming(peer, false);
  }
  registry_.SetIncoming(peer, true);
}

void DispatchService::OnRefused(const std::string& from, const std::string& why) {
  // Who is refused may come again at once, for ever.
  if (const std::optional<uint64_t> left_out = refused_limit_.Admit(clock_.NowNs())) {
    LogWarn("stream_ended", {{"from", from}, {"why", why}, {"left_out", *left_out}});
  }
}

void DispatchService::OnOver(IncomingStream* stream) {
  const std::optional<MemberIndex> peer = stream->peer();
  std::erase_if(streams_, [&](const auto& one) { return one.get() == stream; });
  if (!peer.has_value()) return;
  const bool replaced =
      std::ranges::any_of(streams_, [&](const auto& one) { return one->peer() == peer; });
  if (!replaced) registry_.SetIncoming(*peer, false);
}

}  // namespace althing
