#include "replica/runtime/output_router.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "replica/core/check.h"
#include "replica/runtime/frame_field.h"
#include "replica/runtime/log_line.h"

namespace althing {

namespace {

constexpr int64_t kLogPauseNs = 10'000'000'000;
// Nothing waits for the record of an outcome: the votes that made it are durable. So it goes with
// the next flush; if none comes, after this time, so that a replica that starts again need not ask
// for it.
constexpr int64_t kLazyFlushNs = 50'000'000;

// Calls `let_out` for each item that is ready, in order, and keeps the others, in order.
template <typename Held, typename Ready, typename LetOut>
void ReleaseReady(std::vector<Held>& held, Ready ready, LetOut let_out) {
  size_t kept = 0;
  for (size_t i = 0; i < held.size(); ++i) {
    if (ready(held[i])) {
      let_out(std::move(held[i]));
    } else {
      if (kept != i) held[kept] = std::move(held[i]);
      ++kept;
    }
  }
  held.erase(held.begin() + static_cast<std::ptrdiff_t>(kept), held.end());
}

}  // namespace

OutputRouter::OutputRouter(const Options& options, Log& log, Transport& transport, Metrics& metrics,
                           Trace& trace)
    : log_(log),
      transport_(transport),
      metrics_(metrics),
      trace_(trace),
      watch_(options.watch, trace),
      commit_delay_ns_(options.commit_delay_ns),
      drop_lottery_(options.drop_percent, options.drop_seed),
      rejected_limit_(kLogPauseNs),
      divergence_limit_(kLogPauseNs),
      flushes_limit_(kLogPauseNs),
      log_end_(log.durable()),
      urgent_end_(log.durable()),
      flush_end_(log.durable()),
      positions_(options.partitions) {}

void OutputRouter::Route(PartitionId partition, int64_t now_ns, Output& output) {
  watch_.OnOutput(partition, positions_[partition.value].appended, now_ns, output);
  for (const pb::Record& record : output.records) {
    log_end_ = log_.Append(record);
    ++positions_[partition.value].appended;
    not_durable_.push_back({log_end_, partition});
    if (!record.has_committed()) urgent_end_ = log_end_;
  }
  if (log_end_ > flush_end_ && lazy_flush_ns_ == INT64_MAX) lazy_flush_ns_ = now_ns + kLazyFlushNs;
  for (Send& send : output.sends) {
    CHECK(send.after.value <= positions_[partition.value].appended);
    HeldSend held{partition, std::move(send)};
    if (IsDurable(partition, held.send.after)) {
      LetOut(std::move(held), now_ns);
    } else {
      held_sends_.push_back(std::move(held));
      urgent_end_ = log_end_;
    }
  }
  for (Reply& reply : output.replies) {
    CHECK(reply.after.value <= positions_[partition.value].appended);
    if (IsDurable(partition, reply.after)) {
      LetOut(partition, reply, now_ns);
    } else {
      held_replies_.push_back({partition, std::move(reply)});
      urgent_end_ = log_end_;
    }
  }
  watch_.EndAnswers();
  for (const Event& event : output.events) Observe(partition, now_ns, event);
  output.records.clear();
  output.sends.clear();
  output.replies.clear();
  output.events.clear();
}

int64_t OutputRouter::next_flush_ns() const {
  return log_end_ > flush_end_ ? lazy_flush_ns_ : INT64_MAX;
}

void OutputRouter::Flush(int64_t now_ns) {
  if (needs_flush() || next_flush_ns() <= now_ns) StartFlush();
}

void OutputRouter::FlushNow() {
  if (log_end_ > flush_end_) StartFlush();
  log_.FlushNow();
}

void OutputRouter::StartFlush() {
  const uint64_t records = log_end_ - flush_end_;
  ++flushes_.count;
  flushes_.records += records;
  flushes_.records_max = std::max(flushes_.records_max, records);
  flush_end_ = log_end_;
  lazy_flush_ns_ = INT64_MAX;
  log_.Flush();
}

bool OutputRouter::TakeDurable(int64_t now_ns, std::vector<Durable>& durable) {
  durable.clear();
  const uint64_t log_durable = log_.durable();
  size_t done = 0;
  for (; done < not_durable_.size() && not_durable_[done].place <= log_durable; ++done) {
    const PartitionId partition = not_durable_[done].partition;
    Positions& positions = positions_[partition.value];
    ++positions.durable;
    if (!positions.moved) durable.push_back({partition, {}});
    positions.moved = true;
  }
  if (done == 0) return false;
  if (LogsAt(LogLevel::kDebug)) LogFlushes(now_ns);
  not_durable_.erase(not_durable_.begin(),
                     not_durable_.begin() + static_cast<std::ptrdiff_t>(done));

  std::sort(durable.begin(), durable.end(),
            [](const Durable& a, const Durable& b) { return a.partition < b.partition; });
  for (Durable& d : durable) {
    Positions& positions = positions_[d.partition.value];
    positions.moved = false;
    d.position = LogPosition{positions.durable};
    if (trace_.on()) [[unlikely]] {
      watch_.TraceDurable(d.partition, d.position, now_ns);
    }
  }
  ReleaseReady(
      held_sends_, [this](const HeldSend& h) { return IsDurable(h.partition, h.send.after); },
      [this, now_ns](HeldSend&& h) { LetOut(std::move(h), now_ns); });
  ReleaseReady(
      held_replies_, [this](const HeldReply& h) { return IsDurable(h.partition, h.reply.after); },
      [this, now_ns](HeldReply&& h) { LetOut(h.partition, h.reply, now_ns); });
  watch_.EndAnswers();
  return true;
}

void OutputRouter::LetOut(HeldSend&& held, int64_t now_ns) {
  if (commit_delay_ns_ > 0 && held.send.announces) {
    delayed_.push_back({now_ns + commit_delay_ns_, std::move(held)});
    return;
  }
  Transmit(held, now_ns);
}

void OutputRouter::SendDelayed(int64_t now_ns) {
  while (next_delayed_ns() <= now_ns && !delayed_.empty()) {
    Transmit(delayed_.front().held, now_ns);
    delayed_.pop_front();
  }
}

int64_t OutputRouter::next_delayed_ns() const {
  return delayed_.empty() ? INT64_MAX : delayed_.front().due_ns;
}

void OutputRouter::Transmit(const HeldSend& held, int64_t now_ns) {
  const pb::Envelope& envelope = held.send.envelope;
  const pb::Envelope::MessageCase type = envelope.message_case();
  const auto bytes = std::make_shared<const std::string>(EncodeFrameField(envelope));
  for (const MemberIndex to : held.send.to) {
    if (trace_.on()) [[unlikely]] {
      trace_.Sent(to, envelope);
      watch_.TraceSent(to, envelope, now_ns);
    }
    metrics_.OnSent(held.partition, type);
    if (drop_lottery_.Draw()) {
      metrics_.OnDropped(DropReason::kDebugFault, type);
      continue;
    }
    transport_.Send(to, OutMessage{held.partition, type, bytes, now_ns});
  }
}

void OutputRouter::LetOut(PartitionId partition, const Reply& reply, int64_t now_ns) {
  if (!transport_.Answer(reply.request, reply.status, reply.result)) return;
  watch_.OnAnswered(partition, now_ns, reply);
  metrics_.OnAnswer(reply.status);
  if (absl::IsDeadlineExceeded(reply.status)) metrics_.OnExpired();
}

void OutputRouter::LogFlushes(int64_t now_ns) {
  if (!flushes_limit_.Admit(now_ns).has_value()) return;
  LogDebug("flushes", {{"count", flushes_.count},
                       {"records", flushes_.records},
                       {"records_max", flushes_.records_max}});
  flushes_ = {};
}

void OutputRouter::Observe(PartitionId partition, int64_t now_ns, const Event& event) {
  metrics_.OnEvent(partition, event);
  if (event.kind == Event::Kind::kDivergence) {
    if (const std::optional<uint64_t> left_out = divergence_limit_.Admit(now_ns)) {
      LogError("divergence", {{"partition", partition.value},
                              {"instance", ToString(event.id)},
                              {"why", event.text},
                              {"remedy",
                               "the partition executes nothing any more: stop the cluster and "
                               "report this"},
                              {"left_out", *left_out}});
    }
  } else if (event.kind == Event::Kind::kRejected) {
    if (const std::optional<uint64_t> left_out = rejected_limit_.Admit(now_ns)) {
      LogWarn("rejected",
              {{"partition", partition.value}, {"why", event.text}, {"left_out", *left_out}});
    }
  }
}

}  // namespace althing
