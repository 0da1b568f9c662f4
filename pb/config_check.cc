#include "pb/config_check.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "pb/config_schema.h"

namespace althing {
namespace {

// Room for what a message carries beside its requests: ids, ballots, dependencies.
constexpr uint64_t kEnvelopeBytes = 4096;
// Room for what a command has beside its key and values: tags, lengths, operation, version.
constexpr uint64_t kCommandFrameBytes = 48;

std::string ReplicaPath(int index) { return absl::StrCat("replicas[", index, "]"); }

std::string Replicas(int n) { return absl::StrCat(n, n == 1 ? " replica" : " replicas"); }

std::string UpTo(uint32_t largest) { return largest == 0 ? "0" : absl::StrCat("0 to ", largest); }

std::optional<ConfigProblem> FindIncompleteReplica(const v1::Config& config) {
  const int n = config.replicas_size();
  if (n == 0) {
    return ConfigProblem{{"replicas"},
                         absl::StrCat("none; name 1 to ", kReplicasMax,
                                      ", each with id, host, client_port and peer_port")};
  }
  if (n > kReplicasMax) {
    return ConfigProblem{
        {"replicas"}, absl::StrCat(n, " of them; a cluster has 1 to ", kReplicasMax, " replicas")};
  }
  for (int i = 0; i < n; ++i) {
    const v1::ReplicaConfig& replica = config.replicas(i);
    const char* missing = !replica.has_id()            ? "id"
                          : !replica.has_host()        ? "host"
                          : !replica.has_client_port() ? "client_port"
                          : !replica.has_peer_port()   ? "peer_port"
                                                       : nullptr;
    if (missing == nullptr) continue;
    return ConfigProblem{{absl::StrCat(ReplicaPath(i), ".", missing)},
                         "missing; each replica needs id, host, client_port and peer_port"};
  }
  return std::nullopt;
}

std::optional<ConfigProblem> FindDuplicate(const v1::Config& config) {
  std::map<uint32_t, int> ids;
  std::map<std::pair<std::string, uint32_t>, std::string> ports;  // (host, port) -> its path.
  for (int i = 0; i < config.replicas_size(); ++i) {
    const v1::ReplicaConfig& replica = config.replicas(i);
    const auto [same_id, new_id] = ids.try_emplace(replica.id(), i);
    if (!new_id) {
      return ConfigProblem{{ReplicaPath(i) + ".id"},
                           absl::StrCat(replica.id(), " is also the id of ",
                                        ReplicaPath(same_id->second), "; give each its own")};
    }
    for (const auto& [name, port] : {std::pair("client_port", replica.client_port()),
                                     std::pair("peer_port", replica.peer_port())}) {
      const std::string path = absl::StrCat(ReplicaPath(i), ".", name);
      const auto [same_port, new_port] =
          ports.try_emplace({absl::AsciiStrToLower(replica.host()), port}, path);
      if (new_port) continue;
      return ConfigProblem{{path},
                           absl::StrCat(port, " on ", replica.host(), " is also ",
                                        same_port->second, "; give each its own")};
    }
  }
  return std::nullopt;
}

std::optional<ConfigProblem> FindBadQuorum(const v1::Config& config) {
  const int n = config.replicas_size();
  const uint32_t f = config.has_f() ? config.f() : LargestF(n);
  if (f > LargestF(n)) {
    return ConfigProblem{
        {"f"}, absl::StrCat(f, " does not fit ", Replicas(n), "; use ", UpTo(LargestF(n)))};
  }
  if (config.has_e() && config.e() > LargestE(n, f)) {
    return ConfigProblem{{"e", "f"},
                         absl::StrCat(config.e(), " does not fit ", Replicas(n), " with f = ", f,
                                      "; use ", UpTo(LargestE(n, f)))};
  }
  return std::nullopt;
}

std::optional<ConfigProblem> FindMisfit(const v1::Config& config) {
  const v1::TimingConfig& timing = config.timing();
  if (timing.resend_ms_max() < timing.resend_ms()) {
    return ConfigProblem{{"timing.resend_ms_max", "timing.resend_ms"},
                         absl::StrCat("timing.resend_ms_max = ", timing.resend_ms_max(),
                                      " is less than timing.resend_ms = ", timing.resend_ms(),
                                      "; raise the first or lower the second")};
  }
  if (timing.suspect_ms() < 3 * uint64_t{timing.heartbeat_ms()}) {
    return ConfigProblem{
        {"timing.suspect_ms", "timing.heartbeat_ms"},
        absl::StrCat("timing.suspect_ms = ", timing.suspect_ms(),
                     " is less than three times timing.heartbeat_ms = ", timing.heartbeat_ms(),
                     ", so that one that is late would make a peer suspected; "
                     "raise the first or lower the second")};
  }
  if (config.debug().sync_delay_ms() > 0 && config.durability() != "fsync") {
    return ConfigProblem{{"debug.sync_delay_ms", "durability"},
                         absl::StrCat("debug.sync_delay_ms = ", config.debug().sync_delay_ms(),
                                      " makes syncs slow, and only durability \"fsync\" syncs what "
                                      "it writes; set the first to 0 or change the second")};
  }
  if (config.debug().flush_order() == "in_sequence" && config.durability() == "none") {
    return ConfigProblem{{"debug.flush_order", "durability"},
                         "debug.flush_order in_sequence waits for the log, and with durability "
                         "\"none\" there is nothing to wait for; leave out the first or change the "
                         "second"};
  }
  const v1::LimitsConfig& limits = config.limits();
  const uint64_t command_bytes =
      uint64_t{limits.key_bytes_max()} + 2 * uint64_t{limits.value_bytes_max()};
  if (limits.request_bytes_max() < command_bytes) {
    return ConfigProblem{
        {"limits.request_bytes_max", "limits.key_bytes_max", "limits.value_bytes_max"},
        absl::StrCat("limits.request_bytes_max = ", limits.request_bytes_max(),
                     " has no room for a command of ", command_bytes,
                     " bytes (a key, a value and a value to compare with), which the other limits "
                     "allow; raise the first or lower the others")};
  }
  const uint64_t message_bytes =
      std::max<uint64_t>(config.batch().bytes_max(), RequestBytesMax(config)) + kEnvelopeBytes;
  if (config.queues().peer_bytes_max() < message_bytes) {
    return ConfigProblem{
        {"queues.peer_bytes_max", "batch.bytes_max", "limits.request_bytes_max"},
        absl::StrCat("queues.peer_bytes_max = ", config.queues().peer_bytes_max(),
                     " has no room for a message of ", message_bytes,
                     " bytes, which batch.bytes_max and limits allow; raise the first or lower "
                     "the others")};
  }
  if (config.limits().port_bytes_max() < 2 * message_bytes) {
    return ConfigProblem{
        {"limits.port_bytes_max", "batch.bytes_max", "limits.request_bytes_max"},
        absl::StrCat("limits.port_bytes_max = ", config.limits().port_bytes_max(),
                     " has no room for two messages of ", message_bytes,
                     " bytes, which batch.bytes_max and limits allow; raise the first or lower "
                     "the others")};
  }
  return std::nullopt;
}

}  // namespace

uint32_t LargestF(int n) { return static_cast<uint32_t>((n - 1) / 2); }

uint32_t LargestE(int n, uint32_t f) { return std::min(f, (static_cast<uint32_t>(n) - f + 1) / 2); }

uint64_t RequestBytesMax(const v1::Config& config) {
  return config.limits().request_bytes_max() +
         kCommandFrameBytes * config.limits().request_commands_max();
}

std::optional<ConfigProblem> FindProblem(const v1::Config& config) {
  for (const auto find : {FindIncompleteReplica, FindDuplicate, FindBadQuorum, FindMisfit}) {
    if (auto problem = find(config)) return problem;
  }
  return std::nullopt;
}

}  // namespace althing
