#include "replica/net/build_options.h"

#include <algorithm>
#include <cstdint>

#include "replica/storage/disk_space.h"

namespace althing {

std::optional<MemberIndex> FindMember(const v1::Config& config, ReplicaId id) {
  for (int i = 0; i < config.replicas_size(); ++i) {
    if (config.replicas(i).id() == id.value) return MemberIndex{static_cast<uint8_t>(i)};
  }
  return std::nullopt;
}

absl::StatusOr<Quorums> MakeQuorums(const v1::Config& config) {
  std::optional<int> f, e;
  if (config.has_f()) f = static_cast<int>(config.f());
  if (config.has_e()) e = static_cast<int>(config.e());
  return Quorums::Create(config.replicas_size(), f, e);
}

CoreOptions MakeCoreOptions(const v1::Config& config, const Quorums& quorums, MemberIndex self) {
  const uint32_t id = config.replicas(self.value).id();
  const v1::TimingConfig& timing = config.timing();
  const uint32_t tick_ms = timing.tick_ms();
  return {.self = self,
          .replica = ReplicaId{id},
          .quorums = quorums,
          .partitions = config.partitions(),
          .hash_seed = config.hash_seed(),
          .value_bytes_max = config.limits().value_bytes_max(),
          .thrifty = config.thrifty(),
          .batch_commands_max = config.batch().commands_max(),
          .batch_bytes_max = config.batch().bytes_max(),
          .window_instances_max = config.batch().window_instances_max(),
          .waiting_proposals_max = config.queues().client_messages_max(),
          .sessions_max = config.limits().sessions_max(),
          .session_answers_max = config.limits().session_answers_max(),
          .session_ticks = ToTicks(timing.session_ms(), tick_ms),
          .fast_path_ticks = ToTicks(timing.fast_path_ms(), tick_ms),
          .resend_ticks = ToTicks(timing.resend_ms(), tick_ms),
          .resend_ticks_max = ToTicks(timing.resend_ms_max(), tick_ms),
          .catch_up_ticks = ToTicks(timing.catch_up_ms(), tick_ms),
          .recover_ticks = ToTicks(timing.recover_ms(), tick_ms),
          .collect_ticks = ToTicks(timing.collect_ms(), tick_ms),
          .flushes_in_sequence = config.debug().flush_order() == "in_sequence",
          // Replicas that lost the same message must not all resend at the same moment.
          .jitter_seed = id + 1};
}

EventLoopOptions MakeEventLoopOptions(const v1::Config& config, const Quorums& quorums,
                                      MemberIndex self) {
  EventLoopOptions options;
  options.self = self;
  options.members = quorums.n();
  options.slow_size = quorums.slow_size();
  options.tick_ns = int64_t{config.timing().tick_ms()} * 1'000'000;
  options.heartbeat_ns = int64_t{config.timing().heartbeat_ms()} * 1'000'000;
  options.suspect_ns = int64_t{config.timing().suspect_ms()} * 1'000'000;
  options.turn_messages_max = config.turn().messages_max();
  options.turn_ns_max = int64_t{config.turn().microseconds_max()} * 1'000;
  options.commit_delay_ns = int64_t{config.debug().commit_delay_ms()} * 1'000'000;
  options.drop_percent = config.debug().drop_percent();
  options.drop_seed = config.debug().drop_seed();
  options.slow_ns = int64_t{config.timing().slow_ms()} * 1'000'000;
  if (config.durability() != "none") {
    options.checkpoints.log_bytes_min = uint64_t{config.storage().checkpoint_kib()} * 1024;
    options.checkpoints.entries_per_turn = config.storage().checkpoint_entries();
    options.checkpoints.free_bytes_min = uint64_t{config.storage().free_mib_min()} << 20;
    options.checkpoints.free_bytes = [directory = config.directories().data()] {
      return FreeBytes(directory).value_or(UINT64_MAX);
    };
  }
  return options;
}

uint64_t ToTicks(uint32_t ms, uint32_t tick_ms) {
  return std::max<uint64_t>(1, (uint64_t{ms} + tick_ms - 1) / tick_ms);
}

}  // namespace althing
