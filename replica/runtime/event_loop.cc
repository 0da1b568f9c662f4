#include "replica/runtime/event_loop.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"

namespace althing {

namespace {

// Reading the clock costs about as much as handling a small message.
constexpr uint64_t kMessagesPerClockReading = 16;
constexpr int64_t kPollNsMax = 1'000'000'000;

}  // namespace

EventLoop::EventLoop(const EventLoopOptions& options, Parts parts)
    : options_(options),
      parts_(parts),
      router_({.partitions = parts.core.partitions(),
               .commit_delay_ns = options.commit_delay_ns,
               .drop_percent = options.drop_percent,
               .drop_seed = options.drop_seed,
               .watch = {.self = options.self, .slow_ns = options.slow_ns}},
              parts.log, parts.transport, parts.metrics, parts.trace),
      handler_({.self = options.self,
                .members = options.members,
                .slow_size = options.slow_size,
                .heartbeat_ns = options.heartbeat_ns,
                .suspect_ns = options.suspect_ns,
                .refusal = options.refusal},
               parts.core, router_, parts.transport, parts.metrics, parts.trace,
               parts.clock.NowNs()),
      checkpointer_(options.checkpoints, parts.core, handler_, parts.log, parts.metrics,
                    parts.clock.NowNs()),
      start_ns_(parts.clock.NowNs()) {
  CHECK(options.tick_ns > 0 && options.turn_messages_max > 0);
  ReadClock();
}

void EventLoop::BeginRun() {
  ReadClock();
  handler_.BeginRun();
  router_.FlushNow();
  SettleLog();
}

void EventLoop::EndRun() {
  ReadClock();
  handler_.EndRun();
  router_.FlushNow();
}

void EventLoop::Run() {
  while (!stopped_) Turn();
}

absl::StatusOr<pb::ExplainReply> EventLoop::Explain(const pb::ExplainRequest& request) const {
  pb::ExplainReply reply;
  const absl::Status status = parts_.core.Explain(now_.ticks, request, reply);
  if (!status.ok()) return status;
  reply.set_tick_ns(static_cast<uint64_t>(options_.tick_ns));
  return reply;
}

void EventLoop::Turn() {
  parts_.source.Poll(next_turn_ns());
  ReadClock();
  Schedule();
  const uint64_t handled = HandleSome();
  // Behind them, so that nobody is suspected whose sign of life has come.
  if (handler_.CheckPeers()) Schedule();
  router_.SendDelayed(now_.ns);
  handler_.TickDue(options_.turn_messages_max);
  handler_.EndTurn();
  checkpointer_.OnTurn(now_.ns);
  SettleLog();
  parts_.transport.EndTurn();
  if (handled > 0) parts_.metrics.OnTurn(handled, waiting());
}

void EventLoop::Schedule() {
  parts_.channel.TakeAll(arrived_);
  for (MsgContainer& message : arrived_) {
    const bool own = std::holds_alternative<PeerPulse>(message.body) ||
                     std::holds_alternative<PeerChange>(message.body) ||
                     std::holds_alternative<Control>(message.body);
    if (own) {
      own_.push_back(std::move(message));
    } else {
      parts_.scheduler.Push(std::move(message));
    }
  }
  arrived_.clear();
}

uint64_t EventLoop::HandleSome() {
  const int64_t turn_end_ns = now_.ns + options_.turn_ns_max;
  uint64_t handled = 0;
  while (handled < options_.turn_messages_max && waiting() > 0) {
    if (handled % kMessagesPerClockReading == 0 && handled > 0) {
      ReadClock();
      if (now_.ns >= turn_end_ns) break;
    }
    MsgContainer message = TakeNext();
    handler_.Handle(message);
    parts_.channel.Handled(message);
    ++handled;
  }
  return handled;
}

MsgContainer EventLoop::TakeNext() {
  if (own_.empty()) return parts_.scheduler.Pop();
  MsgContainer message = std::move(own_.front());
  own_.pop_front();
  return message;
}

void EventLoop::SettleLog() {
  router_.Flush(now_.ns);
  // What the flush allows may append more records. Those wait for the next turn's flush, so that
  // one turn pays for one flush at most.
  while (router_.TakeDurable(now_.ns, durable_)) {
    for (const OutputRouter::Durable& durable : durable_) handler_.OnDurable(durable);
    handler_.EndTurn();
    checkpointer_.OnDurable();
  }
}

void EventLoop::ReadClock() {
  now_.ns = parts_.clock.NowNs();
  now_.ticks = LogicalTime{static_cast<uint64_t>((now_.ns - start_ns_) / options_.tick_ns)};
  handler_.SetNow(now_);
}

int64_t EventLoop::next_turn_ns() {
  if (waiting() > 0 || router_.needs_flush() || checkpointer_.wants_turn()) return now_.ns;
  const int64_t latest_ns = std::min({now_.ns + kPollNsMax, router_.next_delayed_ns(),
                                      router_.next_flush_ns(), handler_.next_beat_ns()});
  const LogicalTime tick = handler_.next_tick();
  if (tick <= now_.ticks) return now_.ns;
  // Compared in ticks first: far ones do not fit into nanoseconds.
  const uint64_t latest_tick = static_cast<uint64_t>((latest_ns - start_ns_) / options_.tick_ns);
  if (tick.value > latest_tick) return latest_ns;
  return start_ns_ + static_cast<int64_t>(tick.value) * options_.tick_ns;
}

}  // namespace althing
