// Dispatch as a peer sees it: a bare client speaks to a replica's peer port.
#include "replica/net/dispatch_service.h"

#include <functional>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "pb/kv.grpc.pb.h"
#include "pb/peer.grpc.pb.h"
#include "replica/net/build_options.h"
#include "replica/net/wire.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DispatchServiceTest : public testing::Test {
 protected:
  using Stream = grpc::ClientReaderWriter<pb::Frame, pb::Hello>;

  void Start(const std::map<std::string, std::string>& settings = {}) {
    config_ = MakeConfig(3, settings);
    replica_ = std::make_unique<TestReplica>(config_, 0, std::string(16, 'o'));
    ASSERT_TRUE(replica_->status().ok()) << replica_->status();
    channel_ = grpc::CreateChannel(replica_->peer_address(), grpc::InsecureChannelCredentials());
    stub_ = pb::Peer::NewStub(channel_);
  }

  // What replica 1 would say to replica 0.
  pb::Hello GoodHello() {
    return MakeHello({.cluster_id = "althing",
                      .replica = ReplicaId{1},
                      .store_id = std::string(16, 's'),
                      .config_hash = ConfigHash(config_, *MakeQuorums(config_))},
                     ReplicaId{0});
  }
  static pb::Frame HelloFrame(const pb::Hello& hello) {
    pb::Frame frame;
    *frame.mutable_hello() = hello;
    return frame;
  }
  template <typename Call>
  auto Beside(Call call) {
    return TurnDuring({replica_.get()}, std::move(call));
  }
  // Opens a stream and greets. The answer, or nothing.
  std::unique_ptr<Stream> Greet(grpc::ClientContext* context, const pb::Hello& hello,
                                pb::Hello* answer) {
    return Beside([&] {
      auto stream = stub_->Dispatch(context);
      stream->Write(HelloFrame(hello));
      stream->Read(answer);
      return stream;
    });
  }
  grpc::Status End(Stream& stream) {
    return Beside([&] {
      stream.WritesDone();
      return stream.Finish();
    });
  }
  // The status with which a stream that begins with `frame` ends: "code: text (reason)".
  std::string Refusal(const pb::Frame& frame) {
    const grpc::Status status = Beside([&] {
      grpc::ClientContext context;
      auto stream = stub_->Dispatch(&context);
      stream->Write(frame);
      pb::Hello answer;
      EXPECT_FALSE(stream->Read(&answer));
      return stream->Finish();
    });
    pb::HelloRefusal details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    return absl::StrCat(status.error_code(), ": ", status.error_message(), " (",
                        pb::HelloRefusal::Reason_Name(details.reason()), ")");
  }

  v1::Config config_;
  std::unique_ptr<TestReplica> replica_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::Peer::Stub> stub_;
};

TEST_F(DispatchServiceTest, AnswersAHelloThatFitsWithItsOwn) {
  Start();
  grpc::ClientContext context;
  pb::Hello answer;
  auto stream = Greet(&context, GoodHello(), &answer);
  const pb::Hello expected = MakeHello({.cluster_id = "althing",
                                        .replica = ReplicaId{0},
                                        .store_id = std::string(16, 'o'),
                                        .config_hash = ConfigHash(config_, *MakeQuorums(config_))},
                                       ReplicaId{1});
  EXPECT_EQ(answer.ShortDebugString(), expected.ShortDebugString());
  EXPECT_EQ(replica_->server().registry().Detail(MemberIndex{1}).substr(0, 10), "connecting");
  EXPECT_TRUE(End(*stream).ok());
}

