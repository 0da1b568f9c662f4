#include "client/library/channel.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(ChannelTest, StatusesKeepTheirCodeAndText) {
  EXPECT_EQ(ToAbslStatus(grpc::Status::OK), absl::OkStatus());
  EXPECT_EQ(ToAbslStatus(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full")),
            absl::ResourceExhaustedError("full"));
  EXPECT_EQ(ToAbslStatus(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who?")),
            absl::UnauthenticatedError("who?"));
}

TEST(ChannelTest, AChannelStartsIdleAndConnectsOnlyWhenAsked) {
  const auto channel = MakeChannel("127.0.0.1:1");
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_IDLE);
}

}  // namespace
}  // namespace althing
