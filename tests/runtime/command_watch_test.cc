#include "replica/runtime/command_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"
#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kMs = 1'000'000;
constexpr PartitionId kPartition{2};

// Member 1; slow is what takes more than 10 ms.
class CommandWatchTest : public ::testing::Test {
 protected:
  CommandWatchTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(logger);
  }
  ~CommandWatchTest() override { spdlog::set_default_logger(before_); }

  // Own instance 1.SLOT unless said otherwise.
  void Step(int64_t ms, Event::Kind kind, Slot slot, bool commits = false, bool noop = false) {
    Output output;
    output.events.push_back({kind, {slot, coordinator_}, 1, ""});
    if (commits) {
      pb::Record& record = output.records.emplace_back();
      ToProto({slot, coordinator_}, record.mutable_committed()->mutable_id());
      record.mutable_committed()->set_noop(noop);
    }
    watch_.OnOutput(kPartition, position_, ms * kMs, output);
    position_ += output.records.size();
  }
  void Answer(int64_t ms, uint64_t request, Slot slot, absl::Status status = absl::OkStatus()) {
    Reply reply = testing::OkReply(request);
    reply.status = std::move(status);
    if (slot > 0) ToProto({slot, coordinator_}, reply.result.mutable_instance());
    watch_.OnAnswered(kPartition, ms * kMs, reply);
    watch_.EndAnswers();
  }
  // A command that comes at 1 ms, is handled at 3 ms and is in the instance at 6 ms.
  void Propose(uint64_t request, Slot slot) {
    watch_.OnHandled(RequestId{request}, 1 * kMs, 3 * kMs);
    Step(6, Event::Kind::kBatch, slot);
  }
  std::string TakeLog() {
    std::string text = log_.str();
    log_.str("");
    return text;
  }
  std::string Traced(InstanceId id) {
    pb::TraceEventsReply reply;
    trace_.ring().Find(kPartition, id, reply);
    std::string text;
    for (const pb::TraceEvent& event : reply.events()) {
      absl::StrAppend(&text, event.ShortDebugString(), "\n");
    }
    return text;
  }

  std::ostringstream log_;
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  Trace trace_{MemberIndex{1}};
  CommandWatch watch_{{.self = MemberIndex{1}, .slow_ns = 10 * kMs}, trace_};
  MemberIndex coordinator_{1};
  uint64_t position_ = 0;
};

TEST_F(CommandWatchTest, ASlowCommandIsLoggedOnceWithItsPhases) {
  Propose(7, 4);
  Step(8, Event::Kind::kFastDecision, 4, /*commits=*/true);
  Step(20, Event::Kind::kExecutedCommands, 4);
  Answer(20, 7, 4);
  Answer(20, 7, 4);
  EXPECT_EQ(
      TakeLog(),
      "warning event=slow_command partition=2 status=OK took_ms=19.0 queue_ms=2.0 instance=1.4 "
      "window_ms=3.0 ordering_ms=2.0 execution_ms=12.0 path=fast left_out=0\n");
}

TEST_F(CommandWatchTest, WhatIsInTimeIsNotLogged) {
  Propose(7, 4);
  Step(8, Event::Kind::kFastDecision, 4, /*commits=*/true);
  Step(11, Event::Kind::kExecutedCommands, 4);
  Answer(11, 7, 4);
  EXPECT_EQ(TakeLog(), "");
}

TEST_F(CommandWatchTest, TheSlowPathAndForeignDecisionsAreToldApart) {
  Propose(7, 4);
  Step(8, Event::Kind::kSlowDecision, 4, /*commits=*/true);
  Step(20, Event::Kind::kExecutedCommands, 4);
  Answer(20, 7, 4);
  EXPECT_THAT(TakeLog(), HasSubstr("execution_ms=12.0 path=slow left_out=0"));
  Propose(8, 5);
  Step(9, Event::Kind::kGraphEdges, 5, /*commits=*/true);
  Step(2000, Event::Kind::kExecutedCommands, 5);
  Answer(2000, 8, 5);
  EXPECT_THAT(TakeLog(), HasSubstr("execution_ms=1991.0 left_out=0"));
}

