#include "replica/net/propose_service.h"

#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "pb/call_metadata.h"
#include "pb/kv.grpc.pb.h"
#include "replica/core/partition_map.h"
#include "replica/net/propose_call.h"
#include "tests/net/net_fixture.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using std::chrono::milliseconds;

pb::ProposeRequest Put(const std::string& key, const std::string& value) {
  pb::ProposeRequest request;
  pb::Command& command = *request.mutable_request()->add_commands();
  command.set_operation(pb::OPERATION_PUT);
  command.set_key(key);
  command.set_value(value);
  return request;
}

struct Outcome {
  grpc::Status status;
  pb::ProposeReply reply;
  std::string written;  // What the trailing metadata says.
};

// "code: text", and "(written: no)" if the replica says so.
std::string Words(const Outcome& outcome) {
  std::string words =
      absl::StrCat(outcome.status.error_code(), ": ", outcome.status.error_message());
  if (!outcome.written.empty()) absl::StrAppend(&words, " (written: ", outcome.written, ")");
  return words;
}

class ProposeServiceTest : public testing::Test {
 protected:
  void Start(const std::map<std::string, std::string>& settings = {}) {
    replica_ = std::make_unique<TestReplica>(MakeConfig(1, settings), 0);
    ASSERT_TRUE(replica_->status().ok()) << replica_->status();
    stub_ = pb::KV::NewStub(
        grpc::CreateChannel(replica_->client_address(), grpc::InsecureChannelCredentials()));
  }
  // A call in a thread of its own. No time-out: no deadline.
  std::future<Outcome> Call(const pb::ProposeRequest& request, milliseconds time_out = {}) {
    return std::async(std::launch::async, [this, request, time_out] {
      grpc::ClientContext context;
      if (time_out.count() > 0) {
        context.set_deadline(std::chrono::system_clock::now() + time_out);
      }
      Outcome outcome;
      outcome.status = stub_->Propose(&context, request, &outcome.reply);
      for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
        if (key == kWrittenKey) outcome.written = std::string(value.data(), value.size());
      }
      return outcome;
    });
  }
  Outcome Await(std::future<Outcome> call) {
    TurnUntil({replica_.get()},
              [&] { return call.wait_for(milliseconds(0)) == std::future_status::ready; });
    return call.get();
  }
  // Turns until `count` proposals have arrived.
  void AwaitProposals(size_t count) {
    ASSERT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->arrived.size() >= count; }));
  }
  int Answers(const std::string& code) {
    return nlohmann::json::parse(replica_->metrics().ToJson())["Answers"].value(code, 0);
  }

  std::unique_ptr<TestReplica> replica_;
  std::unique_ptr<pb::KV::Stub> stub_;
};

TEST_F(ProposeServiceTest, HandsOverACommandAndReturnsItsAnswer) {
  Start({{"partitions", "16"}, {"hash_seed", "5"}});
  const pb::ProposeRequest request = Put("apple", "red");
  auto call = Call(request);
  AwaitProposals(1);
  const auto& proposal = std::get<ClientProposal>(replica_->arrived[0].body);
  EXPECT_EQ(replica_->arrived[0].partition, PartitionMap(16, 5).Find("apple"));
  pb::RequestBatch batch;
  *batch.add_requests() = request.request();
  EXPECT_EQ(proposal.batch, batch.SerializeAsString());
  EXPECT_EQ(replica_->server().open_calls(), 1u);

  pb::ProposeReply reply;
  reply.add_results()->set_version(7);
  reply.mutable_results(0)->set_value("green");
  replica_->AnswerAll(absl::OkStatus(), reply);
  const Outcome outcome = Await(std::move(call));
  EXPECT_EQ(Words(outcome), "0: ");
  EXPECT_EQ(outcome.reply.ShortDebugString(), reply.ShortDebugString());
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
}

TEST_F(ProposeServiceTest, HandsOnTheStatusOfARefusal) {
  Start();
  auto call = Call(Put("a", "b"));
  AwaitProposals(1);
  replica_->AnswerAll(absl::UnavailableError("not now"), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(call))), "14: not now (written: no)");
}

