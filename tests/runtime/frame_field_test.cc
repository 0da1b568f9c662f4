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

}  // namespace
}  // namespace althing
