#include "tests/tidy/tree_rules.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(const std::vector<Finding>& findings) {
  std::vector<std::string> texts;
  for (const Finding& finding : findings) texts.push_back(ToString(finding));
  return texts;
}

ConfigField Field(const std::string& path) {
  const std::vector<ConfigField> fields = ConfigFields();
  return *std::find_if(fields.begin(), fields.end(),
                       [&](const ConfigField& field) { return field.path == path; });
}

TEST(TreeRulesTest, AsksForATestOfEachSource) {
  const std::vector<Source> tree = {
      {"client/report/a.cc", ""},     {"client/report/b.cc", ""},     {"pb/a.cc", ""},
      {"replica/core/x/a.cc", ""},    {"replica/core/x/b.h", ""},     {"replica/main.cc", ""},
      {"tests/client/a_test.cc", ""}, {"tests/core/x/a_test.cc", ""}, {"tests/sim/c.cc", ""},
  };
  EXPECT_THAT(
      Texts(CheckTestsExist(tree, {"list", "# A list.\n\nreplica/main.cc: it is main\n"})),
      ElementsAre("client/report/b.cc:0: no b_test.cc below tests/client/; write it, or give a "
                  "reason in list",
                  "pb/a.cc:0: no a_test.cc below tests/pb/; write it, or give a reason in list"));
}

TEST(TreeRulesTest, RefusesExceptionsWithoutNeedOrReason) {
  const std::vector<Source> tree = {{"pb/a.cc", ""}, {"tests/pb/a_test.cc", ""}};
  EXPECT_THAT(Texts(CheckTestsExist(tree, {"list", "pb/a.cc: hard\npb/gone.cc: easy\npb/b.cc\n"})),
              ElementsAre("list:3: write \"path: reason\"",
                          "list:1: pb/a.cc has a test or is not there; remove the line",
                          "list:2: pb/gone.cc has a test or is not there; remove the line"));
}

TEST(TreeRulesTest, FindsSettingsThatNobodyReads) {
  const std::vector<ConfigField> fields = {Field("f"), Field("batch.bytes_max"),
                                           Field("timing.tick_ms"), Field("turn.messages_max"),
                                           Field("debug.drop_seed")};
  const std::vector<Source> tree = {
      {"replica/net/a.cc", "config.f(); config.batch()\n    .bytes_max(); // timing.tick_ms()\n"},
      {"client/b.cc", "my_turn.messages_max(); debug_.drop_seed();"},
      {"pb/config_check.cc", "timing.tick_ms(); turn.messages_max();"}};
  EXPECT_THAT(Texts(CheckSettingsAreUsed(tree, fields)),
              ElementsAre("pb/config.proto:0: timing.tick_ms is read nowhere in replica/ and "
                          "client/; make it work or remove it",
                          "pb/config.proto:0: turn.messages_max is read nowhere in replica/ and "
                          "client/; make it work or remove it"));
}

TEST(TreeRulesTest, FindsCommentsThatStateAnotherDefault) {
  const std::string schema =
      "message TimingConfig {\n"
      "  optional uint32 tick_ms = 1;  // Grain. Default 11.\n"
      "  optional uint32 request_ms = 6;  // Deadline. Default 10,000.\n"
      "}\n"
      "message SchedulersConfig {\n"
      "  optional string incoming = 1;  // Order. Default \"fifo\".\n"
      "  optional string outgoing = 2;  // Order.\n"
      "}\n";
  EXPECT_THAT(Texts(CheckSchemaComments({"schema", schema}, ConfigFields())),
              ElementsAre("schema:2: the comment of timing.tick_ms must state: Default 10",
                          "schema:7: the comment of schedulers.outgoing must state: Default fifo"));
}

class ReferenceTest : public ::testing::Test {
 protected:
  const std::vector<ConfigField> fields_ = {Field("timing.tick_ms"), Field("f")};
  const std::string good_ =
      "| `timing.tick_ms` | 10 | Grain; 1 to 1000 | `--timing.tick_ms` | "
      "`ALTHING_TIMING_TICK_MS` |\n"
      "| `f` | the most possible | Failures; 0 to 4 | `--f` | `ALTHING_F` |\n"
      "| `replicas[].id` | required | Id |\n| `replicas[].host` | required | Host |\n"
      "| `replicas[].client_port` | required | |\n| `replicas[].peer_port` | required | |\n";
};

TEST_F(ReferenceTest, AcceptsACompleteTable) {
  EXPECT_THAT(CheckReference({"doc", "# Title\n" + good_}, fields_), IsEmpty());
}

TEST_F(ReferenceTest, FindsWhatIsMissingOrWrong) {
  const std::string bad = absl::StrReplaceAll(good_, {{"| 10 |", "| 11 |"},
                                                      {"1 to 1000", "1 to 100"},
                                                      {"`--f`", "`--g`"},
                                                      {"`replicas[].host`", "`replicas[].port`"}});
  EXPECT_THAT(
      Texts(CheckReference({"doc", bad}, fields_)),
      ElementsAre("doc:1: the row of timing.tick_ms must say: | `timing.tick_ms` | 10 |",
                  "doc:1: the row of timing.tick_ms must say: 1 to 1000",
                  "doc:2: the row of f must say: | `--f` |", "doc:0: no row for replicas[].host",
                  "doc:4: replicas[].port is no setting"));
}

}  // namespace
}  // namespace althing::tidy
