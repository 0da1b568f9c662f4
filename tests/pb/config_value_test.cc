#include "pb/config_value.h"

#include "gtest/gtest.h"
#include "pb/config_schema.h"

namespace althing {
namespace {

using nlohmann::json;

class ConfigValueTest : public ::testing::Test {
 protected:
  // What the field at `path` holds after `text` was given, or why it was refused.
  std::string AfterText(const std::string& path, const std::string& text) {
    const ConfigField field = Find(path);
    google::protobuf::Message& section = *field.MutableSectionOf(config_);
    const absl::Status status = SetFromText(text, RuleOf(path), *field.field, section);
    if (!status.ok()) return std::string(status.message());
    return FormatValue(section, *field.field);
  }
  std::string AfterJson(const std::string& path, const json& value) {
    const ConfigField field = Find(path);
    google::protobuf::Message& section = *field.MutableSectionOf(config_);
    const absl::Status status = SetFromJson(value, RuleOf(path), *field.field, section);
    if (!status.ok()) return std::string(status.message());
    return FormatValue(section, *field.field);
  }

 private:
  static ConfigField Find(const std::string& path) {
    for (ConfigField& field : ConfigFields()) {
      if (field.path == path) return field;
    }
    ADD_FAILURE() << "no field " << path;
    return {};
  }
  v1::Config config_;
};

TEST_F(ConfigValueTest, ReadsTheBoundsThemselves) {
  EXPECT_EQ(AfterText("partitions", "1"), "1");
  EXPECT_EQ(AfterText("partitions", "10000"), "10000");
  EXPECT_EQ(AfterText("partitions", "10001"), "10001 is out of range; use 1 to 10000");
  EXPECT_EQ(AfterJson("partitions", 10000u), "10000");
  EXPECT_EQ(AfterJson("debug.drop_percent", 90), "90.0");
  EXPECT_EQ(AfterJson("debug.drop_percent", 0), "0.0");
  EXPECT_EQ(AfterText("queues.peer_bytes_max", "4294967295"), "4294967295");
  EXPECT_EQ(AfterText("queues.peer_bytes_max", "4294967296"),
            "4294967296 is out of range; use 1 to 4294967295");
}

TEST_F(ConfigValueTest, KeepsAll64Bits) {
  EXPECT_EQ(AfterText("hash_seed", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(AfterJson("hash_seed", json(UINT64_MAX)), "18446744073709551615");
}

TEST_F(ConfigValueTest, KnowsTheTraceLevels) {
  for (const char* level : {"0", "1", "2", "9"}) {
    EXPECT_EQ(AfterText("debug.trace_level", level), level);
  }
  for (const char* level : {"3", "8", "10"}) {
    EXPECT_EQ(AfterText("debug.trace_level", level),
              std::string(level) + " is out of range; use 0, 1, 2 or 9");
  }
}

TEST_F(ConfigValueTest, ChecksClusterIds) {
  EXPECT_EQ(AfterText("cluster_id", "home"), "\"home\"");
  EXPECT_EQ(AfterText("cluster_id", "a b"),
            "\"a b\" is not a cluster id; use 1 to 64 letters, digits, '.', '-' and '_'");
  EXPECT_EQ(AfterText("cluster_id", std::string(65, 'a')),
            "\"" + std::string(48, 'a') +
                "...\" is not a cluster id; use 1 to 64 letters, digits, '.', '-' and '_'");
}

TEST_F(ConfigValueTest, AcceptsNamesAndAddressesAsHosts) {
  v1::ReplicaConfig replica;
  const auto* field = v1::ReplicaConfig::descriptor()->FindFieldByName("host");
  for (const char* host : {"localhost", "10.0.0.1", "::1", "fe80::1:2", "db-3.example.org"}) {
    EXPECT_TRUE(SetFromJson(host, RuleOf("replicas.host"), *field, replica).ok()) << host;
    EXPECT_EQ(replica.host(), host);
  }
  for (const char* host : {"a b", "::", "::g", "a/b", "127.0.0.1:80", "http://a"}) {
    EXPECT_FALSE(SetFromJson(host, RuleOf("replicas.host"), *field, replica).ok()) << host;
    EXPECT_EQ(replica.host(), "db-3.example.org");
  }
}

}  // namespace
}  // namespace althing