TEST_F(DispatchServiceTest, RefusesWhatDoesNotFitWithTheReasonInTheDetails) {
  Start();
  pb::Hello hello = GoodHello();
  hello.set_cluster_id("red");
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            "9: replica 1 belongs to cluster \"red\", replica 0 to cluster \"althing\": correct "
            "cluster_id or the addresses (REASON_CLUSTER)");
  hello = GoodHello();
  hello.set_callee(2);
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            "9: replica 1 meant replica 2 and reached replica 0: correct the hosts and peer ports "
            "(REASON_REPLICA)");
  hello = GoodHello();
  hello.set_replica(8);
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            "9: replica 8 is no peer of replica 0 among the replicas 0, 1, 2: correct its id "
            "(REASON_REPLICA)");
  hello = GoodHello();
  hello.set_protocol_version(1);
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            "9: replica 1 speaks protocol version 1, replica 0 version 5: run the same release on "
            "both (REASON_VERSION)");
  hello = GoodHello();
  const uint64_t hash = hello.config_hash();
  hello.set_config_hash(1);
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            absl::StrCat("9: replica 1 has configuration hash 1, replica 0 has ", absl::Hex(hash),
                         ": give both the same replicas, partitions, hash_seed, f and e "
                         "(REASON_CONFIG)"));
}

TEST_F(DispatchServiceTest, RefusesAReplicaThatComesBackWithAnotherStore) {
  Start();
  grpc::ClientContext context;
  pb::Hello answer;
  auto stream = Greet(&context, GoodHello(), &answer);
  EXPECT_TRUE(End(*stream).ok());
  pb::Hello hello = GoodHello();
  hello.set_store_id(std::string(16, 't'));
  EXPECT_EQ(Refusal(HelloFrame(hello)),
            "9: replica 1 has lost its memory: replica 0 knows it with store "
            "73737373737373737373737373737373 in its 1. run, now it comes with store "
            "74747474747474747474747474747474 in its 1. run. It has forgotten votes and may not "
            "come back like this: give it back the data directory that it had; with durability "
            "none, restart all replicas (REASON_MEMORY_LOST)");
}

TEST_F(DispatchServiceTest, EndsAStreamThatDoesNotBeginWithHello) {
  Start();
  pb::Frame frame;
  *frame.add_envelopes() = MakeEnvelope(1);
  EXPECT_EQ(Refusal(frame), "3: the first Frame of a stream has no Hello (REASON_UNSPECIFIED)");
  EXPECT_THAT(replica_->Envelopes(), IsEmpty());
}

TEST_F(DispatchServiceTest, EndsAStreamThatSaysNothing) {
  Start();
  grpc::ClientContext context;
  const auto begin = std::chrono::steady_clock::now();
  const grpc::Status status = Beside([&] {
    auto stream = stub_->Dispatch(&context);
    pb::Hello answer;
    EXPECT_FALSE(stream->Read(&answer));
    return stream->Finish();
  });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(DispatchServiceTest, EndsAStreamThatCarriesGarbage) {
  Start();
  // Bytes that are no Frame, before and after a Hello.
  for (const bool greeted : {false, true}) {
    const grpc::Status status = Beside([&] {
      grpc::CompletionQueue queue;
      grpc::GenericStub stub(channel_);
      grpc::ClientContext context;
      void* tag = nullptr;
      bool ok = false;
      auto call = stub.PrepareCall(&context, "/althing.v1.Peer/Dispatch", &queue);
      call->StartCall(nullptr);
      queue.Next(&tag, &ok);
      grpc::ByteBuffer answer;
      if (greeted) {
        call->Write(Encode(HelloFrame(GoodHello())), nullptr);
        queue.Next(&tag, &ok);
        call->Read(&answer, nullptr);
        queue.Next(&tag, &ok);
      }
      const grpc::Slice garbage("\xff\xff\xff");
      call->Write(grpc::ByteBuffer(&garbage, 1), nullptr);
      queue.Next(&tag, &ok);
      grpc::Status result;
      call->Finish(&result, nullptr);
      queue.Next(&tag, &ok);
      queue.Shutdown();
      return result;
    });
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), "a message of 3 bytes is no Frame");
  }
  EXPECT_THAT(replica_->Envelopes(), IsEmpty());
}

