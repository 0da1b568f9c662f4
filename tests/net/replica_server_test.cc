// Two or three replicas' servers that speak to each other over real connections.
#include "replica/net/replica_server.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "pb/health.grpc.pb.h"
#include "tests/net/net_fixture.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr MemberIndex kOne{1};
const std::string kStores[] = {std::string(16, 'a'), std::string(16, 'b')};

class ReplicaServerTest : public testing::Test {
 protected:
  void Start(int replica) {
    replicas_[replica] = std::make_unique<TestReplica>(config_, replica, kStores[replica]);
    ASSERT_TRUE(replicas_[replica]->status().ok()) << replicas_[replica]->status();
  }
  TestReplica& replica(int i) { return *replicas_[i]; }
  bool Until(const std::function<bool()>& done) {
    std::vector<TestReplica*> running;
    for (const auto& one : replicas_) {
      if (one != nullptr) running.push_back(one.get());
    }
    return TurnUntil(running, done);
  }
  void StartBoth() {
    Start(0);
    Start(1);
    ASSERT_TRUE(Until([&] { return replica(0).Reaches(1) && replica(1).Reaches(0); }));
  }
  nlohmann::json Dump(int i) { return nlohmann::json::parse(replica(i).metrics().ToJson()); }

  v1::Config config_ = MakeConfig(2);
  std::unique_ptr<TestReplica> replicas_[2];
};

TEST_F(ReplicaServerTest, PeersFindEachOtherInAnyOrder) {
  Start(1);
  ASSERT_TRUE(Until([turns = 0]() mutable { return ++turns > 20; }));
  EXPECT_FALSE(replica(1).Reaches(0));
  Start(0);
  EXPECT_TRUE(Until([&] { return replica(0).Reaches(1) && replica(1).Reaches(0); }));
  EXPECT_EQ(replica(0).Changes(), "1+");
  EXPECT_EQ(replica(1).Changes(), "0+");
}

TEST_F(ReplicaServerTest, MessagesArriveInOrderAndPacked) {
  StartBoth();
  constexpr uint64_t kMessages = 2000;
  std::vector<std::string> sent;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    sent.push_back(MakeEnvelope(i).ShortDebugString());
    replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(i)));
    if (i % 10 == 0) replica(0).server().EndTurn();
  }
  EXPECT_TRUE(Until([&] { return replica(1).Envelopes().size() >= kMessages; }));
  EXPECT_EQ(replica(1).Envelopes(), sent);
  // The first write takes the first turn's messages; what comes while it is under way waits.
  EXPECT_EQ(Dump(0)["FrameMessages"]["Sum"], kMessages);
  EXPECT_EQ(Dump(0)["FrameMessages"]["Count"], 2);
}

TEST_F(ReplicaServerTest, APulseLeavesWithTheNextFrameAndOnlyTheLatestDoes) {
  StartBoth();
  pb::Pulse pulse;
  for (const uint64_t sent_ns : {1, 2}) {
    pulse.set_sent_ns(sent_ns);
    replica(0).server().Beat(kOne, pulse);
  }
  replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(5)));
  replica(0).server().EndTurn();
  ASSERT_TRUE(Until([&] { return replica(1).Envelopes().size() == 1; }));
  std::vector<uint64_t> pulses;
  for (const MsgContainer& message : replica(1).arrived) {
    const auto* one = std::get_if<PeerPulse>(&message.body);
    if (one == nullptr) continue;
    EXPECT_EQ(one->from, MemberIndex{0});
    pulses.push_back(one->pulse.sent_ns());
  }
  EXPECT_EQ(pulses, std::vector<uint64_t>{2});
  // To a peer that is not there it is thrown away, and does not wait for it to come.
  replicas_[1].reset();
  ASSERT_TRUE(Until([&] { return !replica(0).Reaches(1); }));
  replica(0).server().Beat(kOne, pulse);
  Start(1);
  ASSERT_TRUE(Until([&] { return replica(0).Reaches(1) && replica(1).Reaches(0); }));
  replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(6)));
  replica(0).server().EndTurn();
  ASSERT_TRUE(Until([&] { return replica(1).Envelopes().size() == 1; }));
  for (const MsgContainer& message : replica(1).arrived) {
    EXPECT_FALSE(std::holds_alternative<PeerPulse>(message.body));
  }
}

