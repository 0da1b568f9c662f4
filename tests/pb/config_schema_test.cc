#include "pb/config_schema.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pb/config_value.h"

namespace althing {
namespace {

using ::testing::Optional;

TEST(ConfigSchemaTest, ListsScalarsInTheOrderOfTheSchema) {
  const std::vector<ConfigField> fields = ConfigFields();
  ASSERT_EQ(fields.size(), 53u);
  EXPECT_EQ(fields[0].path, "cluster_id");
  EXPECT_EQ(fields[6].path, "durability");
  EXPECT_EQ(fields[7].path, "schedulers.incoming");
  EXPECT_EQ(fields[9].path, "batch.commands_max");
  EXPECT_EQ(fields.back().path, "debug.sync_delay_ms");
}

TEST(ConfigSchemaTest, ReachesFieldsInSections) {
  v1::Config config;
  for (const ConfigField& field : ConfigFields()) {
    if (field.path != "batch.bytes_max") continue;
    field.MutableSectionOf(config)->GetReflection()->SetUInt32(field.MutableSectionOf(config),
                                                               field.field, 77);
    EXPECT_EQ(FormatValue(field.SectionOf(config), *field.field), "77");
  }
  EXPECT_EQ(config.batch().bytes_max(), 77u);
}

// A default that its own rule refuses, or bounds that the type cannot hold, would surface at a
// user.
TEST(ConfigSchemaTest, EveryScalarHasARuleThatAcceptsItsDefault) {
  for (const ConfigField& field : ConfigFields()) {
    const FieldRule& rule = RuleOf(field.path);
    v1::Config config;
    google::protobuf::Message* section = field.MutableSectionOf(config);
    if (field.path == "f" || field.path == "e") {
      EXPECT_EQ(rule.default_text, "");
    } else {
      const absl::Status status = SetFromText(rule.default_text, rule, *field.field, *section);
      EXPECT_TRUE(status.ok()) << field.path << ": " << status;
    }
    if (field.field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT32) {
      EXPECT_LE(rule.max, uint64_t{UINT32_MAX}) << field.path;
      EXPECT_LT(rule.min, rule.max) << field.path;
    }
  }
  for (const char* name : {"id", "host", "client_port", "peer_port"}) {
    EXPECT_EQ(RuleOf(std::string("replicas.") + name).default_text, "");
  }
}

TEST(ConfigSchemaTest, FindsTheNameThatWasMeant) {
  const std::vector<std::string> names = {"f", "timing.tick_ms", "timing.resend_ms",
                                          "timing.resend_ms_max", "thrifty"};
  EXPECT_THAT(NearestName("tick_ms", names), Optional(std::string("timing.tick_ms")));
  EXPECT_THAT(NearestName("timing.resend-ms", names), Optional(std::string("timing.resend_ms")));
  EXPECT_THAT(NearestName("THRIFTY", names), Optional(std::string("thrifty")));
  EXPECT_THAT(NearestName("thirfty", names), Optional(std::string("thrifty")));
  EXPECT_EQ(NearestName("volume", names), std::nullopt);
  EXPECT_EQ(NearestName("g", names), std::nullopt);
  EXPECT_EQ(NearestName("", names), std::nullopt);
}

}  // namespace
}  // namespace althing
