#include "replica/net/admin_service.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "pb/admin.grpc.pb.h"
#include "tests/net/net_fixture.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

class AdminServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(replica_.status().ok()) << replica_.status();
    stub_ = pb::Admin::NewStub(
        grpc::CreateChannel(replica_.client_address(), grpc::InsecureChannelCredentials()));
  }
  template <typename Request, typename Reply>
  grpc::Status Ask(grpc::Status (pb::Admin::Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Reply*),
                   const Request& request, Reply* reply) {
    return TurnDuring({&replica_}, [&] {
      grpc::ClientContext context;
      return (stub_.get()->*method)(&context, request, reply);
    });
  }

  const v1::Config config_ =
      MakeConfig(3, {{"cluster_id", "blue"}, {"partitions", "4"}, {"debug.drop_percent", "5"}});
  TestReplica replica_{config_, 1};
  std::unique_ptr<pb::Admin::Stub> stub_;
};

TEST_F(AdminServiceTest, StatusTellsWhatAnOperatorWantsToKnow) {
  pb::StatusReply reply;
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Status, pb::StatusRequest(), &reply).ok());
  EXPECT_GT(reply.uptime_seconds(), 0);
  EXPECT_LT(reply.uptime_seconds(), 60);
  reply.clear_uptime_seconds();

  pb::StatusReply expected;
  expected.set_cluster_id("blue");
  expected.set_replica(1);
  expected.set_members(3);
  expected.set_failures_tolerated(1);
  for (const int peer : {0, 2}) {
    const std::string address = "127.0.0.1:" + std::to_string(config_.replicas(peer).peer_port());
    pb::PeerState* state = expected.add_peers();
    state->set_replica(static_cast<uint32_t>(peer));
    state->set_address(address);
    state->set_detail("connecting to " + address);
  }
  expected.set_durability("none");
  expected.set_partitions(4);
  for (const std::string& warning : reply.debug_warnings()) {
    EXPECT_THAT(warning, HasSubstr("drop"));
    expected.add_debug_warnings(warning);
  }
  EXPECT_EQ(reply.debug_warnings_size(), 1);
  expected.set_version("1.2.3");
  expected.set_incoming_scheduler("fifo");
  expected.set_outgoing_scheduler("fifo");
  expected.set_log_level("info");
  EXPECT_EQ(reply.DebugString(), expected.DebugString());
}

TEST_F(AdminServiceTest, StatusTellsWhatWasDecidedExecutedAndAnswered) {
  const PartitionId partition{1};
  using Kind = Event::Kind;
  for (const Kind kind : {Kind::kFastDecision, Kind::kTwoFlushDecision, Kind::kSlowDecision}) {
    replica_.metrics().OnEvent(partition, {.kind = kind, .id = {}, .value = 1, .text = ""});
  }
  replica_.metrics().OnEvent(partition,
                             {.kind = Kind::kExecutedCommands, .id = {}, .value = 7, .text = ""});
  const int64_t now_ns = SteadyClock().NowNs();
  replica_.metrics().OnCallEnded(now_ns, 50);
  replica_.metrics().OnCallEnded(now_ns, 50);
  pb::StatusReply reply;
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Status, pb::StatusRequest(), &reply).ok());
  EXPECT_EQ(reply.fast_decisions(), 2u);
  EXPECT_EQ(reply.decisions(), 3u);
  EXPECT_EQ(reply.executed_commands(), 7u);
  ASSERT_EQ(reply.recent_answers_size(), 1);
  EXPECT_EQ(reply.recent_answers(0).ShortDebugString(), "at_most_ns: 50 count: 2");
}

TEST_F(AdminServiceTest, MetricsAreTheDump) {
  pb::MetricsReply reply;
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Metrics, pb::MetricsRequest(), &reply).ok());
  EXPECT_EQ(reply.json(), replica_.metrics().ToJson());
}

TEST_F(AdminServiceTest, TraceSetsTheLevelAndTellsTheOneBefore) {
  pb::TraceRequest request;
  pb::TraceReply reply;
  request.set_level(2);
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Trace, request, &reply).ok());
  EXPECT_EQ(reply.previous_level(), 0u);
  request.set_level(0);
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Trace, request, &reply).ok());
  EXPECT_EQ(reply.previous_level(), 2u);
}