TEST_F(ProposeServiceTest, CountsHowLongCallsTookButNotThoseThatWereRefused) {
  Start();
  const auto recent = [&] {
    return replica_->metrics().recent_answers().Recent(SteadyClock().NowNs());
  };
  auto refused = Call(Put("a", "b"));
  AwaitProposals(1);
  replica_->AnswerAll(absl::UnavailableError("not now"), pb::ProposeReply());
  Await(std::move(refused));
  EXPECT_TRUE(recent().empty());

  auto late = Call(Put("a", "b"), milliseconds(100));
  Await(std::move(late));
  ASSERT_TRUE(TurnUntil({replica_.get()}, [&] { return !recent().empty(); }));
  EXPECT_EQ(recent()[0].count, 1u);
  EXPECT_GE(recent()[0].at_most_ns, 90'000'000u);
  EXPECT_LE(recent()[0].at_most_ns, 10'000'000'000u);

  replica_->arrived.clear();
  auto answered = Call(Put("a", "b"));
  AwaitProposals(1);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  Await(std::move(answered));
  uint64_t count = 0;
  for (const RecentTimes::Bucket& bucket : recent()) count += bucket.count;
  EXPECT_EQ(count, 2u);
}

TEST_F(ProposeServiceTest, EachCallGetsItsOwnAnswer) {
  Start();
  constexpr size_t kCalls = 300;  // More than are offered at once.
  grpc::CompletionQueue queue;
  struct Pending {
    grpc::ClientContext context;
    Outcome outcome;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::ProposeReply>> reader;
  };
  std::vector<Pending> pending(kCalls);
  for (size_t i = 0; i < kCalls; ++i) {
    Pending& call = pending[i];
    call.reader = stub_->AsyncPropose(&call.context, Put(absl::StrCat("k", i), "v"), &queue);
    call.reader->Finish(&call.outcome.reply, &call.outcome.status, &call);
  }
  AwaitProposals(kCalls);
  // Answered in the reverse order, each with its own key.
  for (size_t i = kCalls; i-- > 0;) {
    const auto& proposal = std::get<ClientProposal>(replica_->arrived[i].body);
    pb::RequestBatch batch;
    ASSERT_TRUE(batch.ParseFromString(proposal.batch));
    pb::ProposeReply reply;
    reply.add_results()->set_value(batch.requests(0).commands(0).key());
    replica_->server().Answer(proposal.request, absl::OkStatus(), reply);
  }
  size_t done = 0;
  TurnUntil({replica_.get()}, [&] {
    void* tag = nullptr;
    bool ok = false;
    if (queue.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
        grpc::CompletionQueue::GOT_EVENT) {
      ++done;
    }
    return done == kCalls;
  });
  for (size_t i = 0; i < kCalls; ++i) {
    EXPECT_EQ(Words(pending[i].outcome), "0: ");
    EXPECT_EQ(pending[i].outcome.reply.results(0).value(), absl::StrCat("k", i));
  }
  queue.Shutdown();
}

TEST_F(ProposeServiceTest, RefusesInvalidCommandsAtOnce) {
  Start();
  pb::ProposeRequest no_operation = Put("key", "");
  no_operation.mutable_request()->mutable_commands(0)->clear_operation();
  for (const pb::ProposeRequest& request : {no_operation, Put("", "value"), pb::ProposeRequest()}) {
    const Outcome outcome = Await(Call(request));
    EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << outcome.status.error_message();
  }
  EXPECT_TRUE(replica_->arrived.empty());
  EXPECT_EQ(Answers("INVALID_ARGUMENT"), 3);
}

// The first key "k<i>" of the partition.
std::string KeyIn(uint32_t partition, const PartitionMap& map) {
  for (int i = 0;; ++i) {
    const std::string key = absl::StrCat("k", i);
    if (map.Find(key) == PartitionId{partition}) return key;
  }
}

TEST_F(ProposeServiceTest, ARequestHasOnePartition) {
  Start({{"partitions", "3"}});
  const PartitionMap map(3, 0);
  const auto words = [&](const pb::ProposeRequest& request) { return Words(Await(Call(request))); };
  pb::ProposeRequest two = Put(KeyIn(2, map), "v");
  *two.mutable_request()->add_commands() = Put(KeyIn(0, map), "v").request().commands(0);
  EXPECT_EQ(words(two),
            "3: the request has keys in partitions 2 and 0; it takes effect at one moment in one "
            "partition: send one request for each (written: no)");
  pb::ProposeRequest in_session = Put(KeyIn(2, map), "v");
  in_session.mutable_request()->set_number(1);
  in_session.mutable_request()->mutable_session()->set_slot(1);
  in_session.mutable_request()->mutable_session()->set_partition(1);
  EXPECT_EQ(words(in_session),
            "3: a key is in partition 2 and the session in 1: use a session of the key's partition "
            "(written: no)");
  pb::ProposeRequest open;
  open.mutable_request()->mutable_open()->set_partition(3);
  EXPECT_EQ(words(open), "3: partition 3 does not exist; there are 3, from 0 (written: no)");

  in_session.mutable_request()->mutable_session()->set_partition(2);
  open.mutable_request()->mutable_open()->set_partition(1);
  auto first = Call(in_session);
  AwaitProposals(1);
  auto second = Call(open);
  AwaitProposals(2);
  EXPECT_EQ(replica_->arrived[0].partition, PartitionId{2});
  EXPECT_EQ(replica_->arrived[1].partition, PartitionId{1});
  replica_->AnswerAll(absl::FailedPreconditionError("the session is gone"), pb::ProposeReply());
  // An earlier proposal of the request may have been executed.
  EXPECT_EQ(Words(Await(std::move(first))), "9: the session is gone (written: unknown)");
  EXPECT_EQ(Words(Await(std::move(second))), "9: the session is gone (written: unknown)");
}

TEST_F(ProposeServiceTest, DescribesWhatAClientMustKnow) {
  Start({{"cluster_id", "west"},
         {"partitions", "3"},
         {"hash_seed", "8"},
         {"timing.session_ms", "700"},
         {"limits.key_bytes_max", "10"},
         {"limits.value_bytes_max", "20"},
         {"limits.request_bytes_max", "60"},
         {"limits.request_commands_max", "4"}});
  for (int i = 0; i < 2; ++i) {
    auto call = std::async(std::launch::async, [this] {
      grpc::ClientContext context;
      pb::DescribeReply reply;
      const grpc::Status status = stub_->Describe(&context, pb::DescribeRequest(), &reply);
      return status.ok() ? reply.ShortDebugString() : status.error_message();
    });
    TurnUntil({replica_.get()},
              [&] { return call.wait_for(milliseconds(0)) == std::future_status::ready; });
    EXPECT_EQ(call.get(),
              "cluster_id: \"west\" partitions: 3 hash_seed: 8 session_ms: 700 key_bytes_max: 10 "
              "value_bytes_max: 20 request_bytes_max: 60 request_commands_max: 4");
  }
}

TEST_F(ProposeServiceTest, RefusesWhatIsTooLargeWithTheLimit) {
  Start({{"limits.key_bytes_max", "10"}, {"limits.value_bytes_max", "1000"}});
  const Outcome key = Await(Call(Put("12345678901", "")));
  EXPECT_EQ(key.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(key.status.error_message().find("10"), std::string::npos) << Words(key);
  const Outcome value = Await(Call(Put("key", std::string(1001, 'x'))));
  EXPECT_EQ(value.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(value.status.error_message().find("1000"), std::string::npos) << Words(value);
  // Too large even to be read: gRPC refuses it, and the next call is served as before.
  const Outcome huge = Await(Call(Put("key", std::string(200'000, 'x'))));
  EXPECT_EQ(huge.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << Words(huge);
  EXPECT_TRUE(replica_->arrived.empty());
  auto call = Call(Put("key", std::string(1000, 'x')));
  AwaitProposals(1);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(call))), "0: ");
}

TEST_F(ProposeServiceTest, RefusesAtOnceWhatTheChannelHasNoRoomFor) {
  Start({{"queues.client_messages_max", "2"}});
  auto first = Call(Put("a", ""));
  auto second = Call(Put("b", ""));
  AwaitProposals(2);
  const Outcome third = Await(Call(Put("c", "")));
  EXPECT_EQ(Words(third),
            "8: partition 0 already has 2 proposals waiting (queues.client_messages_max); the "
            "write did not happen: try again later (written: no)");
  EXPECT_EQ(Answers("RESOURCE_EXHAUSTED"), 1);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(first))), "0: ");
  EXPECT_EQ(Words(Await(std::move(second))), "0: ");
  auto fourth = Call(Put("d", ""));
  AwaitProposals(1);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(fourth))), "0: ");
}

