#include "replica/net/transport_settings.h"

#include "gtest/gtest.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

TEST(TransportSettingsTest, AddressesOfAllKinds) {
  EXPECT_EQ(HostPort("example.com", 7100), "example.com:7100");
  EXPECT_EQ(HostPort("127.0.0.1", 1), "127.0.0.1:1");
  EXPECT_EQ(HostPort("::1", 65535), "[::1]:65535");
  EXPECT_EQ(HostPort("[::1]", 65535), "[::1]:65535");
}

TEST(TransportSettingsTest, MessagesHaveRoomForWhatTheLimitsAllow) {
  v1::Config config = MakeConfig(1);
  config.mutable_limits()->set_request_bytes_max(1000);
  config.mutable_limits()->set_request_commands_max(10);
  EXPECT_EQ(ClientMessageBytesMax(config), 65536 + 1000 + 480);
  config.mutable_limits()->set_request_bytes_max(4294967295u);
  EXPECT_EQ(ClientMessageBytesMax(config), 2147483647);
}

}  // namespace
}  // namespace althing