TEST_F(AdminServiceTest, ATraceLevelThatDoesNotExistIsRefused) {
  pb::TraceRequest request;
  pb::TraceReply reply;
  request.set_level(5);
  EXPECT_EQ(Ask(&pb::Admin::Stub::Trace, request, &reply).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AdminServiceTest, SetSchedulerChangesWhatIsNamedAndTellsTheOnesBefore) {
  ASSERT_TRUE(replica_.incoming().Use("lifo").ok());
  pb::SetSchedulerRequest request;
  pb::SetSchedulerReply reply;
  request.set_outgoing("round_robin");
  ASSERT_TRUE(Ask(&pb::Admin::Stub::SetScheduler, request, &reply).ok());
  EXPECT_EQ(reply.previous_incoming(), "lifo");
  EXPECT_EQ(reply.previous_outgoing(), "fifo");
  request.Clear();
  request.set_incoming("fifo");
  ASSERT_TRUE(Ask(&pb::Admin::Stub::SetScheduler, request, &reply).ok());
  EXPECT_EQ(reply.previous_outgoing(), "round_robin");
  EXPECT_EQ(replica_.incoming().name(), "fifo");
}

TEST_F(AdminServiceTest, ASchedulerThatDoesNotExistIsRefusedAndNothingChanges) {
  for (const bool wrong_incoming : {true, false}) {
    pb::SetSchedulerRequest request;
    pb::SetSchedulerReply reply;
    request.set_incoming(wrong_incoming ? "best" : "lifo");
    request.set_outgoing(wrong_incoming ? "lifo" : "best");
    const grpc::Status status = Ask(&pb::Admin::Stub::SetScheduler, request, &reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("use one of: fifo, lifo, round_robin"));
    pb::StatusReply now;
    ASSERT_TRUE(Ask(&pb::Admin::Stub::Status, pb::StatusRequest(), &now).ok());
    EXPECT_EQ(now.incoming_scheduler(), "fifo");
    EXPECT_EQ(now.outgoing_scheduler(), "fifo");
  }
}

TEST_F(AdminServiceTest, SetLogLevelChangesItTellsTheOneBeforeAndSaysSoWhateverBothAre) {
  const LogCapture log;
  pb::StatusReply status;
  std::string before = "info";
  for (const char* level : {"error", "warn", "debug", "info"}) {
    pb::SetLogLevelRequest request;
    pb::SetLogLevelReply reply;
    request.set_level(level);
    ASSERT_TRUE(Ask(&pb::Admin::Stub::SetLogLevel, request, &reply).ok());
    EXPECT_EQ(reply.previous_level(), before);
    ASSERT_TRUE(Ask(&pb::Admin::Stub::Status, pb::StatusRequest(), &status).ok());
    EXPECT_EQ(status.log_level(), level);
    before = level;
  }
  EXPECT_EQ(log.text(),
            "info event=log_level now=error before=info\n"
            "info event=log_level now=warn before=error\n"
            "info event=log_level now=debug before=warn\n"
            "info event=log_level now=info before=debug\n");
}

TEST_F(AdminServiceTest, ALogLevelThatDoesNotExistIsRefusedWithTheChoicesAndNothingChanges) {
  const LogCapture log(LogLevel::kWarn);
  pb::SetLogLevelRequest request;
  pb::SetLogLevelReply reply;
  request.set_level("loud");
  const grpc::Status status = Ask(&pb::Admin::Stub::SetLogLevel, request, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(),
            "there is no log level \"loud\"; use one of: debug, info, warn, error");
  EXPECT_EQ(CurrentLogLevel(), LogLevel::kWarn);
  EXPECT_EQ(log.text(), "");
}

// The only replica of its cluster is ready by itself.
class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() : replica_(MakeConfig(1, {{"partitions", "4"}}), 0) {}
  // "ready", or what the status says of why it is not.
  std::string Standing() {
    const auto stub = pb::Admin::NewStub(
        grpc::CreateChannel(replica_.client_address(), grpc::InsecureChannelCredentials()));
    pb::StatusReply reply;
    const grpc::Status status = TurnDuring({&replica_}, [&] {
      grpc::ClientContext context;
      return stub->Status(&context, pb::StatusRequest(), &reply);
    });
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::string standing = reply.ready() ? "ready" : "not ready";
    if (reply.draining()) standing += ", draining";
    for (const auto& partition : reply.quarantined()) {
      standing += ", " + partition.ShortDebugString();
    }
    return standing;
  }
  TestReplica replica_;
};

TEST_F(ReadinessTest, AReplicaWithAQuarantinedPartitionIsNotReadyAndNamesIt) {
  EXPECT_EQ(Standing(), "ready");
  EXPECT_TRUE(replica_.server().ready());
  replica_.core().quarantined.push_back({PartitionId{3}, "two outcomes"});
  EXPECT_EQ(Standing(), "not ready, partition: 3 why: \"two outcomes\"");
  EXPECT_FALSE(replica_.server().ready());
}

TEST_F(ReadinessTest, AReplicaThatDrainsIsNotReady) {
  replica_.server().Drain();
  EXPECT_EQ(Standing(), "not ready, draining");
}