TEST_F(DispatchServiceTest, EndsAStreamThatNamesAPartitionThatDoesNotExist) {
  Start();
  grpc::ClientContext context;
  pb::Hello answer;
  auto stream = Greet(&context, GoodHello(), &answer);
  pb::Frame frame;
  frame.add_envelopes()->set_partition(1);
  const grpc::Status status = Beside([&] {
    stream->Write(frame);
    return stream->Finish();
  });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "there is no partition 1: the last one is 0");
}

TEST_F(DispatchServiceTest, HandsOverEnvelopesInOrder) {
  Start({{"partitions", "4"}});
  grpc::ClientContext context;
  pb::Hello answer;
  auto stream = Greet(&context, GoodHello(), &answer);
  std::vector<std::string> expected;
  Beside([&] {
    for (uint64_t i = 0; i < 50; ++i) {
      pb::Frame frame;
      for (uint32_t j = 0; j < 4; ++j) {
        *frame.add_envelopes() = MakeEnvelope(4 * i + j + 1);
        frame.mutable_envelopes(static_cast<int>(j))->set_partition(j);
        expected.push_back(frame.envelopes(static_cast<int>(j)).ShortDebugString());
      }
      stream->Write(frame);
    }
    stream->WritesDone();
    return stream->Finish().ok();
  });
  EXPECT_EQ(replica_->Envelopes(), expected);
  for (const MsgContainer& message : replica_->arrived) {
    const auto& peer = std::get<PeerMessage>(message.body);
    EXPECT_EQ(peer.from, MemberIndex{1});
    EXPECT_EQ(peer.envelope.partition(), message.partition.value);
  }
}

TEST_F(DispatchServiceTest, DropsAndCountsWhatTheChannelHasNoRoomFor) {
  Start({{"queues.peer_messages_max", "2"}});
  grpc::ClientContext context;
  pb::Hello answer;
  auto stream = Greet(&context, GoodHello(), &answer);
  pb::Frame frame;
  for (uint64_t i = 1; i <= 5; ++i) *frame.add_envelopes() = MakeEnvelope(i);
  Beside([&] { return stream->Write(frame); });
  EXPECT_TRUE(End(*stream).ok());
  EXPECT_THAT(replica_->Envelopes(),
              ElementsAre("heartbeat { highest_own: 1 }", "heartbeat { highest_own: 2 }"));
  const auto dump = nlohmann::json::parse(replica_->metrics().ToJson());
  EXPECT_EQ(dump["Dropped"]["ChannelFull"]["Heartbeat"], 3);
}

TEST_F(DispatchServiceTest, ANewerStreamOfAPeerReplacesTheOlder) {
  Start();
  grpc::ClientContext older_context, newer_context;
  pb::Hello answer;
  auto older = Greet(&older_context, GoodHello(), &answer);
  auto newer = Greet(&newer_context, GoodHello(), &answer);
  EXPECT_EQ(Beside([&] { return older->Finish(); }).error_code(), grpc::StatusCode::CANCELLED);
  pb::Frame frame;
  *frame.add_envelopes() = MakeEnvelope(1);
  Beside([&] { return newer->Write(frame); });
  EXPECT_TRUE(End(*newer).ok());
  EXPECT_THAT(replica_->Envelopes(), ElementsAre("heartbeat { highest_own: 1 }"));
}

TEST_F(DispatchServiceTest, IsNotServedOnTheClientPortNorTheKvServiceOnThePeerPort) {
  Start();
  const auto client_channel =
      grpc::CreateChannel(replica_->client_address(), grpc::InsecureChannelCredentials());
  const grpc::Status dispatch = Beside([&] {
    grpc::ClientContext context;
    auto stream = pb::Peer::NewStub(client_channel)->Dispatch(&context);
    return stream->Finish();
  });
  EXPECT_EQ(dispatch.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  const grpc::Status propose = Beside([&] {
    grpc::ClientContext context;
    pb::ProposeReply reply;
    return pb::KV::NewStub(channel_)->Propose(&context, pb::ProposeRequest(), &reply);
  });
  EXPECT_EQ(propose.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace althing
