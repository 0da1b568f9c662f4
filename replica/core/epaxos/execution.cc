// The part of Epaxos behind a commit: running what the graph releases, answering, proposing what
// waits.
#include <algorithm>
#include <utility>

#include "replica/core/check.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/partition_map.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// Nodes and edges looked at and commands executed in one step: a few milliseconds at most.
constexpr uint64_t kGraphWorkPerStep = 10'000;

// Sessions closed by one tick: the rest waits for the next.
constexpr size_t kExpiredPerTick = 1000;

// A planted bug: answers what is committed, and leaves nobody to be answered when it executes.
template <typename ProposedBySlot>
void AnswerCommitted(State& state, RequestId nobodys, ProposedBySlot& proposed) {
  for (auto& [slot, own] : proposed) {
    const bool writes = !own.keys.empty() && own.keys.front().write;
    if (!writes || !state.space.Find({slot, state.self()})->committed()) continue;
    for (RequestId& request : own.requests) {
      if (request.value < nobodys.value) state.output->replies.push_back({request, {}, {}, {}});
      request = nobodys;
    }
  }
}

}  // namespace

void Epaxos::RunGraph() {
  if (!graph_has_work_ || !quarantine_.empty()) {
    graph_has_work_ = false;
    return;
  }
  if (Planted(Bug::kReplyAtCommit)) AnswerCommitted(state_, RequestId{kOwnRequests}, proposed_);
  DependencyGraph::Stats stats;
  graph_has_work_ = !state_.graph.Run(
      kGraphWorkPerStep,
      [this](InstanceId id, Instance& instance) { ExecuteInstance(id, instance); }, stats);
  if (stats.edges > 0) state_.Emit(Event::Kind::kGraphEdges, {}, stats.edges);
  if (stats.candidates > 0) state_.Emit(Event::Kind::kExecutionCandidate, {}, stats.candidates);
  for (const uint64_t size : stats.component_sizes) {
    state_.Emit(Event::Kind::kComponent, {}, size);
  }
  ReportSessions();
  // What was executed may have opened a session, or made one of a member of whom less patience is
  // asked the next to expire.
  const LogicalTime next_tick{state_.now.value + 1};
  expire_at_ = std::min(expire_at_, std::max(sessions_.next_expiry(), next_tick));
}

void Epaxos::ReportSessions() {
  const SessionTable::Counts counts = sessions_.TakeCounts();
  const auto report = [this](Event::Kind kind, uint64_t count) {
    if (count > 0) state_.Emit(kind, {}, count);
  };
  report(Event::Kind::kRepeatedRequests, counts.repeated);
  report(Event::Kind::kSessionsOpened, counts.opened);
  report(Event::Kind::kSessionsClosed, counts.closed);
  report(Event::Kind::kSessionsExpired, counts.expired);
}

void Epaxos::ExecuteInstance(InstanceId id, Instance& instance) {
  if (instance.value == Value::kPayload) ExecutePayload(id, instance);
  if (id.coordinator != state_.self()) return;
  const auto it = proposed_.find(id.slot);
  if (it == proposed_.end()) {
    CHECK(id.slot <= state_.floors[state_.self()]);  // Of an earlier run: its callers are gone.
    return;
  }
  const Proposed proposed = std::move(it->second);
  proposed_.erase(it);
  window_.Finished(proposed.keys);
  if (instance.value == Value::kNoop) ResubmitAfterNoop(instance, proposed.requests);
}

void Epaxos::ExecutePayload(InstanceId id, const Instance& instance) {
  const Proposed* proposed = nullptr;
  if (id.coordinator == state_.self()) {
    const auto it = proposed_.find(id.slot);
    if (it != proposed_.end()) proposed = &it->second;
  }
  RequestReader reader(instance.payload->bytes);
  uint32_t position = 0;
  for (RequestView request; reader.Next(&request); ++position) {
    pb::ProposeReply result;
    absl::Status status = sessions_.Execute({state_.now, id, position}, request, store_, result);
    if (proposed == nullptr || IsOwn(proposed->requests.at(position))) continue;
    state_.output->replies.push_back(
        {proposed->requests[position], std::move(status), std::move(result), LogPosition{}});
  }
  state_.Emit(Event::Kind::kExecutedCommands, id, instance.payload->commands);
}

void Epaxos::ExpireSessions() {
  if (state_.now < expire_at_ || !quarantine_.empty()) return;
  // Who reaches nobody hears of nobody: it is no judge of who is silent.
  const bool connected = state_.HasQuorum();
  if (connected) {
    for (std::string& batch : sessions_.TakeExpired(state_.now, kExpiredPerTick)) {
      window_.Add(
          {.request = RequestId{kOwnRequests + own_requests_++}, .batch = std::move(batch)});
    }
  }
  const uint64_t pause = connected ? 1 : state_.options.session_ticks / 4 + 1;
  expire_at_ = std::max(sessions_.next_expiry(), LogicalTime{state_.now.value + pause});
}

}  // namespace althing
