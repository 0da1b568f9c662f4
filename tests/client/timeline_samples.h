// Traces of one instance from three replicas.
#ifndef ALTHING_TESTS_CLIENT_TIMELINE_SAMPLES_H_
#define ALTHING_TESTS_CLIENT_TIMELINE_SAMPLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/report/instance_name.h"
#include "client/report/timeline.h"

namespace althing {

using v1::TraceEvent;

// Members 0 to 2 are the replicas 10, 20 and 30. Asked at `asked_ms` of the asker's clock, it
// answered 2 ms later, when its own clock was at `now_ms`.
inline ReplicaTrace TraceOf(uint32_t replica, int64_t asked_ms, int64_t now_ms) {
  ReplicaTrace trace;
  trace.asked_ns = asked_ms * 1'000'000;
  trace.answered_ns = trace.asked_ns + 2'000'000;
  trace.reply.set_replica(replica);
  for (const uint32_t id : {10, 20, 30}) trace.reply.add_members(id);
  trace.reply.set_level(1);
  trace.reply.set_now_ns(now_ms * 1'000'000);
  // 2026-01-02T03:04:05.006Z, less what has passed since the replica's clock stood at 100 ms.
  trace.reply.set_wall_ns(1'767'323'045'006'000'000 + (now_ms - 100) * 1'000'000);
  return trace;
}

inline TraceEvent& Add(ReplicaTrace& trace, TraceEvent::Kind kind, int64_t us,
                       const std::string& type = "", uint32_t peer = 0) {
  TraceEvent& event = *trace.reply.add_events();
  event.set_kind(kind);
  event.set_time_ns(us * 1000);
  event.set_type(type);
  event.set_peer(peer);
  if (kind == TraceEvent::KIND_RECEIVED) event.set_handled_ns(us * 1000 + 5000);
  return event;
}

// Coordinated by replica 20 on the slow path. Replica 30's Accept is lost; 10's trace is off.
inline std::vector<ReplicaTrace> SlowPathTraces() {
  ReplicaTrace a = TraceOf(10, 200, 201), b = TraceOf(20, 203, 204), c = TraceOf(30, 206, 207);
  a.reply.set_level(0);
  a.reply.set_remembered(4);
  Add(b, TraceEvent::KIND_PROPOSED, 100'030).set_count(3);
  Add(b, TraceEvent::KIND_SENT, 100'030, "PreAccept", 2);
  Add(b, TraceEvent::KIND_RECEIVED, 100'200, "PreAcceptOk", 2);
  Add(b, TraceEvent::KIND_SENT, 100'205, "Accept", 0);
  Add(b, TraceEvent::KIND_SENT, 100'205, "Accept", 2);
  Add(b, TraceEvent::KIND_DECIDED_SLOW, 100'400);
  Add(b, TraceEvent::KIND_COMMITTED, 100'400);
  Add(b, TraceEvent::KIND_EXECUTED, 100'420).set_count(3);
  TraceEvent& answered = Add(b, TraceEvent::KIND_ANSWERED, 100'420);
  answered.set_count(3);
  answered.set_arrival_ns(100'000'000);
  answered.set_handled_ns(100'010'000);
  Add(c, TraceEvent::KIND_RECEIVED, 100'100, "PreAccept", 1);
  Add(c, TraceEvent::KIND_APPENDED, 100'105, "PreAccepted");
  Add(c, TraceEvent::KIND_DURABLE, 100'110, "PreAccepted");
  Add(c, TraceEvent::KIND_SENT, 100'110, "PreAcceptOk", 1);
  return {a, b, c};
}

inline Timeline SlowPathTimeline() {
  return MergeTraces(*ParseInstance("1.7"), 4, SlowPathTraces());
}

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_TIMELINE_SAMPLES_H_
