// What the replicas' answers add up to.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/report/status_report.h"

namespace althing {
namespace {

bool IsReady(const ReplicaStatus& replica) { return replica.status.ok() && replica.reply.ready(); }

uint32_t CountReachable(const v1::StatusReply& reply) {
  return static_cast<uint32_t>(
      std::count_if(reply.peers().begin(), reply.peers().end(),
                    [](const v1::PeerState& peer) { return peer.reachable(); }));
}

// Members that do not serve: asked ones that are not ready, and those that were not asked and that
// no asked one reaches.
uint32_t CountDown(const std::vector<ReplicaStatus>& replicas) {
  std::set<uint32_t> answered;
  std::set<uint32_t> reached;
  std::set<uint32_t> peers;
  uint32_t silent = 0;
  uint32_t down = 0;
  for (const ReplicaStatus& replica : replicas) {
    if (!IsReady(replica)) ++down;
    if (!replica.status.ok()) {
      ++silent;
      continue;
    }
    answered.insert(replica.reply.replica());
    for (const v1::PeerState& peer : replica.reply.peers()) {
      peers.insert(peer.replica());
      if (peer.reachable()) reached.insert(peer.replica());
    }
  }
  uint32_t unreached = 0;
  for (uint32_t peer : peers) {
    if (!answered.contains(peer) && !reached.contains(peer)) ++unreached;
  }
  // The silent ones that were asked are counted already, under whatever id.
  return down + unreached - std::min(unreached, silent);
}

std::optional<double> FastPathPercent(const std::vector<ReplicaStatus>& replicas) {
  double fast = 0;
  double all = 0;
  for (const ReplicaStatus& replica : replicas) {
    fast += static_cast<double>(replica.reply.fast_decisions());
    all += static_cast<double>(replica.reply.decisions());
  }
  if (all == 0) return std::nullopt;
  return 100 * fast / all;
}

std::optional<double> P99Ms(const std::vector<ReplicaStatus>& replicas) {
  std::map<uint64_t, uint64_t> counts;  // By at_most_ns.
  uint64_t all = 0;
  for (const ReplicaStatus& replica : replicas) {
    for (const v1::TimeBucket& bucket : replica.reply.recent_answers()) {
      counts[bucket.at_most_ns()] += bucket.count();
      all += bucket.count();
    }
  }
  const uint64_t wanted = all - all / 100;  // So many took no longer.
  uint64_t seen = 0;
  for (const auto& [at_most_ns, count] : counts) {
    seen += count;
    if (seen >= wanted && seen > 0) return static_cast<double>(at_most_ns) / 1e6;
  }
  return std::nullopt;
}

std::vector<std::string> DebugWarnings(const std::vector<ReplicaStatus>& replicas) {
  std::map<std::string, std::vector<uint32_t>> who;
  for (const ReplicaStatus& replica : replicas) {
    for (const std::string& warning : replica.reply.debug_warnings()) {
      who[warning].push_back(replica.endpoint.replica);
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [warning, ids] : who) {
    warnings.push_back(absl::StrCat(ids.size() == 1 ? "replica " : "replicas ",
                                    absl::StrJoin(ids, ", "), ": ", warning));
  }
  return warnings;
}

// Links to replicas that are silent or stop are left out: one line about each of them suffices.
void AdviseOnLinks(const ReplicaStatus& replica, const std::set<uint32_t>& expected,
                   std::vector<std::string>& advice) {
  for (const v1::PeerState& peer : replica.reply.peers()) {
    if (peer.reachable() || !expected.contains(peer.replica())) continue;
    advice.push_back(absl::StrCat(Describe(replica.endpoint), " does not reach replica ",
                                  peer.replica(), " at ", peer.address(), ": ", peer.detail(),
                                  ". Check the network between their peer ports."));
  }
}

// Why it is not ready, and what to do.
void AdviseOnReadiness(const ReplicaStatus& replica, std::vector<std::string>& advice) {
  constexpr int kQuarantinedShown = 3;
  const v1::StatusReply& reply = replica.reply;
  for (int i = 0; i < std::min(reply.quarantined_size(), kQuarantinedShown); ++i) {
    advice.push_back(absl::StrCat("partition ", reply.quarantined(i).partition(), " of ",
                                  Describe(replica.endpoint),
                                  " is quarantined: ", reply.quarantined(i).why(),
                                  ". Stop the cluster, keep the logs and report it."));
  }
  if (reply.quarantined_size() > kQuarantinedShown) {
    advice.push_back(absl::StrCat(Describe(replica.endpoint), " has ",
                                  reply.quarantined_size() - kQuarantinedShown,
                                  " more quarantined partitions. -o json shows all."));
  }
  if (reply.draining()) {
    advice.push_back(absl::StrCat(Describe(replica.endpoint),
                                  " was asked to stop and takes no commands. Start it again "
                                  "together with all others if that was a mistake."));
    return;  // It takes leave of its peers: whom it reaches is no news.
  }
  const uint32_t reached = CountReachable(reply);
  const bool enough = reached + 1 + reply.failures_tolerated() >= reply.members();
  if (!enough) {
    advice.push_back(absl::StrCat(Describe(replica.endpoint), " is not ready: it reaches ", reached,
                                  " of ", reply.peers_size(),
                                  " peers. Bring the missing ones back."));
  }
}

std::vector<std::string> Advice(const std::vector<ReplicaStatus>& replicas) {
  std::vector<std::string> advice;
  std::set<uint32_t> expected;  // To be reached.
  std::set<std::string> clusters;
  for (const ReplicaStatus& replica : replicas) {
    if (!replica.status.ok()) continue;
    if (!replica.reply.draining()) expected.insert(replica.reply.replica());
    clusters.insert(replica.reply.cluster_id());
  }
  if (clusters.size() > 1) {
    advice.push_back(
        absl::StrCat("The endpoints belong to different clusters: ", absl::StrJoin(clusters, ", "),
                     ". Name the replicas of one cluster."));
  }
  for (const ReplicaStatus& replica : replicas) {
    if (!replica.status.ok()) {
      advice.push_back(absl::StrCat(Describe(replica.endpoint), " does not answer: ",
                                    absl::StatusCodeToString(replica.status.code()), ": ",
                                    replica.status.message(), ". Start it, or look into its log."));
      continue;
    }
    if (!IsReady(replica)) AdviseOnReadiness(replica, advice);
    for (const std::string& warning : replica.reply.warnings()) {
      advice.push_back(absl::StrCat(Describe(replica.endpoint), ": ", warning, "."));
    }
    if (!replica.reply.draining()) AdviseOnLinks(replica, expected, advice);
  }
  return advice;
}

bool AllLinked(const std::vector<ReplicaStatus>& replicas) {
  return std::all_of(replicas.begin(), replicas.end(), [](const ReplicaStatus& replica) {
    return CountReachable(replica.reply) == static_cast<uint32_t>(replica.reply.peers_size());
  });
}

}  // namespace

ClusterStatus Summarize(std::vector<ReplicaStatus> replicas) {
  ClusterStatus cluster;
  cluster.members = static_cast<uint32_t>(replicas.size());
  uint32_t failures = (cluster.members - 1) / 2;
  std::set<std::string> clusters;
  std::set<std::string> durabilities;
  for (const ReplicaStatus& replica : replicas) {
    if (IsReady(replica)) ++cluster.ready;
    if (!replica.status.ok()) continue;
    if (clusters.empty()) failures = replica.reply.failures_tolerated();
    cluster.members = std::max(cluster.members, replica.reply.members());
    clusters.insert(replica.reply.cluster_id());
    durabilities.insert(replica.reply.durability());
  }
  const uint32_t down = CountDown(replicas);
  cluster.needed = cluster.members - failures;
  cluster.tolerates = failures - std::min(failures, down);
  cluster.fast_path_percent = FastPathPercent(replicas);
  cluster.p99_ms = P99Ms(replicas);
  cluster.durability = durabilities.empty() ? "unknown" : absl::StrJoin(durabilities, " and ");
  cluster.debug_warnings = DebugWarnings(replicas);
  cluster.advice = Advice(replicas);
  if (clusters.empty()) {
    cluster.health = Health::kSilent;
    cluster.tolerates = 0;
  } else if (down > failures || cluster.ready == 0) {
    cluster.health = Health::kUnavailable;
    cluster.tolerates = 0;
  } else if (down > 0 || clusters.size() > 1 || !AllLinked(replicas)) {
    cluster.health = Health::kDegraded;
  } else {
    cluster.health = Health::kHealthy;
  }
  cluster.replicas = std::move(replicas);
  return cluster;
}

}  // namespace althing
