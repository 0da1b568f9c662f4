#include "client/report/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/client/timeline_samples.h"

namespace althing {
namespace {

using ::testing::ElementsAre;

// "20 SENT PreAccept 30 at 30000 <> 4": to or from 30; its other end is event 4.
std::vector<std::string> Brief(const Timeline& timeline) {
  std::vector<std::string> lines;
  for (const TimelineEvent& e : timeline.events) {
    std::string line =
        absl::StrCat(e.replica, " ", TraceEvent::Kind_Name(e.event.kind()).substr(5));
    if (e.arrival) line = absl::StrCat(e.replica, " arrival");
    if (!e.event.type().empty()) absl::StrAppend(&line, " ", e.event.type());
    if (e.peer != 10) absl::StrAppend(&line, " ", e.peer);
    absl::StrAppend(&line, " at ", e.at_ns);
    if (e.other_end.has_value()) absl::StrAppend(&line, " <> ", *e.other_end);
    lines.push_back(line);
  }
  return lines;
}

TEST(TimelineTest, PutsAllReplicasOnOneAxisAndMessagesTogether) {
  const Timeline timeline = SlowPathTimeline();
  EXPECT_THAT(Brief(timeline),
              ElementsAre("20 arrival at 0",                            //
                          "20 PROPOSED at 30000",                       //
                          "20 SENT PreAccept 30 at 30000 <> 3",         //
                          "30 RECEIVED PreAccept 20 at 100000 <> 2",    //
                          "30 APPENDED PreAccepted at 105000",          //
                          "30 DURABLE PreAccepted at 110000",           //
                          "30 SENT PreAcceptOk 20 at 110000 <> 7",      //
                          "20 RECEIVED PreAcceptOk 30 at 200000 <> 6",  //
                          "20 SENT Accept at 205000",                   //
                          "20 SENT Accept 30 at 205000",                //
                          "20 DECIDED_SLOW at 400000",                  //
                          "20 COMMITTED at 400000",                     //
                          "20 EXECUTED at 420000",                      //
                          "20 ANSWERED at 420000"));
  EXPECT_EQ(timeline.coordinator, 20u);
  EXPECT_EQ(timeline.partition, 4u);
  EXPECT_EQ(timeline.start_wall_ns, 1'767'323'045'006'000'000);
  EXPECT_TRUE(timeline.one_clock);
}

TEST(TimelineTest, MeasuresThePhasesAtTheCoordinator) {
  const Timeline timeline = SlowPathTimeline();
  const Phases& phases = timeline.phases;
  EXPECT_EQ(phases.path, "slow");
  EXPECT_EQ(phases.queue_ns, 10'000);
  EXPECT_EQ(phases.window_ns, 20'000);
  EXPECT_EQ(phases.pre_accept_ns, 175'000);
  EXPECT_EQ(phases.accept_ns, 195'000);
  EXPECT_EQ(phases.execution_ns, 20'000);
  EXPECT_EQ(phases.answer_ns, 0);
  EXPECT_EQ(phases.total_ns, 420'000);
  std::vector<std::string> bars;
  for (const PhaseBar& bar : timeline.phase_bars) {
    bars.push_back(absl::StrCat(bar.name, " ", bar.begin_ns, " ", bar.end_ns));
  }
  EXPECT_THAT(
      bars, ElementsAre("queue 0 10000", "window 10000 30000", "pre-accept 30000 205000",
                        "accept 205000 400000", "execution 400000 420000", "answer 420000 420000"));
}

TEST(TimelineTest, WithoutASlowPathTheFirstRoundLastsUntilTheCommit) {
  ReplicaTrace trace = TraceOf(20, 200, 201);
  Add(trace, TraceEvent::KIND_PROPOSED, 100'000);
  Add(trace, TraceEvent::KIND_DECIDED_FAST, 100'300);
  Add(trace, TraceEvent::KIND_COMMITTED, 100'300);
  const Phases phases = MergeTraces(*ParseInstance("1.7"), 0, {trace}).phases;
  EXPECT_EQ(phases.path, "fast");
  EXPECT_EQ(phases.pre_accept_ns, 300'000);
  EXPECT_EQ(phases.accept_ns, std::nullopt);
  EXPECT_EQ(phases.queue_ns, std::nullopt);
  EXPECT_EQ(phases.execution_ns, std::nullopt);
  EXPECT_EQ(phases.total_ns, std::nullopt);
}

TEST(TimelineTest, ClocksThatCannotBeOneAreShiftedToTheMiddleOfTheCall) {
  ReplicaTrace here = TraceOf(20, 200, 201), far = TraceOf(30, 210, 7000);
  Add(here, TraceEvent::KIND_SENT, 100'000, "PreAccept", 2);
  Add(far, TraceEvent::KIND_RECEIVED, 6'889'500, "PreAccept", 1);
  const Timeline timeline = MergeTraces(*ParseInstance("1.7"), 0, {here, far});
  EXPECT_FALSE(timeline.one_clock);
  ASSERT_EQ(timeline.replicas.size(), 2u);
  EXPECT_EQ(timeline.replicas[0].offset_ns, 0);
  EXPECT_EQ(timeline.replicas[0].uncertainty_ns, 1'000'000);
  EXPECT_EQ(timeline.replicas[1].offset_ns, 211'000'000 - 7'000'000'000);
  EXPECT_EQ(timeline.replicas[1].uncertainty_ns, 1'000'000);
  EXPECT_THAT(Brief(timeline), ElementsAre("20 SENT PreAccept 30 at 0 <> 1",
                                           "30 RECEIVED PreAccept 20 at 500000 <> 0"));
}

TEST(TimelineTest, RepeatedMessagesMeetInTheirOrder) {
  ReplicaTrace from = TraceOf(20, 200, 201), to = TraceOf(30, 203, 204);
  for (const int64_t us : {1000, 2000, 3000}) {
    Add(from, TraceEvent::KIND_SENT, us, "PreAccept", 2);
  }
  Add(to, TraceEvent::KIND_RECEIVED, 1500, "PreAccept", 1);
  Add(to, TraceEvent::KIND_RECEIVED, 2500, "PreAccept", 1);
  Add(to, TraceEvent::KIND_RECEIVED, 2600, "PreAccept", 0);
  const Timeline timeline = MergeTraces(*ParseInstance("1.7"), 0, {from, to});
  EXPECT_THAT(
      Brief(timeline),
      ElementsAre("20 SENT PreAccept 30 at 0 <> 1", "30 RECEIVED PreAccept 20 at 500000 <> 0",
                  "20 SENT PreAccept 30 at 1000000 <> 3",
                  "30 RECEIVED PreAccept 20 at 1500000 <> 2", "30 RECEIVED PreAccept at 1600000",
                  "20 SENT PreAccept 30 at 2000000"));
}

TEST(TimelineTest, NothingRememberedIsAnEmptyTimeline) {
  const Timeline timeline = MergeTraces(*ParseInstance("1.7"), 0, {TraceOf(20, 200, 201)});
  EXPECT_TRUE(timeline.events.empty());
  EXPECT_TRUE(MergeTraces(*ParseInstance("1.7"), 0, {}).events.empty());
}

}  // namespace
}  // namespace althing
