// What is no client and no peer, on the ports of real replicas: it is answered or cut off, takes
// little, and clients are served on.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/workload/random.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "pb/peer.grpc.pb.h"
#include "tests/process/cluster.h"
#include "tests/process/load.h"
#include "tests/process/raw_connection.h"

namespace althing {
namespace {

constexpr char kPropose[] = "/althing.v1.KV/Propose";
constexpr char kDispatch[] = "/althing.v1.Peer/Dispatch";

std::string RandomBytes(size_t count) {
  Random random(20261121);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
  return bytes;
}

// Bytes for a new connection, and what comes of them: "closed", or "status N" of a call.
struct Garbage {
  const char* name;
  std::string bytes;
  const char* client_port;
  const char* peer_port;
};

std::string Call(const std::string& method, const std::string& message) {
  return http2::Preface() + http2::Headers(1, method) +
         http2::Frame(http2::kData, http2::kEndStream, 1, message);
}

std::vector<Garbage> AllGarbage() {
  using http2::Frame;
  using http2::Message;
  using http2::Preface;
  std::string resets = Preface();
  for (uint32_t i = 0; i < 1000; ++i) {
    resets += http2::Headers(2 * i + 1, kPropose) +
              Frame(http2::kReset, 0, 2 * i + 1, std::string("\0\0\0\x08", 4));
  }
  const std::string hello = std::string("\x16\x03\x01\x00\xC8\x01\x00\x00\xC4\x03\x03", 11);
  return {
      {"HTTP/1.1", "GET / HTTP/1.1\r\nHost: here\r\n\r\n", "closed", "closed"},
      {"the hello of TLS", hello + RandomBytes(200), "closed", "closed"},
      {"a megabyte of noise", RandomBytes(kMiB), "closed", "closed"},
      {"a frame above the limit", Preface() + std::string("\xFF\xFF\xFF\0\0\0\0\0\x01", 9),
       "closed", "closed"},
      {"noise in HTTP/2", Preface() + "\x01" + RandomBytes(4096), "closed", "closed"},
      {"headers that cannot be read",
       Preface() + Frame(http2::kHeaders, http2::kEndHeaders, 1, std::string(7, '\xFF')), "closed",
       "closed"},
      {"headers without an end",
       Preface() + http2::Headers(1, kPropose, 0) + Frame(http2::kData, 1, 1, "x"), "closed",
       "closed"},
      {"a thousand calls reset at once", resets, "served", "served"},
      {"half a message of protobuf", Call(kPropose, Message(3, "\x0A\x7F\x01")), "status 13",
       "status 12"},
      {"less than the length says", Call(kPropose, Message(9, "\x0A")), "status 13", "status 12"},
      {"a Frame that is none", Call(kDispatch, Message(3, "\x0A\x7F\x01")), "status 12",
       "status 3"},
      {"no Hello", Call(kDispatch, Message(0, "")), "status 12", "status 3"},
      {"an unknown method", Call("/althing.v1.KV/Nothing", Message(0, "")), "status 12",
       "status 12"},
      {"an unknown service", Call("/x", Message(0, "")), "status 12", "status 12"},
      {"an empty proposal", Call(kPropose, Message(0, "")), "status 3", "status 12"},
  };
}

class GarbageTest : public testing::Test {
 protected:
  // In words, as Garbage says it.
  static std::string Outcome(int port, const Garbage& garbage) {
    RawConnection connection(port);
    connection.Send(garbage.bytes);
    std::string outcome = "nothing";
    WaitUntil([&] {
      connection.Receive();
      const std::string& got = connection.received();
      // The last of a few headers: its name, one byte for the length, its value.
      const size_t status = got.find("grpc-status");
      if (connection.closed()) {
        outcome = "closed";
      } else if (status != std::string::npos && got.size() > status + 12) {
        const auto size = static_cast<size_t>(got[status + 11]);
        outcome = "status " + got.substr(status + 12, size);
      }
      return outcome != "nothing";
    });
    return outcome;
  }
  static size_t LogLines(const Cluster& cluster, int i) {
    const std::string log = cluster.Log(i);
    return static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
  }
};

TEST_F(GarbageTest, IsAnsweredOrCutOffWhileClientsAreServed) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  const size_t lines = LogLines(cluster, 0);
  Load load(cluster, {.replicas = {0, 1, 2}, .clients = 4, .operations_max = kNoEnd});
  for (int round = 0; round < 3; ++round) {
    for (const Garbage& garbage : AllGarbage()) {
      for (const auto& [port, expected] : {std::pair(cluster.client_port(0), garbage.client_port),
                                           std::pair(cluster.peer_port(0), garbage.peer_port)}) {
        const std::string outcome = Outcome(port, garbage);
        if (std::string_view(expected) == "served") continue;
        EXPECT_EQ(outcome, expected) << garbage.name << " on port " << port;
      }
    }
    EXPECT_TRUE(load.WaitProgress(50)) << round;
  }
  const History history = load.Stop();
  EXPECT_EQ(Failures(history), 0) << testing::PrintToString(load.ErrorCodes());
  EXPECT_EQ(FindContradiction(history), "");
  EXPECT_TRUE(cluster.WaitLinked());
  // Six streams were refused on the peer port, and said once or twice.
  EXPECT_THAT(cluster.Log(0), testing::HasSubstr("a message of 3 bytes is no Frame"));
  EXPECT_LE(LogLines(cluster, 0), lines + 4) << cluster.Log(0);
}

TEST_F(GarbageTest, IdleAndSlowConnectionsAreCutOffAndCostLittle) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  const pid_t replica = cluster.replica(0).pid();
  const size_t files = OpenFiles(replica);
  const size_t memory = PeakMemory(replica);
  constexpr size_t kEach = 100;
  const std::string preface = http2::Preface();
  const std::string half_a_call = preface + http2::Headers(1, kPropose) +
                                  http2::Frame(http2::kData, 0, 1, http2::Message(100, "x"));
  std::vector<RawConnection> silent, slow, half;
  for (size_t i = 0; i < kEach; ++i) {
    for (const int port : {cluster.client_port(0), cluster.peer_port(0)}) {
      silent.emplace_back(port);
      slow.emplace_back(port);
      half.emplace_back(port).Send(half_a_call);
    }
  }
  Load load(cluster, {.replicas = {0, 1, 2}, .clients = 4, .operations_max = kNoEnd});
  size_t at = 0;
  const auto open = [](std::vector<RawConnection>& connections) {
    for (RawConnection& connection : connections) connection.Receive();
    return std::count_if(connections.begin(), connections.end(),
                         [](const RawConnection& one) { return !one.closed(); });
  };
  // One byte of the greeting after the other; it is never complete.
  EXPECT_TRUE(WaitUntil([&] {
    if (load.WaitProgress(20) && at < 10) {
      for (const RawConnection& one : slow) one.Send(preface.substr(at, 1));
      ++at;
    }
    return open(silent) + open(slow) == 0;
  })) << open(silent)
      << " silent and " << open(slow) << " slow connections are open";
  EXPECT_EQ(Failures(load.Stop()), 0) << testing::PrintToString(load.ErrorCodes());
  EXPECT_LE(PeakMemory(replica), memory + 64 * kMiB);
  half.clear();
  EXPECT_TRUE(WaitUntil([&] { return OpenFiles(replica) <= files + 8; }))
      << files << " files were open, now " << OpenFiles(replica);
}