// gRPC reads from no connection, a peer's neither, while calls wait to be accepted.
TEST_F(ProposeServiceTest, AFloodThatIsRefusedIsTakenAFewCallsATurn) {
  constexpr int kCalls = 400, kOffered = 256, kATurn = 16;
  Start({{"queues.client_messages_max", "1"}});
  auto taken = Call(Put("taken", ""));
  AwaitProposals(1);
  // All are sent before the first is looked at.
  grpc::CompletionQueue queue;
  struct Flooding {
    grpc::ClientContext context;
    grpc::Status status;
    pb::ProposeReply reply;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::ProposeReply>> reader;
  };
  std::vector<Flooding> flood(kCalls);
  for (Flooding& call : flood) {
    call.reader = stub_->AsyncPropose(&call.context, Put("more", ""), &queue);
    call.reader->Finish(&call.reply, &call.status, &call);
  }
  int refused = 0, turns = 0;
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] {
    const int now = Answers("RESOURCE_EXHAUSTED");
    if (now > refused) ++turns;
    refused = now;
    return refused == kCalls;
  }));
  EXPECT_GE(turns, (kCalls - kOffered) / kATurn);
  for (int i = 0; i < kCalls; ++i) {
    void* tag = nullptr;
    bool ok = false;
    TurnUntil({replica_.get()}, [&] {
      return queue.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
             grpc::CompletionQueue::GOT_EVENT;
    });
  }
  for (const Flooding& call : flood) {
    EXPECT_EQ(call.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  queue.Shutdown();
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(taken))), "0: ");
}

