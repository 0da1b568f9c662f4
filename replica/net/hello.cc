#include "replica/net/hello.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/core/check.h"
#include "replica/core/partition_map.h"

namespace althing {
namespace {

std::string MemberNames(const std::vector<ReplicaId>& members) {
  return absl::StrJoin(members, ", ",
                       [](std::string* out, ReplicaId id) { absl::StrAppend(out, id.value); });
}

}  // namespace

uint64_t ConfigHash(const v1::Config& config, const Quorums& quorums) {
  std::string text =
      absl::StrCat("n=", quorums.n(), " f=", quorums.f(), " e=", quorums.e(), " e2=", quorums.e2(),
                   " partitions=", config.partitions(), " hash_seed=", config.hash_seed(),
                   " value_bytes_max=", config.limits().value_bytes_max());
  for (const v1::ReplicaConfig& member : config.replicas()) {
    // The length keeps a host with odd characters from looking like the next member.
    absl::StrAppend(&text, " member=", member.id(), " ", member.host().size(), ":", member.host(),
                    " ", member.peer_port());
  }
  return HashKey(text, 0).value;
}

pb::Hello MakeHello(const Identity& own, ReplicaId callee) {
  pb::Hello hello;
  hello.set_cluster_id(own.cluster_id);
  hello.set_replica(own.replica.value);
  hello.set_store_id(own.store_id);
  hello.set_incarnation(own.incarnation);
  hello.set_protocol_version(own.protocol_version);
  hello.set_config_hash(own.config_hash);
  hello.set_callee(callee.value);
  return hello;
}

std::optional<Refusal> CheckHello(const pb::Hello& hello, const Identity& own,
                                  const std::vector<ReplicaId>& members) {
  const std::string sender = absl::StrCat("replica ", hello.replica());
  const std::string self = absl::StrCat("replica ", own.replica.value);
  if (hello.cluster_id() != own.cluster_id) {
    return Refusal{
        pb::HelloRefusal::REASON_CLUSTER,
        absl::StrCat(sender, " belongs to cluster \"", hello.cluster_id(), "\", ", self,
                     " to cluster \"", own.cluster_id, "\": correct cluster_id or the addresses")};
  }
  if (hello.callee() != own.replica.value) {
    return Refusal{pb::HelloRefusal::REASON_REPLICA,
                   absl::StrCat(sender, " meant replica ", hello.callee(), " and reached ", self,
                                ": correct the hosts and peer ports")};
  }
  const ReplicaId id{hello.replica()};
  if (id == own.replica || std::ranges::find(members, id) == members.end()) {
    return Refusal{pb::HelloRefusal::REASON_REPLICA,
                   absl::StrCat(sender, " is no peer of ", self, " among the replicas ",
                                MemberNames(members), ": correct its id")};
  }
  if (hello.protocol_version() != own.protocol_version) {
    return Refusal{
        pb::HelloRefusal::REASON_VERSION,
        absl::StrCat(sender, " speaks protocol version ", hello.protocol_version(), ", ", self,
                     " version ", own.protocol_version, ": run the same release on both")};
  }
  if (hello.config_hash() != own.config_hash) {
    return Refusal{pb::HelloRefusal::REASON_CONFIG,
                   absl::StrCat(sender, " has configuration hash ", absl::Hex(hello.config_hash()),
                                ", ", self, " has ", absl::Hex(own.config_hash),
                                ": give both the same replicas, partitions, hash_seed, f and e")};
  }
  if (hello.store_id().size() != 16) {
    return Refusal{pb::HelloRefusal::REASON_VERSION,
                   absl::StrCat(sender, " sent a store id of ", hello.store_id().size(), " bytes, ",
                                self, " expects 16: run the same release on both")};
  }
  return std::nullopt;
}

}  // namespace althing