TEST_F(AdminServiceTest, ExplainHandsTheQuestionOnAndNamesTheMembers) {
  replica_.server().set_explain(
      [](const pb::ExplainRequest& request) -> absl::StatusOr<pb::ExplainReply> {
        if (request.partition() == 9) return absl::InvalidArgumentError("no such partition");
        pb::ExplainReply reply;
        reply.set_partition(request.partition());
        return reply;
      });
  pb::ExplainRequest request;
  pb::ExplainReply reply;
  request.set_key("k");
  request.set_partition(3);
  ASSERT_TRUE(Ask(&pb::Admin::Stub::Explain, request, &reply).ok());
  EXPECT_EQ(reply.ShortDebugString(), "partition: 3 members: 0 members: 1 members: 2");
  request.set_partition(9);
  const grpc::Status refused = Ask(&pb::Admin::Stub::Explain, request, &reply);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused.error_message(), "no such partition");
}

TEST_F(AdminServiceTest, WhoReadsNoAnswerHoldsUpNobodyForLong) {
  replica_.server().set_explain([](const pb::ExplainRequest& request) {
    pb::ExplainReply reply;
    // More than a connection takes before its end reads.
    if (request.key() == "large") {
      reply.add_instances()->mutable_deps()->Resize(1'000'000, UINT64_MAX);
    }
    return absl::StatusOr<pb::ExplainReply>(std::move(reply));
  });
  pb::ExplainRequest large, small;
  large.set_key("large");
  small.set_key("small");
  // As many as there are places: after them nobody can be served until one is given up.
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientAsyncResponseReader<pb::ExplainReply>>> unread;
  for (size_t i = 0; i < kUnaryCallsMax; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    unread.push_back(stub_->PrepareAsyncExplain(contexts.back().get(), large, &queue));
    unread.back()->StartCall();
    unread.back()->ReadInitialMetadata(nullptr);  // Only this sends what was asked.
    pb::ExplainReply reply;
    const bool last = i + 1 == kUnaryCallsMax;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(Ask(&pb::Admin::Stub::Explain, small, &reply).ok()) << i;
    const auto took = std::chrono::steady_clock::now() - begin;
    if (!last) continue;
    EXPECT_GT(took, std::chrono::nanoseconds(kUnaryUnreadNsMax / 2)) << "all places were held";
  }
  for (const auto& context : contexts) context->TryCancel();
  queue.Shutdown();
}

TEST_F(AdminServiceTest, TraceEventsAreThoseOfTheInstanceWithBothClocks) {
  ASSERT_TRUE(replica_.trace().SetLevel(2).ok());
  const InstanceId id{7, MemberIndex{2}};
  replica_.trace().ring().Add(
      {.kind = pb::TraceEvent::KIND_COMMITTED, .partition = {3}, .id = id, .time_ns = 5});
  pb::TraceEventsRequest request;
  ToProto(id, request.mutable_instance());
  request.set_partition(3);
  const int64_t before_ns = SteadyClock().NowNs();
  pb::TraceEventsReply reply;
  ASSERT_TRUE(Ask(&pb::Admin::Stub::TraceEvents, request, &reply).ok());
  EXPECT_GE(reply.now_ns(), before_ns);
  EXPECT_LE(reply.now_ns(), SteadyClock().NowNs());
  EXPECT_NEAR(static_cast<double>(reply.wall_ns()),
              static_cast<double>(absl::GetCurrentTimeNanos()), 60e9);
  reply.clear_now_ns();
  reply.clear_wall_ns();
  EXPECT_EQ(reply.ShortDebugString(),
            "replica: 1 members: 0 members: 1 members: 2 level: 2 remembered: 1 oldest_ns: 5 "
            "events { kind: KIND_COMMITTED time_ns: 5 }");
}

TEST_F(AdminServiceTest, TraceEventsOfAnInstanceThatCannotBeAreRefused) {
  const auto refusal = [this](uint32_t coordinator, uint64_t slot, uint32_t partition) {
    pb::TraceEventsRequest request;
    request.mutable_instance()->set_coordinator(coordinator);
    request.mutable_instance()->set_slot(slot);
    request.set_partition(partition);
    pb::TraceEventsReply reply;
    const grpc::Status status = Ask(&pb::Admin::Stub::TraceEvents, request, &reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  EXPECT_EQ(refusal(3, 1, 0),
            "there is no instance 3.1 of partition 0: coordinators are 0 to 2, slots begin at 1, "
            "partitions are 0 to 3");
  EXPECT_THAT(refusal(0, 0, 0), HasSubstr("no instance 0.0 of partition 0"));
  EXPECT_THAT(refusal(0, 1, 4), HasSubstr("no instance 0.1 of partition 4"));
}

}  // namespace
}  // namespace althing