TEST_F(ReplicaServerTest, ASuspectedPeerIsNotReachedAndStatusAndTheDumpSaySo) {
  StartBoth();
  EXPECT_TRUE(replica(0).server().ready());
  replica(0).server().SetHealth(kOne, {.suspected = true, .suspicions = 3, .round_trip_ns = 9});
  EXPECT_FALSE(replica(0).server().registry().IsReachable(kOne));
  EXPECT_FALSE(replica(0).server().ready());
  EXPECT_EQ(Dump(0)["Peers"]["1"],
            nlohmann::json({{"RoundTripNs", 9}, {"Suspected", 1}, {"Suspicions", 3}}));
  ASSERT_TRUE(Until([&] { return replica(0).Changes() == "1+ 1-"; }));
}

TEST_F(ReplicaServerTest, WhatIsSentToAPeerThatIsNotThereIsDroppedAndCounted) {
  Start(0);
  replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(1)));
  EXPECT_EQ(Dump(0)["Dropped"]["Unreachable"]["Heartbeat"], 1);
}

TEST_F(ReplicaServerTest, ALostConnectionIsBackHalfASecondAfterThePeersReturn) {
  StartBoth();
  for (int round = 0; round < 2; ++round) {
    replica(0).arrived.clear();
    replicas_[1].reset();
    ASSERT_TRUE(Until([&] { return !replica(0).Reaches(1); }));
    // Long enough that the pauses between attempts have grown to their maximum.
    const auto away = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
    Until([&] { return std::chrono::steady_clock::now() > away; });
    Start(1);
    const auto returned = std::chrono::steady_clock::now();
    ASSERT_TRUE(Until([&] { return replica(0).Reaches(1) && replica(1).Reaches(0); }));
    EXPECT_LT(std::chrono::steady_clock::now() - returned, std::chrono::milliseconds(500));
    EXPECT_EQ(replica(0).Changes(), "1- 1+");
  }
  replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(1)));
  replica(0).server().EndTurn();
  EXPECT_TRUE(Until([&] { return !replica(1).Envelopes().empty(); }));
}

TEST_F(ReplicaServerTest, AReplicaThatLostItsMemoryIsTold) {
  StartBoth();
  replicas_[1].reset();
  replicas_[1] = std::make_unique<TestReplica>(config_, 1, std::string(16, 'c'));
  ASSERT_TRUE(replica(1).status().ok());
  ASSERT_TRUE(Until([&] { return !replica(1).server().memory_lost().empty(); }));
  EXPECT_EQ(replica(1).server().memory_lost(),
            "replica 1 has lost its memory: replica 0 knows it with store "
            "62626262626262626262626262626262 in its 1. run, now it comes with store "
            "63636363636363636363636363636363 in its 1. run. It has forgotten votes and may not "
            "come back like this: give it back the data directory that it had; with durability "
            "none, restart all replicas");
  EXPECT_EQ(replica(0).server().memory_lost(), "");
  ASSERT_TRUE(Until(
      [&] { return replica(0).server().registry().Detail(kOne).starts_with("replica 1 has"); }));
  EXPECT_EQ(replica(0).server().registry().Detail(kOne), replica(1).server().memory_lost());
  EXPECT_FALSE(replica(0).Reaches(1));
}

TEST_F(ReplicaServerTest, TellsWhyAPeerRefuses) {
  Start(0);
  v1::Config other = config_;
  other.set_cluster_id("red");
  replicas_[1] = std::make_unique<TestReplica>(other, 1);
  const auto detail = [&] { return replica(0).server().registry().Detail(kOne); };
  EXPECT_TRUE(Until([&] { return detail().find("cluster_id") != std::string::npos; })) << detail();
  EXPECT_EQ(detail(),
            "replica 0 belongs to cluster \"althing\", replica 1 to cluster \"red\": correct "
            "cluster_id or the addresses");
  EXPECT_THAT(replica(0).Changes(), IsEmpty());
}

TEST_F(ReplicaServerTest, ClosingTheStreamsLosesNothingThatWasSent) {
  StartBoth();
  constexpr uint64_t kMessages = 500;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    replica(0).server().Send(kOne, MakeMessage(MakeEnvelope(i)));
    replica(0).server().EndTurn();
  }
  EXPECT_FALSE(replica(0).server().streams_closed());
  replica(0).server().CloseStreams();
  EXPECT_TRUE(Until([&] { return replica(0).server().streams_closed(); }));
  replicas_[0].reset();
  ASSERT_TRUE(Until([&] { return !replica(1).Reaches(0); }));
  EXPECT_EQ(replica(1).Envelopes().size(), kMessages);
}

TEST_F(ReplicaServerTest, AStreamThatIsBeingOpenedClosesToo) {
  Start(0);
  replica(0).Turn();
  EXPECT_FALSE(replica(0).server().streams_closed());
  replica(0).server().CloseStreams();
  EXPECT_TRUE(Until([&] { return replica(0).server().streams_closed(); }));
}

