#include "replica/net/outchannel.h"

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "replica/net/wire.h"
#include "replica/runtime/frame_field.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OutchannelTest : public testing::Test {
 protected:
  Outchannel Make(size_t bytes_max, size_t frame_bytes_max) {
    return Outchannel(bytes_max, frame_bytes_max, metrics_);
  }
  // The numbers of the messages in each frame, as in {"1 2", "3"}.
  static std::vector<std::string> TakeAll(Outchannel& channel) {
    std::vector<std::string> frames;
    while (!channel.Empty()) {
      frames.push_back(Numbers(channel.TakeFrame(5000)));
    }
    return frames;
  }
  static std::string Numbers(grpc::ByteBuffer bytes) {
    std::vector<uint64_t> numbers;
    const std::optional<pb::Frame> frame = Decode<pb::Frame>(bytes);
    EXPECT_TRUE(frame.has_value());
    for (const pb::Envelope& e : frame->envelopes()) {
      numbers.push_back(e.heartbeat().highest_own());
    }
    return absl::StrJoin(numbers, " ");
  }
  nlohmann::json Dump(const std::string& field) const {
    return nlohmann::json::parse(metrics_.ToJson())[field];
  }

  Metrics metrics_{3, 1, "{}"};
  const size_t size_ = MakeMessage(MakeEnvelope(1)).bytes->size();
};

TEST_F(OutchannelTest, PacksAllThatWaitsIntoOneFrameInOrder) {
  Outchannel channel = Make(1000, 1000);
  EXPECT_TRUE(channel.Empty());
  for (uint64_t i : {3, 1, 2}) channel.Push(MakeMessage(MakeEnvelope(i)));
  EXPECT_EQ(channel.bytes(), 3 * size_);
  EXPECT_THAT(TakeAll(channel), ElementsAre("3 1 2"));
  EXPECT_EQ(channel.bytes(), 0u);
  EXPECT_EQ(Dump("FrameMessages")["Sum"], 3);
  EXPECT_EQ(Dump("FrameMessages")["Count"], 1);
  EXPECT_EQ(Dump("FrameBytes")["Sum"], 3 * size_);
  EXPECT_EQ(Dump("OutchannelDelayNs")["Max"], 5000);
}

TEST_F(OutchannelTest, AHeadComesFirstAndIsNotCounted) {
  Outchannel channel = Make(1000, 1000);
  pb::Pulse pulse;
  pulse.set_sent_ns(7);
  grpc::ByteBuffer alone = channel.TakeFrame(1, EncodeFrameField(pulse));
  EXPECT_EQ(Decode<pb::Frame>(alone)->pulse().sent_ns(), 7u);
  EXPECT_EQ(Dump("FrameMessages")["Count"], 0);
  channel.Push(MakeMessage(MakeEnvelope(3)));
  grpc::ByteBuffer both = channel.TakeFrame(1, EncodeFrameField(pulse));
  const std::optional<pb::Frame> frame = Decode<pb::Frame>(both);
  EXPECT_EQ(frame->pulse().sent_ns(), 7u);
  EXPECT_EQ(frame->envelopes_size(), 1);
  EXPECT_EQ(Dump("FrameBytes")["Sum"], size_);
  EXPECT_TRUE(channel.Empty());
}

TEST_F(OutchannelTest, AFrameStaysWithinItsBound) {
  Outchannel channel = Make(1000, 2 * size_);
  for (uint64_t i = 1; i <= 5; ++i) channel.Push(MakeMessage(MakeEnvelope(i)));
  EXPECT_THAT(TakeAll(channel), ElementsAre("1 2", "3 4", "5"));
}

TEST_F(OutchannelTest, AMessageAboveTheBoundIsAFrameOfItsOwn) {
  Outchannel channel = Make(1000, size_ - 1);
  for (uint64_t i = 1; i <= 3; ++i) channel.Push(MakeMessage(MakeEnvelope(i)));
  EXPECT_THAT(TakeAll(channel), ElementsAre("1", "2", "3"));
}

TEST_F(OutchannelTest, DropsAndCountsWhatHasNoRoom) {
  Outchannel channel = Make(2 * size_, 1000);
  for (uint64_t i = 1; i <= 4; ++i) channel.Push(MakeMessage(MakeEnvelope(i)));
  EXPECT_EQ(channel.bytes(), 2 * size_);
  EXPECT_EQ(Dump("Dropped")["OutchannelFull"]["Heartbeat"], 2);
  EXPECT_THAT(TakeAll(channel), ElementsAre("1 2"));
  channel.Push(MakeMessage(MakeEnvelope(5)));
  EXPECT_THAT(TakeAll(channel), ElementsAre("5"));
}

TEST_F(OutchannelTest, WhatWaitsForTheNextFrameCountsForTheBound) {
  Outchannel channel = Make(2 * size_, size_);
  channel.Push(MakeMessage(MakeEnvelope(1)));
  channel.Push(MakeMessage(MakeEnvelope(2)));
  channel.TakeFrame(0);
  EXPECT_EQ(channel.bytes(), size_);
  channel.Push(MakeMessage(MakeEnvelope(3)));
  channel.Push(MakeMessage(MakeEnvelope(4)));
  EXPECT_THAT(TakeAll(channel), ElementsAre("2", "3"));
}

TEST_F(OutchannelTest, ClearDropsAndCountsAll) {
  Outchannel channel = Make(1000, size_);
  for (uint64_t i = 1; i <= 3; ++i) channel.Push(MakeMessage(MakeEnvelope(i)));
  channel.TakeFrame(0);
  channel.Clear(DropReason::kUnreachable);
  EXPECT_TRUE(channel.Empty());
  EXPECT_EQ(Dump("Dropped")["Unreachable"]["Heartbeat"], 2);
  EXPECT_THAT(TakeAll(channel), IsEmpty());
}

TEST_F(OutchannelTest, MessagesLeaveInTheOrderOfTheScheduler) {
  Outchannel channel = Make(1000, 2 * size_);
  ASSERT_TRUE(channel.scheduler().Use("lifo").ok());
  for (uint64_t i = 1; i <= 5; ++i) channel.Push(MakeMessage(MakeEnvelope(i)));
  EXPECT_EQ(Numbers(channel.TakeFrame(0)), "5 4");
  // What had no room leaves first; what waits stays when the order changes.
  channel.Push(MakeMessage(MakeEnvelope(6)));
  ASSERT_TRUE(channel.scheduler().Use("fifo").ok());
  EXPECT_THAT(TakeAll(channel), ElementsAre("3 1", "2 6"));
  EXPECT_TRUE(channel.Empty());
}

TEST_F(OutchannelTest, NothingIsLostDoubledOrReorderedWhateverTheBounds) {
  const bool holds = rc::check("frames joined are the messages joined", [this] {
    const size_t frame_bytes_max = *rc::gen::inRange<size_t>(1, 200);
    const auto pushes = *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>());
    Outchannel channel = Make(1'000'000, frame_bytes_max);
    std::string sent, received;
    const auto take = [&] {
      grpc::ByteBuffer frame = channel.TakeFrame(0);
      grpc::Slice slice;
      RC_ASSERT(frame.TrySingleSlice(&slice).ok());
      received.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    };
    for (const bool push : pushes) {
      if (push) {
        const OutMessage message = MakeMessage(MakeEnvelope(*rc::gen::arbitrary<uint64_t>()));
        sent += *message.bytes;
        channel.Push(message);
      } else if (!channel.Empty()) {
        take();
      }
    }
    while (!channel.Empty()) take();
    RC_ASSERT(received == sent);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace althing