TEST_F(CommandWatchTest, ManySlowCommandsAreALineASecondThatCountsTheOthers) {
  for (uint64_t request = 1; request <= 5; ++request) Propose(request, 4);
  Step(8, Event::Kind::kFastDecision, 4, /*commits=*/true);
  Step(20, Event::Kind::kExecutedCommands, 4);
  for (uint64_t request = 1; request <= 4; ++request) Answer(20, request, 4);
  EXPECT_THAT(TakeLog(), HasSubstr("left_out=0"));
  EXPECT_EQ(TakeLog(), "");
  Answer(1020, 5, 4);
  EXPECT_THAT(TakeLog(), HasSubstr("left_out=3"));
}

TEST_F(CommandWatchTest, ACommandWithoutResultTellsHowFarItCame) {
  Propose(7, 4);
  watch_.OnExpired(kPartition, 103 * kMs, RequestId{7});
  EXPECT_EQ(TakeLog(),
            "warning event=slow_command partition=2 status=DEADLINE_EXCEEDED took_ms=102.0 "
            "queue_ms=2.0 unfinished_ms=100.0 left_out=0\n");
  watch_.OnHandled(RequestId{8}, 1000 * kMs, 1001 * kMs);
  Answer(1104, 8, 0, absl::DeadlineExceededError("taken back"));
  watch_.OnExpired(kPartition, 1104 * kMs, RequestId{8});
  EXPECT_EQ(TakeLog(),
            "warning event=slow_command partition=2 status=DEADLINE_EXCEEDED took_ms=104.0 "
            "queue_ms=1.0 window_ms=103.0 left_out=0\n");
  watch_.OnHandled(RequestId{9}, 2000 * kMs, 3000 * kMs);
  watch_.OnRefused(kPartition, 3000 * kMs, RequestId{9}, absl::UnavailableError("no"));
  EXPECT_EQ(TakeLog(),
            "warning event=slow_command partition=2 status=UNAVAILABLE took_ms=1000.0 "
            "queue_ms=1000.0 left_out=0\n");
}

TEST_F(CommandWatchTest, AnAnswerOfAnotherInstanceHasNoPhasesOfItsOwn) {
  Propose(7, 4);
  Step(8, Event::Kind::kFastDecision, 4, /*commits=*/true);
  Answer(20, 7, 3);
  EXPECT_THAT(TakeLog(), HasSubstr("queue_ms=2.0 instance=1.3 left_out=0"));
  Propose(8, 5);
  Step(9, Event::Kind::kGraphEdges, 5, /*commits=*/true, /*noop=*/true);
  Answer(2000, 8, 5);
  EXPECT_THAT(TakeLog(), HasSubstr("queue_ms=2.0 instance=1.5 left_out=0"));
}

TEST_F(CommandWatchTest, OffNothingIsLogged) {
  CommandWatch off({.self = MemberIndex{1}, .slow_ns = 0}, trace_);
  off.OnHandled(RequestId{7}, 0, 0);
  off.OnAnswered(kPartition, 1'000'000 * kMs, testing::OkReply(7));
  EXPECT_EQ(TakeLog(), "");
}

TEST_F(CommandWatchTest, NothingIsTracedAtLevelZero) {
  Propose(7, 4);
  Step(8, Event::Kind::kFastDecision, 4, /*commits=*/true);
  Step(11, Event::Kind::kExecutedCommands, 4);
  Answer(11, 7, 4);
  pb::TraceEventsReply reply;
  trace_.ring().Find(kPartition, {}, reply);
  EXPECT_EQ(reply.remembered(), 0u);
}

