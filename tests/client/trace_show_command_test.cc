#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "client/commands/debug_command.h"
#include "tests/client/admin_fixture.h"

namespace althing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TraceShowCommandTest : public AdminFixture {
 protected:
  TraceShowCommandTest() {
    for (FakeReplica* replica : {&a_, &b_}) {
      replica->trace_events.set_replica(replica->status.replica());
      replica->trace_events.add_members(0);
      replica->trace_events.add_members(1);
    }
  }
  // a_ sends what b_ gets 1 ms later.
  void Remember() {
    for (FakeReplica* replica : {&a_, &b_}) {
      const bool sender = replica == &a_;
      v1::TraceEvent& event = *replica->trace_events.add_events();
      event.set_kind(sender ? v1::TraceEvent::KIND_SENT : v1::TraceEvent::KIND_RECEIVED);
      event.set_time_ns(sender ? 5'000'000 : 6'000'000);
      event.set_handled_ns(6'000'000);
      event.set_peer(sender ? 1 : 0);
      event.set_type("Commit");
    }
  }
};

TEST_F(TraceShowCommandTest, MergesWhatTheReplicasRemember) {
  Remember();
  EXPECT_EQ(RunTraceShow(client_, {}, {.instance = "0.17", .partition = 2}, out_, err_), kExitOk)
      << err_.str();
  EXPECT_EQ(a_.trace_request.ShortDebugString(), "instance { slot: 17 } partition: 2");
  // Their clocks are not the asker's, so the times are uncertain; the order of the lines is not
  // compared.
  EXPECT_THAT(out_.str(), AllOf(StartsWith("instance 0.17 of partition 2, coordinator replica 0"),
                                HasSubstr("clocks: replica 0 within "),
                                HasSubstr("0        sends Commit to 1, which gets it "),
                                HasSubstr("1        gets Commit from 0, handles it 0.000 ms")));
}

TEST_F(TraceShowCommandTest, WritesOtherFormats) {
  Remember();
  EXPECT_EQ(RunTraceShow(client_, {}, {.instance = "0.17", .format = "mermaid"}, out_, err_),
            kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("sequenceDiagram\n"));
  for (const bool json : {false, true}) {
    out_.str("");
    const CommonOptions common = json ? json_ : CommonOptions();
    EXPECT_EQ(RunTraceShow(client_, common,
                           {.instance = "0.17", .format = json ? "text" : "chrome"}, out_, err_),
              kExitOk);
    const auto trace = nlohmann::json::parse(out_.str(), nullptr, false);
    ASSERT_FALSE(trace.is_discarded()) << out_.str();
    EXPECT_EQ(trace["otherData"]["instance"], "0.17");
  }
}

TEST_F(TraceShowCommandTest, WhatNobodyRemembersIsNo) {
  EXPECT_EQ(RunTraceShow(client_, {}, {.instance = "0.17"}, out_, err_), kExitNo);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(),
            "trace show: nobody remembers instance 0.17 of partition 0. Instances are remembered "
            "while the trace is on: client trace --level 1\n");
}

TEST_F(TraceShowCommandTest, WhatCannotBeAskedIsInvalid) {
  EXPECT_EQ(RunTraceShow(client_, {}, {.instance = "x"}, out_, err_), kExitInvalidInput);
  EXPECT_THAT(err_.str(), StartsWith("error: trace show: \"x\" is no instance."));
  EXPECT_EQ(RunTraceShow(client_, {.replica = 9}, {.instance = "0.1"}, out_, err_),
            kExitInvalidInput);
}

TEST_F(TraceShowCommandTest, AReplicaThatIsNotThereIsSaidAndLeftOut) {
  Remember();
  EXPECT_EQ(RunTraceShow(half_dead_, {}, {.instance = "0.17"}, out_, err_), kExitUnavailable);
  EXPECT_THAT(out_.str(), HasSubstr("sends Commit to 1, not seen to arrive"));
  EXPECT_THAT(err_.str(), StartsWith("error: trace show: replica 1 ("));
}

}  // namespace
}  // namespace althing