TEST_F(ReplicaServerTest, APortInUseIsAnErrorThatNamesIt) {
  Start(0);
  const TestReplica same(config_, 0);
  EXPECT_EQ(same.status(),
            absl::UnavailableError(absl::StrCat(
                "client port ", config_.replicas(0).client_port(),
                " on 127.0.0.1 is in use or cannot be listened on: end what uses it, or give "
                "replica 0 another host or port")));
  v1::Config other = config_;
  other.mutable_replicas(0)->set_client_port(static_cast<uint32_t>(FreePorts(1)[0]));
  const TestReplica same_peer_port(other, 0);
  EXPECT_EQ(same_peer_port.status(),
            absl::UnavailableError(absl::StrCat(
                "peer port ", config_.replicas(0).peer_port(),
                " on 127.0.0.1 is in use or cannot be listened on: end what uses it, or give "
                "replica 0 another host or port")));
}

TEST_F(ReplicaServerTest, AnUnknownSchedulerIsAnError) {
  config_.mutable_schedulers()->set_outgoing("best");
  const TestReplica replica(config_, 0);
  EXPECT_EQ(replica.status(),
            absl::InvalidArgumentError(
                "no scheduler is called \"best\"; use one of: fifo, lifo, round_robin"));
}

TEST_F(ReplicaServerTest, HealthSaysThatAQuarantineMakesItNotReady) {
  StartBoth();
  const auto stub = grpc::health::v1::Health::NewStub(
      grpc::CreateChannel(replica(0).client_address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("ready");
  std::unique_ptr<grpc::ClientReader<grpc::health::v1::HealthCheckResponse>> watch;
  const auto read = [&] {
    return TurnDuring({replicas_[0].get(), replicas_[1].get()}, [&] {
      if (watch == nullptr) watch = stub->Watch(&context, request);
      grpc::health::v1::HealthCheckResponse response;
      EXPECT_TRUE(watch->Read(&response));
      return response.status();
    });
  };
  auto status = read();
  // Whether it is ready is looked at every few milliseconds: the links may have been faster.
  if (status == grpc::health::v1::HealthCheckResponse::NOT_SERVING) status = read();
  EXPECT_EQ(status, grpc::health::v1::HealthCheckResponse::SERVING);
  replica(0).core().quarantined.push_back({PartitionId{0}, "two outcomes"});
  EXPECT_EQ(read(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  watch.reset();
}

TEST_F(ReplicaServerTest, TheDumpTellsWhatWaitsForAPeer) {
  StartBoth();
  EXPECT_EQ(Dump(0)["OutchannelBytes"], nlohmann::json({{"1", 0}}));
  // The first write takes the first message; the second waits for its end.
  const OutMessage message = MakeMessage(MakeEnvelope(1));
  for (int i = 0; i < 2; ++i) {
    replica(0).server().Send(kOne, message);
    replica(0).server().EndTurn();
  }
  EXPECT_EQ(Dump(0)["OutchannelBytes"], nlohmann::json({{"1", message.bytes->size()}}));
  ASSERT_TRUE(Until([&] { return replica(1).Envelopes().size() == 2; }));
  ASSERT_TRUE(Until([&] { return Dump(0)["OutchannelBytes"]["1"] == 0; }));
}

TEST_F(ReplicaServerTest, AtLevelDebugTheLogTellsOfStreams) {
  const auto stream_lines = [](const LogCapture& log) {
    std::set<std::string> lines;
    for (const absl::string_view line : absl::StrSplit(log.text(), '\n')) {
      // Without the address of a connection, which is another one each time.
      if (absl::StrContains(line, "stream_")) lines.emplace(line.substr(0, line.find(" address=")));
    }
    return lines;
  };
  {
    const LogCapture log(LogLevel::kDebug);
    StartBoth();
    EXPECT_EQ(stream_lines(log),
              (std::set<std::string>{
                  "debug event=stream_opened to=0", "debug event=stream_opened to=1",
                  "debug event=stream_opened from=0", "debug event=stream_opened from=1"}));
  }
  const LogCapture log(LogLevel::kDebug);
  replicas_[1].reset();
  ASSERT_TRUE(Until([&] { return stream_lines(log).size() == 2; })) << log.text();
  EXPECT_THAT(log.text(), HasSubstr("debug event=stream_closed from=1\n"));
  EXPECT_THAT(log.text(), HasSubstr("debug event=stream_closed to=1 code="));
}

}  // namespace
}  // namespace althing
