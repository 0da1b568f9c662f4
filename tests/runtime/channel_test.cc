#include "replica/runtime/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::althing::testing::Change;
using ::althing::testing::FromPeer;
using ::althing::testing::HeartbeatEnvelope;
using ::althing::testing::Proposal;
using ::testing::ElementsAre;

std::vector<uint64_t> Requests(const std::vector<MsgContainer>& messages) {
  std::vector<uint64_t> requests;
  for (const MsgContainer& m : messages) {
    requests.push_back(std::get<ClientProposal>(m.body).request.value);
  }
  return requests;
}

TEST(ChannelTest, GivesMessagesInTheOrderOfArrivalBehindWhatIsThere) {
  Channel channel(2, 10, 10);
  ASSERT_TRUE(channel.Push(Proposal(0, 1)).ok());
  ASSERT_TRUE(channel.Push(Proposal(1, 2)).ok());
  std::vector<MsgContainer> out;
  channel.TakeAll(out);
  ASSERT_TRUE(channel.Push(Proposal(0, 3)).ok());
  channel.TakeAll(out);
  EXPECT_THAT(Requests(out), ElementsAre(1, 2, 3));
  channel.TakeAll(out);
  EXPECT_THAT(Requests(out), ElementsAre(1, 2, 3));
}

TEST(ChannelTest, AFlooderIsRefusedWhilePeersAndOtherPartitionsEnter) {
  Channel channel(2, 2, 1);
  ASSERT_TRUE(channel.Push(Proposal(0, 1)).ok());
  ASSERT_TRUE(channel.Push(Proposal(0, 2)).ok());
  const absl::Status refused = channel.Push(Proposal(0, 3));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(std::string(refused.message()),
            "partition 0 already has 2 proposals waiting (queues.client_messages_max); the write "
            "did not happen: try again later");

  EXPECT_TRUE(channel.Push(Proposal(1, 4)).ok());
  EXPECT_TRUE(channel.Push(FromPeer(0, 1, HeartbeatEnvelope(0))).ok());
  EXPECT_TRUE(channel.Push(FromPeer(1, 1, HeartbeatEnvelope(1))).ok());
  const absl::Status full = channel.Push(FromPeer(0, 2, HeartbeatEnvelope(0)));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(std::string(full.message()),
            "partition 0 already has 1 peer messages waiting (queues.peer_messages_max)");
}

TEST(ChannelTest, WhatWasTakenCountsUntilItIsHandled) {
  Channel channel(1, 1, 1);
  ASSERT_TRUE(channel.Push(Proposal(0, 1)).ok());
  ASSERT_TRUE(channel.Push(FromPeer(0, 1, HeartbeatEnvelope(0))).ok());
  std::vector<MsgContainer> out;
  channel.TakeAll(out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_FALSE(channel.Push(Proposal(0, 2)).ok());
  EXPECT_FALSE(channel.Push(FromPeer(0, 1, HeartbeatEnvelope(0))).ok());
  channel.Handled(out[0]);
  EXPECT_TRUE(channel.Push(Proposal(0, 2)).ok());
  EXPECT_FALSE(channel.Push(FromPeer(0, 1, HeartbeatEnvelope(0))).ok());
  channel.Handled(out[1]);
  EXPECT_TRUE(channel.Push(FromPeer(0, 1, HeartbeatEnvelope(0))).ok());
}

TEST(ChannelTest, ARefusedMessageIsLeftAsItWas) {
  Channel channel(1, 1, 1);
  ASSERT_TRUE(channel.Push(Proposal(0, 1)).ok());
  MsgContainer second = Proposal(0, 2);
  ASSERT_FALSE(channel.Push(std::move(second)).ok());
  EXPECT_EQ(std::get<ClientProposal>(second.body).batch, "batch");
}

TEST(ChannelTest, RefusesAPartitionThatDoesNotExist) {
  Channel channel(4, 1, 1);
  const absl::Status status = channel.Push(FromPeer(4, 1, HeartbeatEnvelope(4)));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()), "there is no partition 4: the last one is 3");
}

TEST(ChannelTest, ChangesAndControlsHaveNoBound) {
  Channel channel(1, 1, 1);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(channel.Push(Change(1, i % 2 == 0)).ok());
    ASSERT_TRUE(channel.Push({PartitionId{}, 0, Control{[] {}}}).ok());
  }
  std::vector<MsgContainer> out;
  channel.TakeAll(out);
  EXPECT_EQ(out.size(), 200u);
  for (const MsgContainer& m : out) channel.Handled(m);
}

TEST(ChannelTest, LosesAndDoublesNothingUnderManyThreads) {
  constexpr int kThreads = 4;
  constexpr uint64_t kEach = 20'000;
  constexpr uint32_t kBound = 64;
  Channel channel(2, kBound, kBound);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&channel, t] {
      for (uint64_t i = 0; i < kEach;) {
        const uint64_t request = static_cast<uint64_t>(t) * kEach + i;
        if (channel.Push(Proposal(static_cast<uint32_t>(t % 2), request)).ok()) {
          ++i;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  // Each thread's messages come in its own order, never more than the bound at a time.
  std::vector<uint64_t> next(kThreads, 0);
  std::vector<MsgContainer> out;
  uint64_t handled = 0;
  for (uint64_t total = 0; total < kThreads * kEach;) {
    out.clear();
    channel.TakeAll(out);
    ASSERT_LE(out.size(), 2 * kBound);
    for (const MsgContainer& m : out) {
      const uint64_t request = std::get<ClientProposal>(m.body).request.value;
      ASSERT_EQ(request % kEach, next[request / kEach]++);
      channel.Handled(m);
      // Producers must get their turn while messages are being handled: where the scheduler runs
      // one thread at a time, they would otherwise always find the channel all full or all empty.
      if (++handled % 8 == 0) std::this_thread::yield();
    }
    total += out.size();
    if (out.empty()) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(next, std::vector<uint64_t>(kThreads, kEach));
  out.clear();
  channel.TakeAll(out);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace althing
