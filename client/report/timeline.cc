#include "client/report/timeline.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace althing {
namespace {

using v1::TraceEvent;

uint32_t ReplicaOf(const v1::TraceEventsReply& reply, uint32_t member) {
  return static_cast<int>(member) < reply.members_size() ? reply.members(static_cast<int>(member))
                                                         : member;
}

bool CouldBeTheAskers(const ReplicaTrace& trace) {
  return trace.asked_ns <= trace.reply.now_ns() && trace.reply.now_ns() <= trace.answered_ns;
}

// Appends the replica's events; their times are on the asker's clock.
void Append(const ReplicaTrace& trace, int64_t offset_ns, std::vector<TimelineEvent>& out) {
  for (const TraceEvent& event : trace.reply.events()) {
    const TimelineEvent merged = {.at_ns = event.time_ns() + offset_ns,
                                  .replica = trace.reply.replica(),
                                  .event = event,
                                  .peer = ReplicaOf(trace.reply, event.peer())};
    if (event.kind() == TraceEvent::KIND_ANSWERED) {
      TimelineEvent arrival = merged;
      arrival.at_ns = event.arrival_ns() + offset_ns;
      arrival.arrival = true;
      out.push_back(std::move(arrival));
    }
    out.push_back(merged);
  }
}

void MatchMessages(std::vector<TimelineEvent>& events) {
  using Way = std::tuple<uint32_t, uint32_t, std::string>;  // From, to, type.
  std::map<Way, std::pair<std::vector<size_t>, std::vector<size_t>>> ways;
  for (size_t i = 0; i < events.size(); ++i) {
    const TimelineEvent& e = events[i];
    if (e.event.kind() == TraceEvent::KIND_SENT) {
      ways[{e.replica, e.peer, e.event.type()}].first.push_back(i);
    } else if (e.event.kind() == TraceEvent::KIND_RECEIVED) {
      ways[{e.peer, e.replica, e.event.type()}].second.push_back(i);
    }
  }
  for (const auto& [way, ends] : ways) {
    const auto& [sent, received] = ends;
    for (size_t i = 0; i < std::min(sent.size(), received.size()); ++i) {
      events[sent[i]].other_end = received[i];
      events[received[i]].other_end = sent[i];
    }
  }
}

// When things happened at the coordinator.
struct Milestones {
  std::optional<int64_t> arrival, handled, proposed, accepting, committed, executed, answered;
};

void Keep(std::optional<int64_t>& first, int64_t at_ns) {
  if (!first.has_value() || at_ns < *first) first = at_ns;
}

Milestones MilestonesOf(const Timeline& timeline, std::string& path) {
  Milestones m;
  for (const TimelineEvent& e : timeline.events) {
    if (e.replica != timeline.coordinator) continue;
    switch (e.event.kind()) {
      case TraceEvent::KIND_PROPOSED:
        Keep(m.proposed, e.at_ns);
        break;
      case TraceEvent::KIND_SENT:
        if (e.event.type() == "Accept") Keep(m.accepting, e.at_ns);
        break;
      case TraceEvent::KIND_DECIDED_FAST:
        path = "fast";
        break;
      case TraceEvent::KIND_DECIDED_SLOW:
        path = "slow";
        break;
      case TraceEvent::KIND_COMMITTED:
        Keep(m.committed, e.at_ns);
        break;
      case TraceEvent::KIND_EXECUTED:
        Keep(m.executed, e.at_ns);
        break;
      case TraceEvent::KIND_ANSWERED:
        if (e.arrival) {
          Keep(m.arrival, e.at_ns);
          Keep(m.handled, e.at_ns + e.event.handled_ns() - e.event.arrival_ns());
        } else {
          m.answered = e.at_ns;
        }
        break;
      default:
        break;
    }
  }
  return m;
}

void FillPhases(Timeline& timeline) {
  const Milestones m = MilestonesOf(timeline, timeline.phases.path);
  const auto phase = [&timeline](const char* name, std::optional<int64_t> begin,
                                 std::optional<int64_t> end, std::optional<int64_t>& took) {
    if (!begin.has_value() || !end.has_value()) return;
    took = *end - *begin;
    timeline.phase_bars.push_back({name, *begin, *end});
  };
  Phases& phases = timeline.phases;
  phase("queue", m.arrival, m.handled, phases.queue_ns);
  phase("window", m.handled, m.proposed, phases.window_ns);
  phase("pre-accept", m.proposed, m.accepting.has_value() ? m.accepting : m.committed,
        phases.pre_accept_ns);
  phase("accept", m.accepting, m.committed, phases.accept_ns);
  phase("execution", m.committed, m.executed, phases.execution_ns);
  phase("answer", m.executed, m.answered, phases.answer_ns);
  if (m.arrival.has_value() && m.answered.has_value()) phases.total_ns = *m.answered - *m.arrival;
}

}  // namespace

Timeline MergeTraces(const v1::InstanceId& id, uint32_t partition,
                     const std::vector<ReplicaTrace>& traces) {
  Timeline timeline;
  timeline.id = id;
  timeline.partition = partition;
  timeline.coordinator = id.coordinator();
  timeline.one_clock = std::all_of(traces.begin(), traces.end(), CouldBeTheAskers);
  for (const ReplicaTrace& trace : traces) {
    timeline.coordinator = ReplicaOf(trace.reply, id.coordinator());
    Timeline::Replica replica = {.id = trace.reply.replica(),
                                 .level = trace.reply.level(),
                                 .events = static_cast<size_t>(trace.reply.events_size()),
                                 .remembered = trace.reply.remembered()};
    if (!timeline.one_clock) {
      replica.uncertainty_ns = (trace.answered_ns - trace.asked_ns) / 2;
      replica.offset_ns = trace.asked_ns + replica.uncertainty_ns - trace.reply.now_ns();
    }
    timeline.replicas.push_back(replica);
    Append(trace, replica.offset_ns, timeline.events);
  }
  std::stable_sort(
      timeline.events.begin(), timeline.events.end(),
      [](const TimelineEvent& a, const TimelineEvent& b) { return a.at_ns < b.at_ns; });
  MatchMessages(timeline.events);
  if (timeline.events.empty()) return timeline;

  const TimelineEvent& first = timeline.events.front();
  const int64_t start_ns = first.at_ns;
  for (size_t i = 0; i < traces.size(); ++i) {
    const v1::TraceEventsReply& reply = traces[i].reply;
    if (reply.replica() != first.replica) continue;
    const int64_t ago_ns = reply.now_ns() + timeline.replicas[i].offset_ns - start_ns;
    timeline.start_wall_ns = reply.wall_ns() - ago_ns;
  }
  for (TimelineEvent& event : timeline.events) event.at_ns -= start_ns;
  FillPhases(timeline);
  return timeline;
}

}  // namespace althing