TEST_F(ProposeServiceTest, RefusesAtOnceMoreBytesThanMayBeUnderWay) {
  Start({{"queues.client_bytes_max", "1000"}});
  const std::string half(500, 'x');
  // A single one may be larger.
  auto first = Call(Put("a", half + half + half));
  AwaitProposals(1);
  const Outcome second = Await(Call(Put("b", "")));
  EXPECT_EQ(second.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(Words(second).find("queues.client_bytes_max is 1000; the write did not happen"),
            std::string::npos)
      << Words(second);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(first))), "0: ");
  // What was answered counts no longer; what was refused never did.
  auto third = Call(Put("c", half));
  AwaitProposals(1);
  EXPECT_EQ(Await(Call(Put("d", half))).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  auto fourth = Call(Put("e", "small"));
  AwaitProposals(2);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(third))), "0: ");
  EXPECT_EQ(Words(Await(std::move(fourth))), "0: ");
}

// Asks, and reads nothing of the answer.
struct Unread {
  Unread(pb::KV::Stub& stub, const pb::ProposeRequest& request)
      : reader(stub.PrepareAsyncPropose(&context, request, &queue)) {
    reader->StartCall();
    reader->ReadInitialMetadata(nullptr);  // Only this sends what was asked.
  }
  ~Unread() {
    context.TryCancel();
    queue.Shutdown();
  }
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<pb::ProposeReply>> reader;
};

// More than a connection takes before its end reads.
pb::ProposeReply LargeReply() {
  pb::ProposeReply reply;
  reply.add_results()->set_value(std::string(8 << 20, 'x'));
  return reply;
}

TEST_F(ProposeServiceTest, AnAnswerThatNobodyReadsCountsUntilItIsGone) {
  Start({{"queues.client_bytes_max", "1000000"}});
  auto unread = std::make_unique<Unread>(*stub_, Put("a", ""));
  AwaitProposals(1);
  replica_->AnswerAll(absl::OkStatus(), LargeReply());
  replica_->arrived.clear();
  const Outcome refused = Await(Call(Put("b", ""), milliseconds(10'000)));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << Words(refused);
  EXPECT_EQ(replica_->server().open_calls(), 1u) << "the one that nobody reads";
  unread.reset();
  ASSERT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
  auto call = Call(Put("c", ""));
  AwaitProposals(1);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(call))), "0: ");
}

TEST_F(ProposeServiceTest, AnAnswerThatNobodyReadsIsGivenUpInTheEnd) {
  constexpr milliseconds kPatience(500);
  Start({{"timing.request_ms", absl::StrCat(kPatience.count())}});
  Unread unread(*stub_, Put("a", ""));
  AwaitProposals(1);
  const auto begin = std::chrono::steady_clock::now();
  replica_->AnswerAll(absl::OkStatus(), LargeReply());
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, kPatience);
}

TEST(ProposeCallTest, ALargeValueDoesNotRestInACallThatWaitsOrIsIdle) {
  ProposeCall call(nullptr);
  call.request = Put("key", "small");
  call.FreeLargeRequest();
  EXPECT_EQ(call.request.request().commands(0).key(), "key");
  call.request = Put("key", std::string(1 << 20, 'x'));
  call.FreeLargeRequest();
  EXPECT_LT(call.request.SpaceUsedLong(), 4096);
}

TEST_F(ProposeServiceTest, FinishesCallsWhoseDeadlinePassed) {
  Start({{"timing.request_ms", "300"}});
  auto call = Call(Put("a", ""));
  auto patient = Call(Put("b", ""), milliseconds(60'000));
  AwaitProposals(2);
  EXPECT_EQ(Words(Await(std::move(call))),
            "4: the deadline passed before the request was executed; outcome unknown: read the "
            "key to learn it (written: unknown)");
  EXPECT_EQ(Answers("DEADLINE_EXCEEDED"), 1);
  // One answer comes too late and is nobody's; the other call has lost nothing.
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 1; }));
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  EXPECT_EQ(Words(Await(std::move(patient))), "0: ");
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
}

