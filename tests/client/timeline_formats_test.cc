#include "client/report/timeline_formats.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/client/timeline_samples.h"

namespace althing {
namespace {

TEST(TimelineFormatsTest, TextHasPhasesClocksAndALineAnEvent) {
  EXPECT_EQ(
      TimelineText(SlowPathTimeline()),
      "instance 1.7 of partition 4, coordinator replica 20, from 2026-01-02T03:04:05.006000Z\n"
      "phases in ms: queue 0.010, window 0.020, pre-accept 0.175, accept 0.195, execution 0.020, "
      "answer 0.000, total 0.420; slow path\n"
      "clocks: one for all replicas\n"
      "replica 10 remembers nothing of it: its trace is off (4 events of other instances)\n"
      "MS     REPLICA  EVENT\n"
      "0.000  20       the first call arrives\n"
      "0.030  20       proposes it with 3 commands\n"
      "0.030  20       sends PreAccept to 30, which gets it 0.070 ms later\n"
      "0.100  30       gets PreAccept from 20, handles it 0.005 ms later\n"
      "0.105  30       appends its record PreAccepted\n"
      "0.110  30       its record PreAccepted is durable\n"
      "0.110  30       sends PreAcceptOk to 20, which gets it 0.090 ms later\n"
      "0.200  20       gets PreAcceptOk from 30, handles it 0.005 ms later\n"
      "0.205  20       sends Accept to 10, not seen to arrive\n"
      "0.205  20       sends Accept to 30, not seen to arrive\n"
      "0.400  20       decides it on the slow path\n"
      "0.400  20       knows it committed\n"
      "0.420  20       executes 3 commands\n"
      "0.420  20       answers 3 calls\n");
}

TEST(TimelineFormatsTest, TextSaysWhatIsNotKnown) {
  ReplicaTrace here = TraceOf(20, 200, 201), far = TraceOf(30, 210, 7000);
  Add(here, TraceEvent::KIND_RECEIVED, 100'000, "Commit", 0);
  EXPECT_EQ(TimelineText(MergeTraces(*ParseInstance("0.1"), 0, {here, far})),
            "instance 0.1 of partition 0, coordinator replica 10, from "
            "2026-01-02T03:04:05.006000Z\n"
            "phases in ms: queue -, window -, pre-accept -, accept -, execution -, answer -, "
            "total -; path not known\n"
            "clocks: replica 20 within 1.000 ms, replica 30 within 1.000 ms\n"
            "replica 30 remembers nothing of it: it had no part, or has forgotten (0 events of "
            "other instances)\n"
            "MS     REPLICA  EVENT\n"
            "0.000  20       gets Commit from 10, handles it 0.005 ms later; not seen to leave\n");
}

TEST(TimelineFormatsTest, TextTellsOfARecovery) {
  ReplicaTrace trace = TraceOf(20, 200, 201);
  Add(trace, TraceEvent::KIND_RECOVERY_STARTED, 100'000);
  Add(trace, TraceEvent::KIND_RECOVERY_RETRIED, 100'001);
  Add(trace, TraceEvent::KIND_RECOVERY_WAITS, 100'002);
  Add(trace, TraceEvent::KIND_RECOVERED, 100'003, "noop");
  const std::string text = TimelineText(MergeTraces(*ParseInstance("0.1"), 0, {trace}));
  EXPECT_EQ(text.substr(text.find("0.000  20")),
            "0.000  20       starts to recover it\n"
            "0.001  20       gives up this attempt to recover it\n"
            "0.002  20       waits for other instances to recover it\n"
            "0.003  20       recovers it, as noop\n");
}

TEST(TimelineFormatsTest, MermaidDrawsMessagesWhereTheyArrive) {
  EXPECT_EQ(TimelineMermaid(SlowPathTimeline()),
            "---\n"
            "title: instance 1.7 of partition 4, coordinator replica 20\n"
            "---\n"
            "sequenceDiagram\n"
            "  participant client\n"
            "  participant R10 as replica 10\n"
            "  participant R20 as replica 20\n"
            "  participant R30 as replica 30\n"
            "  client->>R20: the first call arrives (0.000 ms)\n"
            "  Note over R20: proposes it with 3 commands (0.030 ms)\n"
            "  R20->>R30: PreAccept (0.030 to 0.100 ms)\n"
            "  Note over R30: appends its record PreAccepted (0.105 ms)\n"
            "  Note over R30: its record PreAccepted is durable (0.110 ms)\n"
            "  R30->>R20: PreAcceptOk (0.110 to 0.200 ms)\n"
            "  R20-xR10: Accept (0.205 ms)\n"
            "  R20-xR30: Accept (0.205 ms)\n"
            "  Note over R20: decides it on the slow path (0.400 ms)\n"
            "  Note over R20: knows it committed (0.400 ms)\n"
            "  Note over R20: executes 3 commands (0.420 ms)\n"
            "  R20-->>client: answers 3 calls (0.420 ms)\n"
            "  Note over client: in ms: queue 0.010, window 0.020, pre-accept 0.175, accept 0.195, "
            "execution 0.020, answer 0.000, total 0.420; slow path\n");
}

TEST(TimelineFormatsTest, ChromeIsAValidTraceWithTheSameContents) {
  const std::string text = TimelineChrome(SlowPathTimeline());
  const auto trace = nlohmann::json::parse(text, nullptr, false);
  ASSERT_FALSE(trace.is_discarded()) << text;
  EXPECT_EQ(trace["otherData"].dump(),
            R"({"clocks":"one for all replicas","instance":"1.7","partition":4})");
  std::map<std::string, int> kinds;
  std::map<int, std::vector<nlohmann::json>> arrows;
  std::set<std::string> names;
  for (const auto& event : trace["traceEvents"]) {
    ++kinds[event["ph"]];
    names.insert(event["name"]);
    ASSERT_TRUE(event["pid"].is_number_unsigned());
    if (event["ph"] != "M") {
      ASSERT_TRUE(event["ts"].is_number()) << event;
      ASSERT_TRUE(event["tid"].is_number()) << event;
    }
    if (event["ph"] == "X") {
      EXPECT_GE(event["dur"], 0.0);
    }
    if (event.contains("id")) arrows[event["id"]].push_back(event);
  }
  // Three processes with a row each and the row of phases; 6 phases and 6 ends of messages; two
  // arrows.
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"M", 7}, {"X", 12}, {"i", 8}, {"s", 2}, {"f", 2}}));
  ASSERT_EQ(arrows.size(), 2u);
  const auto& arrow = arrows.begin()->second;
  EXPECT_EQ(arrow[0].dump(), R"({"cat":"message","id":2,"name":"PreAccept","ph":"s","pid":20,)"
                             R"("tid":1,"ts":30.0})");
  EXPECT_EQ(arrow[1].dump(), R"({"bp":"e","cat":"message","id":2,"name":"PreAccept","ph":"f",)"
                             R"("pid":30,"tid":1,"ts":100.0})");
  for (const char* name : {"pre-accept", "accept", "send PreAccept to 30", "get PreAccept from 20",
                           "decides it on the slow path", "process_name"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace althing
