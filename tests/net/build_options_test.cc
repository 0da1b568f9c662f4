#include "replica/net/build_options.h"

#include "gtest/gtest.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

TEST(BuildOptionsTest, TicksAreRoundedUpAndAtLeastOne) {
  EXPECT_EQ(ToTicks(0, 10), 1u);
  EXPECT_EQ(ToTicks(10, 10), 1u);
  EXPECT_EQ(ToTicks(11, 10), 2u);
  EXPECT_EQ(ToTicks(4'000'000'000u, 1), 4'000'000'000u);
}

TEST(BuildOptionsTest, MembersAreFoundById) {
  v1::Config config = MakeConfig(3);
  config.mutable_replicas(2)->set_id(77);
  EXPECT_EQ(FindMember(config, ReplicaId{77}), MemberIndex{2});
  EXPECT_EQ(FindMember(config, ReplicaId{2}), std::nullopt);
}

TEST(BuildOptionsTest, TheCoreGetsWhatTheConfigurationSays) {
  v1::Config config = MakeConfig(5, {{"partitions", "3"},
                                     {"hash_seed", "9"},
                                     {"thrifty", "false"},
                                     {"f", "1"},
                                     {"e", "1"},
                                     {"batch.commands_max", "11"},
                                     {"batch.bytes_max", "2222"},
                                     {"batch.window_instances_max", "13"},
                                     {"queues.client_messages_max", "14"},
                                     {"timing.tick_ms", "5"},
                                     {"timing.fast_path_ms", "21"},
                                     {"timing.resend_ms", "50"},
                                     {"timing.resend_ms_max", "500"},
                                     {"timing.catch_up_ms", "15"},
                                     {"timing.recover_ms", "221"},
                                     {"timing.collect_ms", "36"},
                                     {"durability", "os"},
                                     {"debug.flush_order", "in_sequence"}});
  config.mutable_replicas(4)->set_id(40);
  const CoreOptions options = MakeCoreOptions(config, *MakeQuorums(config), MemberIndex{4});
  EXPECT_EQ(options.self, MemberIndex{4});
  EXPECT_EQ(options.replica, ReplicaId{40});
  EXPECT_EQ(options.quorums.n(), 5);
  EXPECT_EQ(options.quorums.f(), 1);
  EXPECT_EQ(options.quorums.e(), 1);
  EXPECT_EQ(options.partitions, 3u);
  EXPECT_EQ(options.hash_seed, 9u);
  EXPECT_FALSE(options.thrifty);
  EXPECT_EQ(options.batch_commands_max, 11u);
  EXPECT_EQ(options.batch_bytes_max, 2222u);
  EXPECT_EQ(options.window_instances_max, 13u);
  EXPECT_EQ(options.waiting_proposals_max, 14u);
  EXPECT_EQ(options.fast_path_ticks, 5u);
  EXPECT_EQ(options.resend_ticks, 10u);
  EXPECT_EQ(options.resend_ticks_max, 100u);
  EXPECT_EQ(options.catch_up_ticks, 3u);
  EXPECT_EQ(options.recover_ticks, 45u);
  EXPECT_EQ(options.collect_ticks, 8u);
  EXPECT_EQ(options.jitter_seed, 41u);
  EXPECT_TRUE(options.flushes_in_sequence);
  EXPECT_FALSE(
      MakeCoreOptions(MakeConfig(3), *MakeQuorums(config), MemberIndex{0}).flushes_in_sequence);
}

TEST(BuildOptionsTest, TheEventLoopGetsWhatTheConfigurationSays) {
  const v1::Config config = MakeConfig(5, {{"timing.tick_ms", "5"},
                                           {"timing.slow_ms", "70"},
                                           {"timing.heartbeat_ms", "30"},
                                           {"timing.suspect_ms", "90"},
                                           {"turn.messages_max", "6"},
                                           {"turn.microseconds_max", "700"},
                                           {"debug.commit_delay_ms", "8"},
                                           {"debug.drop_percent", "9.5"},
                                           {"debug.drop_seed", "10"},
                                           {"durability", "fsync"},
                                           {"storage.checkpoint_kib", "3"},
                                           {"storage.checkpoint_entries", "7"}});
  const EventLoopOptions options =
      MakeEventLoopOptions(config, *MakeQuorums(config), MemberIndex{3});
  EXPECT_EQ(options.self, MemberIndex{3});
  EXPECT_EQ(options.members, 5);
  EXPECT_EQ(options.slow_size, 3);
  EXPECT_EQ(options.tick_ns, 5'000'000);
  EXPECT_EQ(options.heartbeat_ns, 30'000'000);
  EXPECT_EQ(options.suspect_ns, 90'000'000);
  EXPECT_EQ(options.turn_messages_max, 6u);
  EXPECT_EQ(options.turn_ns_max, 700'000);
  EXPECT_EQ(options.commit_delay_ns, 8'000'000);
  EXPECT_EQ(options.drop_percent, 9.5);
  EXPECT_EQ(options.drop_seed, 10u);
  EXPECT_EQ(options.slow_ns, 70'000'000);
  EXPECT_EQ(options.checkpoints.log_bytes_min, 3072u);
  EXPECT_EQ(options.checkpoints.entries_per_turn, 7u);
  EXPECT_EQ(options.checkpoints.growth_percent, 100u);
  v1::Config in_memory = config;
  in_memory.set_durability("none");
  EXPECT_EQ(MakeEventLoopOptions(in_memory, *MakeQuorums(config), MemberIndex{3})
                .checkpoints.log_bytes_min,
            0u);
}

}  // namespace
}  // namespace althing
