#include "pb/config_check.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

using ::testing::ElementsAre;

v1::Config Sound(int n) {
  v1::Config config;
  for (int i = 0; i < n; ++i) {
    v1::ReplicaConfig& replica = *config.add_replicas();
    replica.set_id(static_cast<uint32_t>(i));
    replica.set_host("h");
    replica.set_client_port(static_cast<uint32_t>(100 + i));
    replica.set_peer_port(static_cast<uint32_t>(200 + i));
  }
  config.mutable_timing()->set_resend_ms(10);
  config.mutable_timing()->set_resend_ms_max(10);
  config.mutable_timing()->set_heartbeat_ms(10);
  config.mutable_timing()->set_suspect_ms(30);
  config.mutable_batch()->set_bytes_max(1000);
  config.mutable_limits()->set_key_bytes_max(100);
  config.mutable_limits()->set_value_bytes_max(1000);
  config.mutable_limits()->set_request_bytes_max(2100);
  config.mutable_limits()->set_request_commands_max(10);
  config.mutable_queues()->set_peer_bytes_max(2100 + 480 + 4096);
  config.mutable_limits()->set_port_bytes_max(2 * (2100 + 480 + 4096));
  return config;
}

// The definition: n >= max(2e + f - 1, 2f + 1), e <= f; checked against the closed forms.
TEST(ConfigCheckTest, AllowsExactlyTheQuorumsThatFit) {
  for (uint32_t n = 1; n <= 9; ++n) {
    for (uint32_t f = 0; f <= 4; ++f) {
      for (uint32_t e = 0; e <= 4; ++e) {
        v1::Config config = Sound(static_cast<int>(n));
        config.set_f(f);
        config.set_e(e);
        const bool fits = n + 1 >= 2 * e + f && n >= 2 * f + 1 && e <= f;
        EXPECT_EQ(!FindProblem(config).has_value(), fits) << n << " " << f << " " << e;
      }
    }
  }
}

TEST(ConfigCheckTest, AllowsEqualPortsOnDifferentHosts) {
  v1::Config config = Sound(2);
  config.mutable_replicas(1)->set_client_port(100);
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_THAT(FindProblem(config)->paths, ElementsAre("replicas[1].client_port"));
  config.mutable_replicas(1)->set_host("g");
  EXPECT_FALSE(FindProblem(config).has_value());
}

TEST(ConfigCheckTest, NamesAllFieldsOfAMisfit) {
  v1::Config config = Sound(1);
  ASSERT_FALSE(FindProblem(config).has_value());
  config.mutable_timing()->set_resend_ms(11);
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_THAT(FindProblem(config)->paths, ElementsAre("timing.resend_ms_max", "timing.resend_ms"));
  config.mutable_timing()->set_resend_ms(10);
  config.mutable_timing()->set_heartbeat_ms(11);
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_THAT(FindProblem(config)->paths, ElementsAre("timing.suspect_ms", "timing.heartbeat_ms"));
}

TEST(ConfigCheckTest, SlowSyncsNeedSyncs) {
  v1::Config config = Sound(1);
  config.mutable_debug()->set_sync_delay_ms(1);
  for (const char* durability : {"none", "os"}) {
    config.set_durability(durability);
    ASSERT_TRUE(FindProblem(config).has_value());
    EXPECT_THAT(FindProblem(config)->paths, ElementsAre("debug.sync_delay_ms", "durability"));
  }
  config.set_durability("fsync");
  EXPECT_FALSE(FindProblem(config).has_value());
}

TEST(ConfigCheckTest, AnOrderOfFlushesNeedsALog) {
  v1::Config config = Sound(1);
  config.mutable_debug()->set_flush_order("in_sequence");
  config.set_durability("none");
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_THAT(FindProblem(config)->paths, ElementsAre("debug.flush_order", "durability"));
  for (const char* durability : {"os", "fsync"}) {
    config.set_durability(durability);
    EXPECT_FALSE(FindProblem(config).has_value()) << durability;
  }
}

TEST(ConfigCheckTest, AsksForRoomForTheLargestMessage) {
  v1::Config config = Sound(1);
  config.mutable_queues()->set_peer_bytes_max(2100 + 480 + 4096 - 1);
  EXPECT_TRUE(FindProblem(config).has_value());
  config.mutable_limits()->set_request_commands_max(9);
  EXPECT_FALSE(FindProblem(config).has_value());
  config.mutable_batch()->set_bytes_max(3000);
  EXPECT_TRUE(FindProblem(config).has_value());
}

TEST(ConfigCheckTest, ARequestHasRoomForTheLargestCommand) {
  v1::Config config = Sound(1);
  config.mutable_limits()->set_key_bytes_max(101);
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_THAT(
      FindProblem(config)->paths,
      ElementsAre("limits.request_bytes_max", "limits.key_bytes_max", "limits.value_bytes_max"));
}

TEST(ConfigCheckTest, AsksForRoomForTwoOfTheLargestMessagesAtAPort) {
  v1::Config config = Sound(1);
  config.mutable_limits()->set_port_bytes_max(2 * (2100 + 480 + 4096) - 1);
  ASSERT_TRUE(FindProblem(config).has_value());
  EXPECT_EQ(FindProblem(config)->paths[0], "limits.port_bytes_max");
}

}  // namespace
}  // namespace althing
