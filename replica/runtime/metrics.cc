#include "replica/runtime/metrics.h"

#include <utility>

#include "replica/core/check.h"

namespace althing {

namespace {

// A clock that two threads read may seem to run back by a little.
uint64_t NotNegative(int64_t ns) { return ns < 0 ? 0 : static_cast<uint64_t>(ns); }

}  // namespace

Metrics::Metrics(int members, uint32_t partitions, std::string arguments_json)
    : members_(members), arguments_json_(std::move(arguments_json)), partitions_(partitions) {
  CHECK(partitions > 0);
}

void Metrics::OnEvent(PartitionId partition, const Event& event) {
  PartitionCounts& counts = partitions_[partition.value];
  switch (event.kind) {
    case Event::Kind::kFastDecision:
      ++counts.fast_decisions;
      break;
    case Event::Kind::kTwoFlushDecision:
      ++counts.two_flush_decisions;
      break;
    case Event::Kind::kSlowDecision:
      ++counts.slow_decisions;
      break;
    case Event::Kind::kBatch:
      batch_sizes_.Add(event.value);
      if (event.value >= 2) aggregated_ += event.value;
      break;
    case Event::Kind::kProposedKeyBusy:
      key_busy_ += event.value;
      break;
    case Event::Kind::kUnseenDependency:
      unseen_dependencies_ += event.value;
      break;
    case Event::Kind::kGraphEdges:
      graph_edges_ += event.value;
      break;
    case Event::Kind::kExecutionCandidate:
      execution_candidates_ += event.value;
      break;
    case Event::Kind::kComponent:
      component_sizes_.Add(event.value);
      break;
    case Event::Kind::kExecutedCommands:
      counts.executed_commands += event.value;
      break;
    case Event::Kind::kRepeatedRequests:
      repeated_requests_ += event.value;
      break;
    case Event::Kind::kSessionsOpened:
    case Event::Kind::kSessionsClosed:
    case Event::Kind::kSessionsExpired:
      OnSessions(event);
      break;
    case Event::Kind::kRecoveryStarted:
    case Event::Kind::kRecoveryRetried:
    case Event::Kind::kRecoveryWaits:
    case Event::Kind::kRecoveredPayload:
    case Event::Kind::kRecoveredNoop:
      OnRecovery(event);
      break;
    // Told to who watches a single run; the sums beside them are enough here.
    case Event::Kind::kRecoveryRule:
    case Event::Kind::kResubmitted:
      break;
    case Event::Kind::kCollected:
      collected_ += event.value;
      break;
    case Event::Kind::kResent:
      resent_ += event.value;
      break;
    case Event::Kind::kRejected:
      rejected_ += event.value;
      break;
    case Event::Kind::kDivergence:
      ++divergences_;
      break;
  }
}

void Metrics::OnSessions(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kSessionsOpened:
      sessions_opened_ += event.value;
      break;
    case Event::Kind::kSessionsClosed:
      sessions_closed_ += event.value;
      break;
    case Event::Kind::kSessionsExpired:
      sessions_expired_ += event.value;
      break;
    default:
      CHECK(false);
  }
}

void Metrics::OnRecovery(const Event& event) {
  switch (event.kind) {
    case Event::Kind::kRecoveryStarted:
      recoveries_started_ += event.value;
      break;
    case Event::Kind::kRecoveryRetried:
      recoveries_retried_ += event.value;
      break;
    case Event::Kind::kRecoveryWaits:
      recoveries_waiting_ += event.value;
      break;
    case Event::Kind::kRecoveredPayload:
      recovered_payloads_ += event.value;
      break;
    case Event::Kind::kRecoveredNoop:
      recovered_noops_ += event.value;
      break;
    default:
      CHECK(false);
  }
}

void Metrics::OnTurn(uint64_t messages, uint64_t waiting) {
  turn_messages_.Add(messages);
  turn_waiting_.Add(waiting);
}

void Metrics::OnHandled(int64_t queued_ns) { queue_delay_ns_.Add(NotNegative(queued_ns)); }

void Metrics::OnFrame(uint64_t messages, uint64_t bytes, int64_t queued_ns_max) {
  frame_messages_.Add(messages);
  frame_bytes_.Add(bytes);
  outchannel_delay_ns_.Add(NotNegative(queued_ns_max));
}

void Metrics::OnAnswer(const absl::Status& status) {
  ++answers_[static_cast<size_t>(status.code())];
}

Metrics::Decisions Metrics::decisions() const {
  const PartitionCounts total = Total();
  const uint64_t fast = total.fast_decisions + total.two_flush_decisions;
  return {fast, fast + total.slow_decisions};
}

uint64_t Metrics::executed_commands() const { return Total().executed_commands; }

Metrics::PartitionCounts Metrics::Total() const {
  PartitionCounts total;
  for (const PartitionCounts& counts : partitions_) {
    for (size_t type = 0; type < kMessageCases; ++type) {
      total.sent[type] += counts.sent[type];
      total.received[type] += counts.received[type];
    }
    total.fast_decisions += counts.fast_decisions;
    total.two_flush_decisions += counts.two_flush_decisions;
    total.slow_decisions += counts.slow_decisions;
    total.executed_commands += counts.executed_commands;
    total.proposals_waiting += counts.proposals_waiting;
    total.held.instances += counts.held.instances;
    total.held.keys += counts.held.keys;
  }
  return total;
}

}  // namespace althing
