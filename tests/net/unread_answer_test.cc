// Callers that read nothing of what they asked for.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "pb/admin.grpc.pb.h"
#include "pb/kv.grpc.pb.h"
#include "replica/net/unary_method.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What a connection takes before its end reads; larger answers wait in the replica.
constexpr int kTakenUnread = 64 << 10;

std::shared_ptr<grpc::Channel> Connect(const TestReplica& replica) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kTakenUnread);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(replica.client_address(), grpc::InsecureChannelCredentials(),
                                   arguments);
}

pb::ProposeRequest Put() {
  pb::ProposeRequest request;
  pb::Command& command = *request.mutable_request()->add_commands();
  command.set_operation(pb::OPERATION_PUT);
  command.set_key("key");
  return request;
}

pb::ProposeReply LargeReply() {
  pb::ProposeReply reply;
  reply.add_results()->set_value(std::string(4 << 20, 'x'));
  return reply;
}

// A call of which the answer is not read. `prepare(context, queue)` makes it.
template <typename Reply>
class Unread {
 public:
  template <typename Prepare>
  explicit Unread(const Prepare& prepare) : reader_(prepare(&context_, &queue_)) {
    reader_->StartCall();
    reader_->ReadInitialMetadata(nullptr);  // Only this sends what was asked.
  }
  // gRPC frees only calls that were finished.
  ~Unread() {
    context_.TryCancel();
    Reply reply;
    grpc::Status status;
    reader_->Finish(&reply, &status, nullptr);
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) continue;
  }

 private:
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Reply>> reader_;
};

std::unique_ptr<Unread<pb::ProposeReply>> PutUnread(pb::KV::Stub& stub) {
  return std::make_unique<Unread<pb::ProposeReply>>(
      [&](auto* context, auto* queue) { return stub.PrepareAsyncPropose(context, Put(), queue); });
}

void AnswerPut(TestReplica& replica, const pb::ProposeReply& reply) {
  ASSERT_TRUE(TurnUntil({&replica}, [&] { return !replica.arrived.empty(); }));
  replica.AnswerAll(absl::OkStatus(), reply);
  replica.arrived.clear();
}

TEST(UnreadAnswerTest, CountsAmongTheBytesUnderWayUntilItIsGone) {
  TestReplica replica(MakeConfig(1, {{"queues.client_bytes_max", "1000000"}}), 0);
  const auto stub = pb::KV::NewStub(Connect(replica));
  auto unread = PutUnread(*stub);
  AnswerPut(replica, LargeReply());
  const auto put = [&] {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + milliseconds(5000));
    pb::ProposeReply reply;
    return stub->Propose(&context, Put(), &reply);
  };
  const grpc::Status refused = TurnDuring({&replica}, put);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  EXPECT_EQ(replica.server().open_calls(), 1u) << "the one that nobody reads";
  unread.reset();
  ASSERT_TRUE(TurnUntil({&replica}, [&] { return replica.server().open_calls() == 0; }));
  auto taken = std::async(std::launch::async, put);
  AnswerPut(replica, pb::ProposeReply());
  EXPECT_TRUE(TurnDuring({&replica}, [&] { return taken.get(); }).ok());
}

TEST(UnreadAnswerTest, IsGivenUpInTheEnd) {
  constexpr milliseconds kPatience(500);
  TestReplica replica(MakeConfig(1, {{"timing.request_ms", absl::StrCat(kPatience.count())}}), 0);
  const auto stub = pb::KV::NewStub(Connect(replica));
  const auto unread = PutUnread(*stub);
  ASSERT_TRUE(TurnUntil({&replica}, [&] { return !replica.arrived.empty(); }));
  const auto begin = Clock::now();
  replica.AnswerAll(absl::OkStatus(), LargeReply());
  EXPECT_TRUE(TurnUntil({&replica}, [&] { return replica.server().open_calls() == 0; }));
  EXPECT_GE(Clock::now() - begin, kPatience);
}

TEST(UnreadAnswerTest, OfAnOperatorHoldsUpNobodyForLong) {
  TestReplica replica(MakeConfig(1), 0);
  replica.server().set_explain([](const pb::ExplainRequest& request) {
    pb::ExplainReply reply;
    if (request.key() == "large") {
      reply.add_instances()->mutable_deps()->Resize(100'000, UINT64_MAX);
    }
    return absl::StatusOr<pb::ExplainReply>(std::move(reply));
  });
  const auto stub = pb::Admin::NewStub(Connect(replica));
  pb::ExplainRequest large, small;
  large.set_key("large");
  small.set_key("small");
  std::vector<std::unique_ptr<Unread<pb::ExplainReply>>> unread;
  Clock::duration took{};
  // As many as there are places: after them nobody can be served until one is given up.
  for (size_t i = 0; i < kUnaryCallsMax; ++i) {
    unread.push_back(std::make_unique<Unread<pb::ExplainReply>>([&](auto* context, auto* queue) {
      return stub->PrepareAsyncExplain(context, large, queue);
    }));
    const auto begin = Clock::now();
    const grpc::Status answered = TurnDuring({&replica}, [&] {
      grpc::ClientContext context;
      pb::ExplainReply reply;
      return stub->Explain(&context, small, &reply);
    });
    EXPECT_TRUE(answered.ok()) << i << ": " << answered.error_message();
    took = Clock::now() - begin;
  }
  EXPECT_GT(took, std::chrono::nanoseconds(kUnaryUnreadNsMax / 2)) << "all places were held";
}

}  // namespace
}  // namespace althing
