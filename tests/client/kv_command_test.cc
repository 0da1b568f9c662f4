#include "client/commands/kv_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <sstream>
#include <thread>

#include "client/commands/kv_call.h"
#include "pb/call_metadata.h"
#include "tests/client/fake_replica.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Ended {
  ExitCode code;
  std::string out;
  std::string err;
  bool operator==(const Ended&) const = default;
};

void PrintTo(const Ended& answer, std::ostream* os) {
  *os << answer.code << " out: " << answer.out << " err: " << answer.err;
}

KeyCommand Put(std::string key, std::string value) {
  return {KeyCommand::Operation::kPut, std::move(key), std::move(value)};
}
KeyCommand Get(std::string key) { return {KeyCommand::Operation::kGet, std::move(key)}; }
KeyCommand Del(std::string key) { return {KeyCommand::Operation::kDelete, std::move(key)}; }

// The client of the command line, which `interrupted` ends.
struct Kv {
  explicit Kv(std::vector<Endpoint> endpoints, std::function<bool()> interrupted = nullptr)
      : endpoints(std::move(endpoints)), interrupted(std::move(interrupted)) {}

  std::vector<Endpoint> endpoints;
  std::function<bool()> interrupted;
};

Ended Execute(const Kv& kv, const KeyCommand& command, const CommonOptions& common = {},
              Encoding encoding = Encoding::kUtf8) {
  std::ostringstream out, err;
  const auto client = MakeKvClient(kv.endpoints, common);
  const ExitCode code = RunKv(**client, kv.interrupted, common, command, encoding, out, err);
  return {code, out.str(), err.str()};
}

FakeReplica::Refuse Always(grpc::StatusCode code, const std::string& text) {
  return [=](grpc::ServerContext&, const v1::Command&) { return grpc::Status(code, text); };
}

const CommonOptions kJson = {.output = OutputFormat::kJson};