TEST_F(CommandWatchTest, TracesTheLifeOfAnInstance) {
  ASSERT_TRUE(trace_.SetLevel(1).ok());
  Propose(7, 4);
  watch_.OnHandled(RequestId{8}, 0, 4 * kMs);
  pb::Envelope commit = testing::CommitEnvelope(kPartition.value);
  ToProto({4, MemberIndex{1}}, commit.mutable_commit()->mutable_id());
  watch_.TraceSent(MemberIndex{0}, commit, 7 * kMs);
  watch_.TraceReceived(MemberIndex{3}, commit, 5 * kMs, 7 * kMs);
  Step(8, Event::Kind::kSlowDecision, 4, /*commits=*/true);
  watch_.TraceDurable(kPartition, LogPosition{1}, 9 * kMs);
  Step(10, Event::Kind::kExecutedCommands, 4);
  for (const uint64_t request : {7, 8}) {
    Reply reply = testing::OkReply(request);
    ToProto({4, MemberIndex{1}}, reply.result.mutable_instance());
    watch_.OnAnswered(kPartition, 10 * kMs, reply);
  }
  watch_.EndAnswers();
  EXPECT_EQ(Traced({4, MemberIndex{1}}),
            "kind: KIND_PROPOSED time_ns: 6000000 count: 1\n"
            "kind: KIND_SENT time_ns: 7000000 type: \"Commit\"\n"
            "kind: KIND_RECEIVED time_ns: 5000000 peer: 3 type: \"Commit\" handled_ns: 7000000\n"
            "kind: KIND_DECIDED_SLOW time_ns: 8000000 count: 1\n"
            "kind: KIND_COMMITTED time_ns: 8000000\n"
            "kind: KIND_APPENDED time_ns: 8000000 type: \"Committed\"\n"
            "kind: KIND_DURABLE time_ns: 9000000 type: \"Committed\"\n"
            "kind: KIND_EXECUTED time_ns: 10000000 count: 1\n"
            "kind: KIND_ANSWERED time_ns: 10000000 count: 2 handled_ns: 4000000\n");
}

TEST_F(CommandWatchTest, TracesInstancesOfOthersToo) {
  ASSERT_TRUE(trace_.SetLevel(1).ok());
  coordinator_ = MemberIndex{3};
  Output output;
  ToProto({9, coordinator_}, output.records.emplace_back().mutable_pre_accepted()->mutable_id());
  ToProto({9, coordinator_}, output.records.emplace_back().mutable_accepted()->mutable_id());
  ToProto({9, coordinator_}, output.records.emplace_back().mutable_decided()->mutable_id());
  watch_.OnOutput(kPartition, 5, 2 * kMs, output);
  watch_.TraceDurable(kPartition, LogPosition{7}, 3 * kMs);
  Step(4, Event::Kind::kExecutedCommands, 9);
  EXPECT_EQ(Traced({9, coordinator_}),
            "kind: KIND_APPENDED time_ns: 2000000 type: \"PreAccepted\"\n"
            "kind: KIND_APPENDED time_ns: 2000000 type: \"Accepted\"\n"
            "kind: KIND_APPENDED time_ns: 2000000 type: \"Decided\"\n"
            "kind: KIND_DURABLE time_ns: 3000000 type: \"PreAccepted\"\n"
            "kind: KIND_DURABLE time_ns: 3000000 type: \"Accepted\"\n"
            "kind: KIND_EXECUTED time_ns: 4000000 count: 1\n");
}

TEST_F(CommandWatchTest, TracesWhatBecomesOfARecovery) {
  ASSERT_TRUE(trace_.SetLevel(1).ok());
  coordinator_ = MemberIndex{3};
  const InstanceId id{9, coordinator_};
  Output output;
  for (const Event::Kind kind :
       {Event::Kind::kRecoveryStarted, Event::Kind::kRecoveryWaits, Event::Kind::kRecoveryRetried,
        Event::Kind::kRecoveredPayload, Event::Kind::kRecoveredNoop, Event::Kind::kResent}) {
    output.events.push_back({kind, id, 1, ""});
  }
  ToProto(id, output.records.emplace_back().mutable_joined()->mutable_id());
  ToProto(id, output.records.emplace_back().mutable_validated()->mutable_id());
  watch_.OnOutput(kPartition, 5, 2 * kMs, output);
  EXPECT_EQ(Traced(id),
            "kind: KIND_RECOVERY_STARTED time_ns: 2000000\n"
            "kind: KIND_RECOVERY_WAITS time_ns: 2000000\n"
            "kind: KIND_RECOVERY_RETRIED time_ns: 2000000\n"
            "kind: KIND_RECOVERED time_ns: 2000000 type: \"payload\"\n"
            "kind: KIND_RECOVERED time_ns: 2000000 type: \"noop\"\n"
            "kind: KIND_APPENDED time_ns: 2000000 type: \"Joined\"\n"
            "kind: KIND_APPENDED time_ns: 2000000 type: \"Validated\"\n");
}

}  // namespace
}  // namespace althing
