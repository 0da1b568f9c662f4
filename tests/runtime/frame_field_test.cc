#include "replica/runtime/frame_field.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using ::althing::testing::CommitEnvelope;
using ::althing::testing::HeartbeatEnvelope;

TEST(FrameFieldTest, JoinedFieldsAreTheFrameWithAllEnvelopes) {
  pb::Envelope large = CommitEnvelope(70'000);
  large.mutable_commit()->set_payload(std::string(100'000, 'x'));
  pb::Frame frame;
  *frame.add_envelopes() = HeartbeatEnvelope(0);
  *frame.add_envelopes() = large;
  *frame.add_envelopes() = pb::Envelope();

  std::string joined;
  for (const pb::Envelope& envelope : frame.envelopes()) joined += EncodeFrameField(envelope);
  EXPECT_EQ(joined, frame.SerializeAsString());
}

TEST(FrameFieldTest, APulseMayStandBeforeThem) {
  pb::Pulse pulse;
  pulse.set_sent_ns(7);
  pulse.set_held_ns(8);
  pb::Frame frame;
  ASSERT_TRUE(
      frame.ParseFromString(EncodeFrameField(pulse) + EncodeFrameField(HeartbeatEnvelope(3))));
  EXPECT_EQ(frame.pulse().sent_ns(), 7u);
  EXPECT_EQ(frame.pulse().held_ns(), 8u);
  ASSERT_EQ(frame.envelopes_size(), 1);
  EXPECT_EQ(frame.envelopes(0).partition(), 3u);
}

}  // namespace
}  // namespace althing