TEST(KvCommandTest, PutsGetsAndDeletesAsPeopleExpect) {
  FakeReplica replica(0);
  const Kv client({{0, replica.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v")), (Ended{kExitOk, "OK\n", ""}));
  EXPECT_EQ(Execute(client, Get("k")), (Ended{kExitOk, "v\n", ""}));
  EXPECT_EQ(Execute(client, Del("k")), (Ended{kExitOk, "1\n", ""}));
  EXPECT_EQ(Execute(client, Del("k")), (Ended{kExitOk, "0\n", ""}));
  EXPECT_EQ(Execute(client, Get("k")),
            (Ended{kExitNo, "", "get: the key has no value. Written: no. Put one first.\n"}));
}

TEST(KvCommandTest, AnEmptyValueIsAValue) {
  FakeReplica replica(0);
  const Kv client({{0, replica.address()}});
  EXPECT_EQ(Execute(client, Put("k", "")).code, kExitOk);
  EXPECT_EQ(Execute(client, Get("k")), (Ended{kExitOk, "\n", ""}));
}

TEST(KvCommandTest, JsonIsOneObjectPerCommand) {
  FakeReplica replica(2);
  const Kv client({{2, replica.address()}});
  EXPECT_EQ(Execute(client, Put("k", "\xFF"), kJson).out,
            R"({"key":"k","found":false,"version":1,"instance":"2.1","partition":3,"replica":2})"
            "\n");
  EXPECT_EQ(Execute(client, Get("k"), kJson).out,
            R"({"key":"k","found":true,"value_base64":"/w==","version":1,"instance":"2.2",)"
            R"("partition":3,"replica":2})"
            "\n");
  EXPECT_EQ(Execute(client, Del("k"), kJson).out,
            R"({"key":"k","found":true,"removed":1,"version":2,"instance":"2.3","partition":3,)"
            R"("replica":2})"
            "\n");
  const Ended missing = Execute(client, Get("k"), kJson);
  EXPECT_EQ(missing.code, kExitNo);
  EXPECT_EQ(missing.out,
            R"({"key":"k","found":false,"version":2,"instance":"2.4","partition":3,"replica":2})"
            "\n");
}

TEST(KvCommandTest, AFailedConditionIsANoThatSaysWhatTheKeyHolds) {
  FakeReplica replica(0);
  const Kv client({{0, replica.address()}});
  KeyCommand create = Put("k", "v");
  create.condition.if_absent = true;
  EXPECT_EQ(Execute(client, create), (Ended{kExitOk, "OK\n", ""}));
  EXPECT_EQ(Execute(client, create),
            (Ended{kExitNo, "",
                   "put: the condition failed: the key has a value and version 1. Written: no. "
                   "Get the key and decide anew.\n"}));
  EXPECT_EQ(Execute(client, create, kJson).out,
            R"({"key":"k","found":true,"value":"v","condition_failed":true,"version":1,)"
            R"("instance":"0.3","partition":3,"replica":0})"
            "\n");
}

TEST(KvCommandTest, PrintsTheValueInTheEncodingThatWasAskedFor) {
  FakeReplica replica(0);
  const Kv client({{0, replica.address()}});
  Execute(client, Put("k", "\xFFz"));
  EXPECT_EQ(Execute(client, Get("k"), {}, Encoding::kHex).out, "ff7a\n");
  EXPECT_EQ(Execute(client, Get("k"), {}, Encoding::kBase64).out, "/3o=\n");
  EXPECT_EQ(Execute(client, {KeyCommand::Operation::kAppend, "k", "!"}).out, "OK\n");
}

TEST(KvCommandTest, ADeadEndpointIsPassedOver) {
  FakeReplica alive(1);
  const Kv client({{0, DeadAddress()}, {1, alive.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v")), (Ended{kExitOk, "OK\n", ""}));
  EXPECT_EQ(alive.proposals(), 1);
}

TEST(KvCommandTest, NoEndpointAliveMeansUnavailableAndNothingWritten) {
  const Kv client({{0, DeadAddress()}, {1, DeadAddress()}});
  const Ended answer = Execute(client, Put("k", "v"));
  EXPECT_EQ(answer.code, kExitUnavailable);
  EXPECT_EQ(answer.out, "");
  EXPECT_THAT(answer.err, StartsWith("error: put: UNAVAILABLE: replica 0 (127.0.0.1:"));
  EXPECT_THAT(answer.err, HasSubstr("; replica 1 (127.0.0.1:"));
  EXPECT_THAT(answer.err, HasSubstr(". Written: no. Check that the replicas run"));
}

TEST(KvCommandTest, WhatMayHaveBeenWrittenIsTriedElsewhereToo) {
  FakeReplica draining(0, Always(grpc::StatusCode::UNAVAILABLE, "draining"));
  FakeReplica second(1);
  const Kv client({{0, draining.address()}, {1, second.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v")), (Ended{kExitOk, "OK\n", ""}));
  EXPECT_EQ(draining.proposals(), 1);
  EXPECT_EQ(second.proposals(), 1);
  EXPECT_EQ(Execute(client, Put("k", "v"), {.replica = 0}).code, kExitUnknown);
}

TEST(KvCommandTest, WithoutAnyAnswerTheOutcomeIsUnknown) {
  FakeReplica draining(0, Always(grpc::StatusCode::UNAVAILABLE, "draining"));
  const Kv client({{0, draining.address()}});
  const Ended answer = Execute(client, Put("k", "v"));
  EXPECT_EQ(answer.code, kExitUnknown);
  EXPECT_EQ(answer.err,
            "error: put: replica 0 (" + draining.address() +
                "): UNAVAILABLE: draining. Written: unknown. Get the key to see whether "
                "the write took effect before you repeat it.\n");
  EXPECT_EQ(draining.proposals(), kRounds);
  EXPECT_EQ(Execute(client, Get("k")).code, kExitUnavailable);
}

TEST(KvCommandTest, WhatAReplicaSaysIsNotWrittenIsNot) {
  FakeReplica lonely(0, [](grpc::ServerContext& context, const v1::Command&) {
    context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "alone");
  });
  const Kv client({{0, lonely.address()}});
  const Ended answer = Execute(client, Put("k", "v"));
  EXPECT_EQ(answer.code, kExitUnavailable);
  EXPECT_THAT(answer.err, HasSubstr("): UNAVAILABLE: alone. Written: no. Ask `client status`"));
}

TEST(KvCommandTest, WhatAReplicaRefusedIsTriedElsewhere) {
  FakeReplica lonely(0, [](grpc::ServerContext& context, const v1::Command&) {
    context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "alone");
  });
  FakeReplica second(1);
  const Kv client({{0, lonely.address()}, {1, second.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v")), (Ended{kExitOk, "OK\n", ""}));
  EXPECT_EQ(second.proposals(), 1);
}

// gRPC itself ends calls so when a port is short of memory, also those that are under way.
TEST(KvCommandTest, WithoutTheReplicasWordAFullPortMayHaveWritten) {
  FakeReplica full(0, Always(grpc::StatusCode::RESOURCE_EXHAUSTED, "out of memory"));
  const Kv client({{0, full.address()}});
  const Ended answer = Execute(client, Put("k", "v"));
  EXPECT_EQ(answer.code, kExitUnknown);
  EXPECT_THAT(answer.err, HasSubstr("Written: unknown."));
}

TEST(KvCommandTest, RefusalsOfTheReplicaKeepTheirMeaning) {
  FakeReplica full(0, [](grpc::ServerContext& context, const v1::Command&) {
    context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full");
  });
  const Kv client({{0, full.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v")),
            (Ended{kExitServerError, "",
                   "error: put: replica 0 (" + full.address() +
                       "): RESOURCE_EXHAUSTED: the queue is full. Written: no. The replica is "
                       "overloaded or the message too large: send less, or later.\n"}));
  FakeReplica strict(0, Always(grpc::StatusCode::INVALID_ARGUMENT, "the key is too long"));
  const Kv other({{0, strict.address()}});
  const Ended invalid = Execute(other, Put("k", "v"));
  EXPECT_EQ(invalid.code, kExitInvalidInput);
  EXPECT_THAT(invalid.err, HasSubstr("Written: no. Correct the request."));
}

// Holds each proposal until its caller has given up.
grpc::Status WaitForCancel(grpc::ServerContext& context, const v1::Command&) {
  while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return grpc::Status::CANCELLED;
}

TEST(KvCommandTest, APassedDeadlineLeavesTheOutcomeUnknown) {
  FakeReplica slow(0, WaitForCancel);
  const Kv client({{0, slow.address()}});
  const Ended answer = Execute(client, Put("k", "v"), {.timeout = absl::Milliseconds(300)});
  EXPECT_EQ(answer.code, kExitUnknown);
  EXPECT_THAT(answer.err, HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_THAT(answer.err, HasSubstr("Written: unknown."));
}

TEST(KvCommandTest, AnInterruptionEndsTheCallAtOnce) {
  std::atomic<bool> got_it = false;
  FakeReplica slow(0, [&got_it](grpc::ServerContext& context, const v1::Command& command) {
    got_it = true;
    return WaitForCancel(context, command);
  });
  const Kv client({{0, slow.address()}}, [&got_it] { return got_it.load(); });
  const Ended answer = Execute(client, Put("k", "v"), {.timeout = absl::Seconds(60)});
  EXPECT_EQ(answer.code, kExitUnknown);
  EXPECT_THAT(answer.err, HasSubstr("CANCELLED"));
  EXPECT_THAT(answer.err, HasSubstr("Written: unknown."));
}

TEST(KvCommandTest, AChosenReplicaIsTheOnlyOneAsked) {
  FakeReplica a(4), b(7);
  const Kv client({{4, a.address()}, {7, b.address()}});
  EXPECT_EQ(Execute(client, Put("k", "v"), {.replica = 7}).code, kExitOk);
  EXPECT_EQ(a.proposals(), 0);
  EXPECT_EQ(b.proposals(), 1);
  EXPECT_EQ(MakeKvClient(client.endpoints, {.replica = 1}).status().message(),
            "there is no replica 1. Choose one of 4, 7");
  const Kv dead({{0, DeadAddress()}, {1, b.address()}});
  EXPECT_EQ(Execute(dead, Put("k", "v"), {.replica = 0}).code, kExitUnavailable);
  EXPECT_EQ(b.proposals(), 1);
}

struct BatchRun {
  Ended answer;
  int proposals;
};

// Of lines, on a replica that holds "k".
BatchRun RunLines(const std::vector<std::string>& lines, const CommonOptions& common = {}) {
  FakeReplica replica(0);
  std::ostringstream out, err;
  std::istringstream in;
  const auto client = MakeKvClient({{0, replica.address()}}, common);
  EXPECT_TRUE((*client)->Put("k", "v").ok());
  const absl::StatusOr<Batch> batch = ReadBatch(lines, {}, in);
  EXPECT_TRUE(batch.ok()) << batch.status();
  const ExitCode code = RunBatch(**client, nullptr, common, *batch, out, err);
  return {{code, out.str(), err.str()}, replica.proposals() - 1};
}

TEST(KvCommandTest, ABatchIsOneRequestWithAResultOfEachCommand) {
  const std::vector<std::string> lines = {"put a 1", "get 6b --encoding hex", "del k", "get none"};
  const BatchRun text = RunLines(lines);
  EXPECT_EQ(text.answer, (Ended{kExitOk, "OK\n76\n1\n(no value)\n", ""}));
  EXPECT_EQ(text.proposals, 1);
  EXPECT_EQ(RunLines(lines, kJson).answer.out,
            R"({"results":[{"key":"a","found":false,"version":1},)"
            R"({"key":"k","found":true,"value":"v","version":1},)"
            R"({"key":"k","found":true,"removed":1,"version":2},)"
            R"({"key":"none","found":false,"version":0}],"condition_failed":false,)"
            R"("instance":"0.2","partition":3,"replica":0})"
            "\n");
}

TEST(KvCommandTest, ABatchSaysWhichConditionFailed) {
  const std::vector<std::string> lines = {"put a 1", "put k 2 --if-absent"};
  EXPECT_EQ(RunLines(lines).answer,
            (Ended{kExitNo, "",
                   "batch: command 2 (put): the condition failed: the key has a value and version "
                   "1. Written: no, nothing of the batch. Get the key and decide anew.\n"}));
  const Ended json = RunLines(lines, kJson).answer;
  EXPECT_EQ(json.code, kExitNo);
  EXPECT_THAT(json.out, HasSubstr(R"(],"condition_failed":true,)"));
}

TEST(KvCommandTest, ABatchComesAsArgumentsOrLines) {
  std::istringstream in("# two keys\nput a 1\n\n  get b\n");
  const absl::StatusOr<Batch> read = ReadBatch({}, {}, in);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->commands.size(), 2u);
  EXPECT_EQ(read->commands[1].key, "b");
  const auto error = [](const std::vector<std::string>& lines, const std::string& text) {
    std::istringstream input(text);
    return std::string(ReadBatch(lines, {}, input).status().message());
  };
  EXPECT_EQ(error({}, ""), "there is no command. Give at least one, or lines of them");
  EXPECT_EQ(error({"get a", "get"}, ""), "command 2: get: KEY is required");
  EXPECT_EQ(error({}, "get a\n\nget 'a\n"),
            "command 3: a quotation is not closed. Write a second '");
  EXPECT_EQ(error({}, "put a --value-file -\nget a"),
            "command 1: --value-file -: standard input holds the commands or another command's "
            "value. Give a file");
  EXPECT_EQ(error({"put a --value-file -", "put b --value-file -"}, "once"),
            "command 2: --value-file -: standard input holds the commands or another command's "
            "value. Give a file");
}

}  // namespace
}  // namespace althing
