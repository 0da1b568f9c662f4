#include "replica/runtime/command_watch.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace althing {
namespace {

using pb::TraceEvent;

std::string Milliseconds(int64_t ns) {
  return absl::StrFormat("%.1f", static_cast<double>(ns) / 1e6);
}

bool IsFast(Event::Kind kind) {
  return kind == Event::Kind::kFastDecision || kind == Event::Kind::kTwoFlushDecision;
}
bool IsDecision(Event::Kind kind) { return IsFast(kind) || kind == Event::Kind::kSlowDecision; }

// How the ring shows what has become of an attempt to recover an instance; unspecified for others.
TraceEvent::Kind RecoveryKind(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::kRecoveryStarted:
      return TraceEvent::KIND_RECOVERY_STARTED;
    case Event::Kind::kRecoveryWaits:
      return TraceEvent::KIND_RECOVERY_WAITS;
    case Event::Kind::kRecoveryRetried:
      return TraceEvent::KIND_RECOVERY_RETRIED;
    case Event::Kind::kRecoveredPayload:
    case Event::Kind::kRecoveredNoop:
      return TraceEvent::KIND_RECOVERED;
    default:
      return TraceEvent::KIND_UNSPECIFIED;
  }
}

struct RecordName {
  const pb::InstanceId* id = nullptr;
  std::string_view name;
};

