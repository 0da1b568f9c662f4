#include "client/report/status_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/report/table.h"

namespace althing {
namespace {

absl::string_view Name(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kDegraded:
      return "degraded";
    case Health::kUnavailable:
    case Health::kSilent:
      break;
  }
  return "unavailable";
}

// 3.1 ms, 0.34 ms, 120 ms.
std::string Milliseconds(double ms) {
  return absl::StrFormat("%.*f ms", ms < 1 ? 2 : ms < 100 ? 1 : 0, ms);
}

std::string Sentence(const ClusterStatus& cluster) {
  const size_t asked = cluster.replicas.size();
  if (cluster.health == Health::kSilent) {
    return absl::StrCat("unavailable: none of the ", asked, " replicas asked answers");
  }
  std::string text = absl::StrCat(Name(cluster.health), ": ", cluster.ready, "/", asked);
  if (asked < cluster.members) {
    absl::StrAppend(&text, " (the cluster has ", cluster.members, ")");
  }
  if (cluster.health == Health::kUnavailable) {
    absl::StrAppend(&text, ", ", cluster.needed, " of ", cluster.members, " are needed");
  } else {
    absl::StrAppend(&text, ", tolerates ", cluster.tolerates,
                    cluster.tolerates == 1 ? " more failure" : " more failures");
  }
  absl::StrAppend(&text, ", ",
                  cluster.fast_path_percent
                      ? absl::StrCat("fast path ", Percent(*cluster.fast_path_percent), " %")
                      : "no decisions yet");
  if (cluster.p99_ms) {
    absl::StrAppend(&text, ", p99 ", Milliseconds(*cluster.p99_ms));
  } else if (cluster.fast_path_percent) {
    absl::StrAppend(&text, ", no calls in the last minute");
  }
  return text;
}

// Of one replica; empty if it has decided nothing.
std::optional<double> FastPathPercent(const v1::StatusReply& reply) {
  if (reply.decisions() == 0) return std::nullopt;
  return 100 * static_cast<double>(reply.fast_decisions()) / static_cast<double>(reply.decisions());
}

uint32_t Reachable(const v1::StatusReply& reply) {
  return static_cast<uint32_t>(
      std::count_if(reply.peers().begin(), reply.peers().end(),
                    [](const v1::PeerState& peer) { return peer.reachable(); }));
}

std::string Uptime(double seconds) {
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole < 60) return absl::StrCat(whole, "s");
  if (whole < 3600) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%dh%02dm", whole / 3600, whole / 60 % 60);
  return absl::StrFormat("%dd%02dh", whole / 86400, whole / 3600 % 24);
}

std::string Table(const ClusterStatus& cluster) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "ADDRESS", "READY", "PEERS", "FAST PATH", "EXECUTED", "UPTIME", "DURABILITY"}};
  for (const ReplicaStatus& replica : cluster.replicas) {
    const v1::StatusReply& reply = replica.reply;
    if (!replica.status.ok()) {
      rows.push_back({absl::StrCat(replica.endpoint.replica), replica.endpoint.address, "no answer",
                      "-", "-", "-", "-", "-"});
      continue;
    }
    const std::optional<double> fast_path = FastPathPercent(reply);
    rows.push_back({absl::StrCat(reply.replica()), replica.endpoint.address,
                    reply.ready() ? "yes" : "NO",
                    absl::StrCat(Reachable(reply), "/", reply.peers_size()),
                    fast_path ? absl::StrCat(Percent(*fast_path), " %") : "-",
                    WithCommas(reply.executed_commands()), Uptime(reply.uptime_seconds()),
                    reply.durability()});
  }
  return RenderTable(rows);
}

nlohmann::ordered_json ReplicaJson(const ReplicaStatus& replica) {
  nlohmann::ordered_json object = {{"replica", replica.endpoint.replica},
                                   {"address", replica.endpoint.address},
                                   {"answered", replica.status.ok()}};
  if (!replica.status.ok()) {
    object["error"] = replica.status.ToString();
    return object;
  }
  const v1::StatusReply& reply = replica.reply;
  object["replica"] = reply.replica();
  object["cluster_id"] = reply.cluster_id();
  object["version"] = reply.version();
  object["ready"] = reply.ready();
  object["fast_path_percent"] = nullptr;
  if (const auto percent = FastPathPercent(reply)) object["fast_path_percent"] = *percent;
  object["decisions"] = reply.decisions();
  object["executed_commands"] = reply.executed_commands();
  object["uptime_seconds"] = reply.uptime_seconds();
  object["durability"] = reply.durability();
  object["partitions"] = reply.partitions();
  object["trace_level"] = reply.trace_level();
  object["log_level"] = reply.log_level();
  object["draining"] = reply.draining();
  object["quarantined"] = nlohmann::ordered_json::array();
  for (const v1::QuarantinedPartition& quarantined : reply.quarantined()) {
    object["quarantined"].push_back(
        {{"partition", quarantined.partition()}, {"why", quarantined.why()}});
  }
  object["warnings"] = nlohmann::ordered_json::array();
  for (const std::string& warning : reply.warnings()) object["warnings"].push_back(warning);
  object["peers"] = nlohmann::ordered_json::array();
  for (const v1::PeerState& peer : reply.peers()) {
    object["peers"].push_back({{"replica", peer.replica()},
                               {"address", peer.address()},
                               {"reachable", peer.reachable()},
                               {"detail", peer.detail()},
                               {"suspected", peer.suspected()},
                               {"round_trip_ms", static_cast<double>(peer.round_trip_ns()) / 1e6}});
  }
  return object;
}

}  // namespace

std::string ClusterStatusText(const ClusterStatus& cluster) {
  std::string text = absl::StrCat(Sentence(cluster), "\n");
  for (const std::string& warning : cluster.debug_warnings) {
    absl::StrAppend(&text, "DEBUG: ", warning, "\n");
  }
  absl::StrAppend(&text, Table(cluster));
  for (const std::string& advice : cluster.advice) absl::StrAppend(&text, advice, "\n");
  return text;
}

std::string ClusterStatusJson(const ClusterStatus& cluster) {
  nlohmann::ordered_json object = {{"health", std::string(Name(cluster.health))},
                                   {"summary", Sentence(cluster)},
                                   {"members", cluster.members},
                                   {"asked", cluster.replicas.size()},
                                   {"ready", cluster.ready},
                                   {"needed", cluster.needed},
                                   {"tolerates", cluster.tolerates},
                                   {"fast_path_percent", nullptr},
                                   {"p99_ms", nullptr},
                                   {"durability", cluster.durability},
                                   {"debug_warnings", cluster.debug_warnings},
                                   {"advice", cluster.advice},
                                   {"replicas", nlohmann::ordered_json::array()}};
  if (cluster.fast_path_percent) object["fast_path_percent"] = *cluster.fast_path_percent;
  if (cluster.p99_ms) object["p99_ms"] = *cluster.p99_ms;
  for (const ReplicaStatus& replica : cluster.replicas) {
    object["replicas"].push_back(ReplicaJson(replica));
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace althing
