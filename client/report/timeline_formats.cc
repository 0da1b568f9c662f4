#include "client/report/timeline_formats.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/report/instance_name.h"
#include "client/report/table.h"

namespace althing {
namespace {

using Json = nlohmann::ordered_json;
using v1::TraceEvent;

std::string Ms(int64_t ns) { return absl::StrFormat("%.3f", static_cast<double>(ns) / 1e6); }

std::string Count(uint64_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

bool IsSent(const TimelineEvent& e) { return e.event.kind() == TraceEvent::KIND_SENT; }
bool IsReceived(const TimelineEvent& e) { return e.event.kind() == TraceEvent::KIND_RECEIVED; }

// What happened, messages left out.
std::string InWords(const TimelineEvent& e) {
  switch (e.event.kind()) {
    case TraceEvent::KIND_APPENDED:
      return absl::StrCat("appends its record ", e.event.type());
    case TraceEvent::KIND_DURABLE:
      return absl::StrCat("its record ", e.event.type(), " is durable");
    case TraceEvent::KIND_PROPOSED:
      return absl::StrCat("proposes it with ", Count(e.event.count(), "command"));
    case TraceEvent::KIND_DECIDED_FAST:
      return "decides it on the fast path";
    case TraceEvent::KIND_DECIDED_SLOW:
      return "decides it on the slow path";
    case TraceEvent::KIND_RECOVERY_STARTED:
      return "starts to recover it";
    case TraceEvent::KIND_RECOVERY_WAITS:
      return "waits for other instances to recover it";
    case TraceEvent::KIND_RECOVERY_RETRIED:
      return "gives up this attempt to recover it";
    case TraceEvent::KIND_RECOVERED:
      return absl::StrCat("recovers it, as ", e.event.type());
    case TraceEvent::KIND_COMMITTED:
      return "knows it committed";
    case TraceEvent::KIND_EXECUTED:
      return absl::StrCat("executes ", Count(e.event.count(), "command"));
    case TraceEvent::KIND_ANSWERED:
      if (e.arrival) return e.event.count() == 1 ? "a call arrives" : "the first call arrives";
      return absl::StrCat("answers ", Count(e.event.count(), "call"));
    default:
      return TraceEvent::Kind_Name(e.event.kind());
  }
}

std::string EventText(const Timeline& timeline, const TimelineEvent& e) {
  if (IsSent(e)) {
    std::string text = absl::StrCat("sends ", e.event.type(), " to ", e.peer);
    if (e.other_end.has_value()) {
      const int64_t took_ns = timeline.events[*e.other_end].at_ns - e.at_ns;
      absl::StrAppend(&text, ", which gets it ", Ms(took_ns), " ms later");
    } else {
      absl::StrAppend(&text, ", not seen to arrive");
    }
    return text;
  }
  if (!IsReceived(e)) return InWords(e);
  const int64_t waited_ns = e.event.handled_ns() - e.event.time_ns();
  return absl::StrCat("gets ", e.event.type(), " from ", e.peer, ", handles it ", Ms(waited_ns),
                      " ms later", e.other_end.has_value() ? "" : "; not seen to leave");
}

std::string PhasesText(const Phases& phases) {
  const auto one = [](const char* name, const std::optional<int64_t>& took) {
    return absl::StrCat(name, " ", took.has_value() ? Ms(*took) : "-");
  };
  return absl::StrCat(
      absl::StrJoin({one("queue", phases.queue_ns), one("window", phases.window_ns),
                     one("pre-accept", phases.pre_accept_ns), one("accept", phases.accept_ns),
                     one("execution", phases.execution_ns), one("answer", phases.answer_ns),
                     one("total", phases.total_ns)},
                    ", "),
      phases.path.empty() ? "; path not known" : absl::StrCat("; ", phases.path, " path"));
}

std::string ClocksText(const Timeline& timeline) {
  if (timeline.one_clock) return "one for all replicas";
  std::vector<std::string> clocks;
  for (const Timeline::Replica& replica : timeline.replicas) {
    clocks.push_back(
        absl::StrCat("replica ", replica.id, " within ", Ms(replica.uncertainty_ns), " ms"));
  }
  return absl::StrJoin(clocks, ", ");
}

std::string SilentText(const Timeline::Replica& replica) {
  return absl::StrCat("replica ", replica.id, " remembers nothing of it: ",
                      replica.level == 0 ? "its trace is off" : "it had no part, or has forgotten",
                      " (", replica.remembered, " events of other instances)\n");
}

std::string Title(const Timeline& timeline) {
  return absl::StrCat("instance ", InstanceName(timeline.id), " of partition ", timeline.partition,
                      ", coordinator replica ", timeline.coordinator);
}

}  // namespace

std::string TimelineText(const Timeline& timeline) {
  const absl::Time start = absl::FromUnixNanos(timeline.start_wall_ns);
  std::string text = absl::StrCat(
      Title(timeline), ", from ",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", start, absl::UTCTimeZone()), "\n",
      "phases in ms: ", PhasesText(timeline.phases), "\n", "clocks: ", ClocksText(timeline), "\n");
  for (const Timeline::Replica& replica : timeline.replicas) {
    if (replica.events == 0) text += SilentText(replica);
  }
  std::vector<std::vector<std::string>> rows = {{"MS", "REPLICA", "EVENT"}};
  for (const TimelineEvent& event : timeline.events) {
    rows.push_back({Ms(event.at_ns), absl::StrCat(event.replica), EventText(timeline, event)});
  }
  return text + RenderTable(rows);
}

std::string TimelineMermaid(const Timeline& timeline) {
  std::string text = absl::StrCat("---\ntitle: ", Title(timeline),
                                  "\n---\nsequenceDiagram\n  participant client\n");
  for (const Timeline::Replica& replica : timeline.replicas) {
    absl::StrAppend(&text, "  participant R", replica.id, " as replica ", replica.id, "\n");
  }
  for (const TimelineEvent& e : timeline.events) {
    const std::string at = absl::StrCat(" (", Ms(e.at_ns), " ms)\n");
    if (IsSent(e)) {
      if (e.other_end.has_value()) continue;
      absl::StrAppend(&text, "  R", e.replica, "-xR", e.peer, ": ", e.event.type(), at);
    } else if (IsReceived(e)) {
      const std::string from = e.other_end.has_value()
                                   ? absl::StrCat(Ms(timeline.events[*e.other_end].at_ns), " to ")
                                   : "";
      absl::StrAppend(&text, "  R", e.peer, "->>R", e.replica, ": ", e.event.type(), " (", from,
                      Ms(e.at_ns), " ms)\n");
    } else if (e.event.kind() == TraceEvent::KIND_ANSWERED) {
      absl::StrAppend(&text, "  ", e.arrival ? "client->>R" : "R", e.replica,
                      e.arrival ? "" : "-->>client", ": ", InWords(e), at);
    } else {
      absl::StrAppend(&text, "  Note over R", e.replica, ": ", InWords(e), at);
    }
  }
  return absl::StrCat(text, "  Note over client: in ms: ", PhasesText(timeline.phases), "\n");
}

namespace {

// Rows of a process.
constexpr int kEventsRow = 1, kPhasesRow = 2;

double Us(int64_t ns) { return static_cast<double>(ns) / 1e3; }

Json Metadata(const char* what, uint32_t replica, std::optional<int> row, const std::string& name) {
  Json json = {{"ph", "M"}, {"name", what}, {"pid", replica}};
  if (row.has_value()) json["tid"] = *row;
  json["args"] = {{"name", name}};
  return json;
}

Json Bar(const std::string& name, uint32_t replica, int row, int64_t begin_ns, int64_t took_ns) {
  return {{"ph", "X"},  {"name", name},       {"cat", "althing"},  {"pid", replica},
          {"tid", row}, {"ts", Us(begin_ns)}, {"dur", Us(took_ns)}};
}

Json ArrowEnd(const TimelineEvent& e, size_t number) {
  Json json = {{"ph", IsSent(e) ? "s" : "f"},
               {"name", e.event.type()},
               {"cat", "message"},
               {"id", number},
               {"pid", e.replica},
               {"tid", kEventsRow},
               {"ts", Us(e.at_ns)}};
  if (IsReceived(e)) json["bp"] = "e";
  return json;
}

void AddEvent(const TimelineEvent& e, size_t place, Json& events) {
  if (!IsSent(e) && !IsReceived(e)) {
    events.push_back({{"ph", "i"},
                      {"name", InWords(e)},
                      {"cat", "althing"},
                      {"pid", e.replica},
                      {"tid", kEventsRow},
                      {"ts", Us(e.at_ns)},
                      {"s", "t"}});
    return;
  }
  // Arrows need bars that have a length.
  constexpr int64_t kBarNsMin = 1000;
  const int64_t took_ns = IsSent(e) ? 0 : e.event.handled_ns() - e.event.time_ns();
  events.push_back(Bar(absl::StrCat(IsSent(e) ? "send " : "get ", e.event.type(),
                                    IsSent(e) ? " to " : " from ", e.peer),
                       e.replica, kEventsRow, e.at_ns, std::max(took_ns, kBarNsMin)));
  // An arrow is named after the place of the event at which it begins.
  if (e.other_end.has_value()) events.push_back(ArrowEnd(e, IsSent(e) ? place : *e.other_end));
}

}  // namespace

std::string TimelineChrome(const Timeline& timeline) {
  Json events = Json::array();
  for (const Timeline::Replica& replica : timeline.replicas) {
    events.push_back(
        Metadata("process_name", replica.id, {}, absl::StrCat("replica ", replica.id)));
    events.push_back(Metadata("thread_name", replica.id, kEventsRow, "events"));
  }
  events.push_back(Metadata("thread_name", timeline.coordinator, kPhasesRow, "phases"));
  for (const PhaseBar& phase : timeline.phase_bars) {
    events.push_back(Bar(phase.name, timeline.coordinator, kPhasesRow, phase.begin_ns,
                         phase.end_ns - phase.begin_ns));
  }
  for (size_t i = 0; i < timeline.events.size(); ++i) AddEvent(timeline.events[i], i, events);
  return Json{{"displayTimeUnit", "ms"},
              {"otherData",
               {{"instance", InstanceName(timeline.id)},
                {"partition", timeline.partition},
                {"clocks", ClocksText(timeline)}}},
              {"traceEvents", std::move(events)}}
             .dump() +
         "\n";
}

}  // namespace althing