RecordName NameOf(const pb::Record& record) {
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted:
      return {&record.pre_accepted().id(), "PreAccepted"};
    case pb::Record::kAccepted:
      return {&record.accepted().id(), "Accepted"};
    case pb::Record::kCommitted:
      return {&record.committed().id(), "Committed"};
    case pb::Record::kDecided:
      return {&record.decided().id(), "Decided"};
    case pb::Record::kJoined:
      return {&record.joined().id(), "Joined"};
    case pb::Record::kValidated:
      return {&record.validated().id(), "Validated"};
    case pb::Record::kStarted:
    case pb::Record::kStopped:
    case pb::Record::kCheckpoint:
    case pb::Record::KIND_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

void CommandWatch::OnOutput(PartitionId partition, uint64_t position, int64_t now_ns,
                            const Output& output) {
  for (const OwnInstance& own : executed_) orderings_.erase(own);
  executed_.clear();
  if (trace_.on()) [[unlikely]] {
    TraceOutput(partition, position, now_ns, output);
  } else if (options_.slow_ns == 0) {
    return;
  }
  for (const Event& event : output.events) {
    if (event.id.coordinator != options_.self) continue;
    const OwnInstance own{partition, event.id.slot};
    if (event.kind == Event::Kind::kBatch) {
      orderings_[own].started_ns = now_ns;
    } else if (IsDecision(event.kind)) {
      const auto it = orderings_.find(own);
      if (it == orderings_.end()) continue;
      it->second.decided = true;
      it->second.fast = IsFast(event.kind);
    } else if (event.kind == Event::Kind::kExecutedCommands) {
      executed_.push_back(own);
    }
  }
  for (const pb::Record& record : output.records) {
    if (!record.has_committed()) continue;
    const InstanceId id = FromProto(record.committed().id());
    if (id.coordinator != options_.self) continue;
    const auto it = orderings_.find({partition, id.slot});
    if (it == orderings_.end()) continue;
    it->second.committed_ns = now_ns;
    // Its commands are proposed anew, in another instance.
    if (record.committed().noop()) orderings_.erase(it);
  }
}

void CommandWatch::TraceOutput(PartitionId partition, uint64_t position, int64_t now_ns,
                               const Output& output) {
  TraceRing& ring = trace_.ring();
  TraceRing::Event event{.partition = partition, .time_ns = now_ns};
  const auto add = [&](TraceEvent::Kind kind, const Event& observed) {
    event.kind = kind;
    event.id = observed.id;
    event.number = observed.value;
    ring.Add(event);
  };
  for (const Event& observed : output.events) {
    if (observed.kind == Event::Kind::kBatch) add(TraceEvent::KIND_PROPOSED, observed);
    const TraceEvent::Kind recovery = RecoveryKind(observed.kind);
    if (recovery != TraceEvent::KIND_UNSPECIFIED) {
      TraceRing::Event recovered = event;
      recovered.kind = recovery;
      recovered.id = observed.id;
      if (recovery == TraceEvent::KIND_RECOVERED) {
        recovered.type = observed.kind == Event::Kind::kRecoveredNoop ? "noop" : "payload";
      }
      ring.Add(recovered);
    }
    if (!IsDecision(observed.kind)) continue;
    add(IsFast(observed.kind) ? TraceEvent::KIND_DECIDED_FAST : TraceEvent::KIND_DECIDED_SLOW,
        observed);
  }
  for (const pb::Record& record : output.records) {
    ++position;
    const RecordName named = NameOf(record);
    if (named.id == nullptr) continue;
    event.id = FromProto(*named.id);
    if (record.has_committed()) {
      event.kind = TraceEvent::KIND_COMMITTED;
      event.number = 0;
      ring.Add(event);
    }
    TraceRing::Event appended = event;
    appended.kind = TraceEvent::KIND_APPENDED;
    appended.type = named.name;
    appended.number = position;
    ring.Add(appended);
  }
  for (const Event& observed : output.events) {
    if (observed.kind == Event::Kind::kExecutedCommands) add(TraceEvent::KIND_EXECUTED, observed);
  }
}

std::optional<CommandWatch::Call> CommandWatch::Take(RequestId request) {
  const auto it = calls_.find(request);
  if (it == calls_.end()) return std::nullopt;
  const Call call = it->second;
  calls_.erase(it);
  return call;
}

void CommandWatch::OnAnswered(PartitionId partition, int64_t now_ns, const Reply& reply) {
  const std::optional<Call> call = Take(reply.request);
  if (!call.has_value()) return;
  if (trace_.on() && reply.result.has_instance()) [[unlikely]] {
    TraceAnswer(partition, FromProto(reply.result.instance()), *call, now_ns);
  }
  if (IsSlow(*call, now_ns)) [[unlikely]] {
    LogSlow(partition, *call, now_ns, reply.status,
            [&] { return PhasesOf(partition, *call, now_ns, reply); });
  }
}

LogFields CommandWatch::PhasesOf(PartitionId partition, const Call& call, int64_t now_ns,
                                 const Reply& reply) const {
  if (!reply.result.has_instance()) {
    return {{"window_ms", Milliseconds(now_ns - call.handled_ns)}};
  }
  const InstanceId id = FromProto(reply.result.instance());
  LogFields phases = {{"instance", ToString(id)}};
  const auto it =
      id.coordinator == options_.self ? orderings_.find({partition, id.slot}) : orderings_.end();
  // An answer from memory is of an instance that was executed before.
  if (it == orderings_.end()) return phases;
  const Ordering& ordering = it->second;
  phases.emplace_back("window_ms", Milliseconds(ordering.started_ns - call.handled_ns));
  phases.emplace_back("ordering_ms", Milliseconds(ordering.committed_ns - ordering.started_ns));
  phases.emplace_back("execution_ms", Milliseconds(now_ns - ordering.committed_ns));
  if (ordering.decided) phases.emplace_back("path", ordering.fast ? "fast" : "slow");
  return phases;
}

void CommandWatch::TraceAnswer(PartitionId partition, InstanceId id, const Call& call,
                               int64_t now_ns) {
  const bool same_row = answers_.number > 0 && answers_.id == id && answers_.partition == partition;
  if (!same_row) {
    EndAnswers();
    answers_ = {.kind = TraceEvent::KIND_ANSWERED,
                .partition = partition,
                .id = id,
                .time_ns = now_ns,
                .arrival_ns = call.arrival_ns,
                .handled_ns = call.handled_ns};
  }
  if (call.arrival_ns < answers_.arrival_ns) {
    answers_.arrival_ns = call.arrival_ns;
    answers_.handled_ns = call.handled_ns;
  }
  ++answers_.number;
}

void CommandWatch::EndAnswers() {
  if (answers_.number > 0) trace_.ring().Add(answers_);
  answers_.number = 0;
}

void CommandWatch::OnExpired(PartitionId partition, int64_t now_ns, RequestId request) {
  const std::optional<Call> call = Take(request);
  if (!call.has_value() || !IsSlow(*call, now_ns)) return;
  LogSlow(partition, *call, now_ns, absl::DeadlineExceededError(""), [&] {
    return LogFields{{"unfinished_ms", Milliseconds(now_ns - call->handled_ns)}};
  });
}

void CommandWatch::OnRefused(PartitionId partition, int64_t now_ns, RequestId request,
                             const absl::Status& status) {
  const std::optional<Call> call = Take(request);
  if (!call.has_value() || !IsSlow(*call, now_ns)) return;
  LogSlow(partition, *call, now_ns, status, [] { return LogFields{}; });
}

void CommandWatch::LogSlow(PartitionId partition, const Call& call, int64_t now_ns,
                           const absl::Status& status, absl::FunctionRef<LogFields()> phases_of) {
  const std::optional<uint64_t> left_out = slow_limit_.Admit(now_ns);
  if (!left_out.has_value()) return;
  LogFields fields = {{"partition", partition.value},
                      {"status", absl::StatusCodeToString(status.code())},
                      {"took_ms", Milliseconds(now_ns - call.arrival_ns)},
                      {"queue_ms", Milliseconds(call.handled_ns - call.arrival_ns)}};
  const LogFields phases = phases_of();
  fields.insert(fields.end(), phases.begin(), phases.end());
  fields.emplace_back("left_out", *left_out);
  LogWarn("slow_command", fields);
}

void CommandWatch::TraceReceived(MemberIndex from, const pb::Envelope& envelope, int64_t arrival_ns,
                                 int64_t now_ns) {
  trace_.ring().AddMessage({.kind = TraceEvent::KIND_RECEIVED,
                            .time_ns = arrival_ns,
                            .peer = from,
                            .handled_ns = now_ns},
                           envelope);
}

void CommandWatch::TraceSent(MemberIndex to, const pb::Envelope& envelope, int64_t now_ns) {
  trace_.ring().AddMessage({.kind = TraceEvent::KIND_SENT, .time_ns = now_ns, .peer = to},
                           envelope);
}

void CommandWatch::TraceDurable(PartitionId partition, LogPosition position, int64_t now_ns) {
  trace_.ring().Add({.kind = TraceEvent::KIND_DURABLE,
                     .partition = partition,
                     .time_ns = now_ns,
                     .number = position.value});
}

}  // namespace althing
