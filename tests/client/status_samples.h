// Answers of replicas as they are in a healthy cluster, and ways to spoil them.
#ifndef ALTHING_TESTS_CLIENT_STATUS_SAMPLES_H_
#define ALTHING_TESTS_CLIENT_STATUS_SAMPLES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/report/status_report.h"

namespace althing {

inline ReplicaStatus Healthy(uint32_t id, uint32_t members) {
  ReplicaStatus replica;
  replica.endpoint = {id, absl::StrCat("h:", 7100 + id)};
  v1::StatusReply& reply = replica.reply;
  reply.set_cluster_id("althing");
  reply.set_replica(id);
  reply.set_ready(true);
  reply.set_members(members);
  reply.set_failures_tolerated((members - 1) / 2);
  reply.set_durability("none");
  reply.set_log_level("info");
  reply.set_uptime_seconds(3725);
  reply.set_partitions(1);
  reply.set_fast_decisions(970);
  reply.set_decisions(1000);
  reply.set_executed_commands(12345);
  v1::TimeBucket& bucket = *reply.add_recent_answers();
  bucket.set_at_most_ns(3'100'000);
  bucket.set_count(10);
  for (uint32_t peer = 0; peer < members; ++peer) {
    if (peer == id) continue;
    v1::PeerState& state = *reply.add_peers();
    state.set_replica(peer);
    state.set_address(absl::StrCat("h:", 7200 + peer));
    state.set_reachable(true);
  }
  return replica;
}

inline std::vector<ReplicaStatus> HealthyCluster(uint32_t members) {
  std::vector<ReplicaStatus> replicas;
  for (uint32_t id = 0; id < members; ++id) replicas.push_back(Healthy(id, members));
  return replicas;
}

inline void Cut(ReplicaStatus& replica, uint32_t peer) {
  for (v1::PeerState& state : *replica.reply.mutable_peers()) {
    if (state.replica() != peer) continue;
    state.set_reachable(false);
    state.set_detail("connection refused");
  }
}

inline void Kill(std::vector<ReplicaStatus>& replicas, uint32_t id) {
  for (ReplicaStatus& replica : replicas) Cut(replica, id);
  replicas[id].status = absl::UnavailableError("nobody there");
  replicas[id].reply.Clear();
}

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_STATUS_SAMPLES_H_