TEST_F(ProposeServiceTest, WhatWasTakenBackAtItsDeadlineIsNotWritten) {
  Start({{"timing.request_ms", "100"}});
  replica_->takes_back = true;
  EXPECT_EQ(Words(Await(Call(Put("a", "")))), "4: late (written: no)");
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
}

TEST_F(ProposeServiceTest, ADeadlineInTheFarFutureIsOne) {
  Start();
  grpc::ClientContext context;
  gpr_timespec far = gpr_now(GPR_CLOCK_REALTIME);
  far.tv_sec += int64_t{1} << 40;
  context.set_deadline(far);
  grpc::Status status(grpc::StatusCode::UNKNOWN, "");
  pb::ProposeReply reply;
  auto call = std::async(std::launch::async,
                         [&] { status = stub_->Propose(&context, Put("a", ""), &reply); });
  AwaitProposals(1);
  SteadyClock clock;
  EXPECT_GT(std::get<ClientProposal>(replica_->arrived[0].body).deadline_ns, clock.NowNs());
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  TurnUntil({replica_.get()},
            [&] { return call.wait_for(milliseconds(0)) == std::future_status::ready; });
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(ProposeServiceTest, ACallThatItsClientGaveUpLeaksNothing) {
  Start();
  const Outcome outcome = Await(Call(Put("a", ""), milliseconds(200)));
  EXPECT_EQ(outcome.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(TurnUntil({replica_.get()}, [&] { return replica_->server().open_calls() == 0; }));
}

TEST_F(ProposeServiceTest, ProposalsCarryTheirDeadline) {
  Start({{"timing.request_ms", "40000"}});
  SteadyClock clock;
  const int64_t before_ns = clock.NowNs();
  auto call = Call(Put("a", ""), milliseconds(20'000));
  AwaitProposals(1);
  auto default_call = Call(Put("b", ""));
  AwaitProposals(2);
  const int64_t after_ns = clock.NowNs();
  const auto deadline_ns = [&](size_t i) {
    return std::get<ClientProposal>(replica_->arrived[i].body).deadline_ns;
  };
  constexpr int64_t kSecond = 1'000'000'000;
  EXPECT_GT(deadline_ns(0), before_ns + 19 * kSecond);
  EXPECT_LT(deadline_ns(0), after_ns + 21 * kSecond);
  EXPECT_GE(deadline_ns(1), before_ns + 40 * kSecond);
  EXPECT_LE(deadline_ns(1), after_ns + 40 * kSecond);
  replica_->AnswerAll(absl::OkStatus(), pb::ProposeReply());
  Await(std::move(call));
  Await(std::move(default_call));
}

TEST_F(ProposeServiceTest, StoppingTellsWaitingCallsThatTheOutcomeIsUnknown) {
  Start();
  auto call = Call(Put("a", ""));
  AwaitProposals(1);
  replica_->server().Stop();
  EXPECT_EQ(Words(call.get()),
            "4: the replica stopped before the request was executed; outcome unknown: read the "
            "key to learn it (written: unknown)");
}

TEST_F(ProposeServiceTest, AtLevelDebugTheLogTellsOncePerSecondWhyCallsFailAndNoValue) {
  Start({{"limits.value_bytes_max", "4"}});
  const LogCapture log(LogLevel::kDebug);
  const auto refused = [&] { return Await(Call(Put("a", "secret"))).status.error_code(); };
  ASSERT_EQ(refused(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(log.text(),
            "debug event=call_failed code=RESOURCE_EXHAUSTED written=no why=\"the value has 6 "
            "bytes; the limit is 4 (limits.value_bytes_max)\" left_out=0\n");
  const auto begin = std::chrono::steady_clock::now();
  int more = 0;
  while (log.text().find("left_out", log.text().find("left_out=0") + 1) == std::string::npos) {
    ASSERT_EQ(refused(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    ++more;
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  }
  EXPECT_THAT(log.text(), testing::EndsWith(absl::StrCat(" left_out=", more - 1, "\n")));
  EXPECT_GT(std::chrono::steady_clock::now() - begin, milliseconds(800));
}

TEST_F(ProposeServiceTest, AtLevelInfoTheLogDoesNotTellOfCallsThatFail) {
  Start();
  const LogCapture log;
  ASSERT_EQ(Await(Call(Put("", ""))).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace althing