// gRPC looks at a message's size when all of it is here.
TEST_F(GarbageTest, AMessageOfAnySizeTakesNoMoreThanThePortMay) {
  constexpr size_t kPortBytes = 32 * kMiB;
  Cluster cluster(1, {{"limits", {{"port_bytes_max", kPortBytes}}}});
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  const pid_t replica = cluster.replica(0).pid();
  const size_t memory = PeakMemory(replica);
  const std::string huge(200 * kMiB, 'x');

  EXPECT_FALSE(cluster.Put(0, "key", huge).status.ok());
  grpc::ChannelArguments any_size;
  any_size.SetMaxSendMessageSize(-1);
  const auto stub =
      v1::Peer::NewStub(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", cluster.peer_port(0)),
                                                  grpc::InsecureChannelCredentials(), any_size));
  grpc::ClientContext context;
  const auto stream = stub->Dispatch(&context);
  v1::Frame frame;
  frame.mutable_hello()->set_cluster_id(huge);
  stream->Write(frame);
  stream->WritesDone();
  EXPECT_FALSE(stream->Finish().ok());

  EXPECT_LE(PeakMemory(replica), memory + 2 * kPortBytes + 32 * kMiB);
  EXPECT_EQ(cluster.Get(0, "key"), "value version 1");
}

}  // namespace
}  // namespace althing
