#include "replica/net/hello.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "replica/net/build_options.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

const std::vector<ReplicaId> kMembers = {ReplicaId{10}, ReplicaId{11}, ReplicaId{12}};

Identity IdentityOf(uint32_t replica) {
  return {.cluster_id = "blue",
          .replica = ReplicaId{replica},
          .store_id = std::string(16, static_cast<char>(replica)),
          .config_hash = 0xabc};
}

// What replica 10 says to `hello`: "reason: text", or "welcome".
std::string Judgement(const pb::Hello& hello) {
  const std::optional<Refusal> refusal = CheckHello(hello, IdentityOf(10), kMembers);
  if (!refusal.has_value()) return "welcome";
  return pb::HelloRefusal::Reason_Name(refusal->reason) + ": " + refusal->text;
}

TEST(HelloTest, SaysWhoSpeaksToWhom) {
  EXPECT_EQ(MakeHello(IdentityOf(11), ReplicaId{10}).ShortDebugString(),
            "cluster_id: \"blue\" replica: 11 "
            "store_id: \"\\013\\013\\013\\013\\013\\013\\013\\013\\013\\013\\013\\013\\013\\013"
            "\\013\\013\" incarnation: 1 protocol_version: 5 config_hash: 2748 callee: 10");
}

TEST(HelloTest, WelcomesAPeer) {
  EXPECT_EQ(Judgement(MakeHello(IdentityOf(11), ReplicaId{10})), "welcome");
}

struct RefusalCase {
  const char* name;
  std::function<void(pb::Hello&)> change;
  const char* judgement;
};

class HelloRefusalTest : public testing::TestWithParam<RefusalCase> {};

TEST_P(HelloRefusalTest, NamesBothValues) {
  pb::Hello hello = MakeHello(IdentityOf(11), ReplicaId{10});
  GetParam().change(hello);
  EXPECT_EQ(Judgement(hello), GetParam().judgement);
}

INSTANTIATE_TEST_SUITE_P(
    All, HelloRefusalTest,
    testing::Values(
        RefusalCase{"Cluster", [](pb::Hello& h) { h.set_cluster_id("red"); },
                    "REASON_CLUSTER: replica 11 belongs to cluster \"red\", replica 10 to cluster "
                    "\"blue\": correct cluster_id or the addresses"},
        RefusalCase{"Callee", [](pb::Hello& h) { h.set_callee(12); },
                    "REASON_REPLICA: replica 11 meant replica 12 and reached replica 10: correct "
                    "the hosts and peer ports"},
        RefusalCase{"UnknownCaller", [](pb::Hello& h) { h.set_replica(99); },
                    "REASON_REPLICA: replica 99 is no peer of replica 10 among the replicas 10, "
                    "11, 12: correct its id"},
        RefusalCase{"CallerWithOwnId", [](pb::Hello& h) { h.set_replica(10); },
                    "REASON_REPLICA: replica 10 is no peer of replica 10 among the replicas 10, "
                    "11, 12: correct its id"},
        RefusalCase{"Version", [](pb::Hello& h) { h.set_protocol_version(7); },
                    "REASON_VERSION: replica 11 speaks protocol version 7, replica 10 version 5: "
                    "run the same release on both"},
        RefusalCase{"Config", [](pb::Hello& h) { h.set_config_hash(0xdef); },
                    "REASON_CONFIG: replica 11 has configuration hash def, replica 10 has abc: "
                    "give both the same replicas, partitions, hash_seed, f and e"},
        RefusalCase{"StoreId", [](pb::Hello& h) { h.set_store_id("short"); },
                    "REASON_VERSION: replica 11 sent a store id of 5 bytes, replica 10 expects "
                    "16: run the same release on both"}),
    [](const auto& info) { return info.param.name; });

TEST(HelloTest, TheConfigurationHashDependsOnAllThatMustBeCommonAndNothingElse) {
  const v1::Config config = MakeConfig(5);
  const auto hash = [](const v1::Config& c) { return ConfigHash(c, *MakeQuorums(c)); };
  std::set<uint64_t> hashes = {hash(config)};
  const std::vector<std::function<void(v1::Config&)>> differences = {
      [](v1::Config& c) { c.mutable_replicas(1)->set_id(7); },
      [](v1::Config& c) { c.mutable_replicas(1)->set_host("localhost"); },
      [](v1::Config& c) { c.mutable_replicas(1)->set_peer_port(1); },
      [](v1::Config& c) { c.mutable_replicas()->RemoveLast(), c.clear_f(), c.clear_e(); },
      [](v1::Config& c) { c.set_f(1), c.set_e(1); },
      [](v1::Config& c) { c.set_e(0); },
      [](v1::Config& c) { c.set_partitions(2); },
      [](v1::Config& c) { c.set_hash_seed(2); },
      [](v1::Config& c) { c.mutable_limits()->set_value_bytes_max(9); }};
  for (const auto& difference : differences) {
    v1::Config other = config;
    difference(other);
    hashes.insert(hash(other));
  }
  EXPECT_EQ(hashes.size(), differences.size() + 1);

  v1::Config same = config;
  same.mutable_replicas(1)->set_client_port(1);
  same.set_thrifty(false);
  same.mutable_batch()->set_commands_max(1);
  EXPECT_EQ(hash(same), hash(config));
}

}  // namespace
}  // namespace althing
