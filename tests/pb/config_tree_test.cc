#include "pb/config_tree.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

using nlohmann::json;
using ::testing::UnorderedElementsAre;

TEST(ConfigTreeTest, SetsWhatTheTreeHoldsAndNothingElse) {
  v1::Config config;
  std::vector<std::string> paths;
  const absl::Status status =
      ReadConfigTree(json::parse(R"({"f": 1, "batch": {"bytes_max": 7}, "timing": {},
                      "replicas": [{"id": 4, "host": "h"}, {}]})"),
                     config, paths);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(paths, UnorderedElementsAre("f", "batch.bytes_max"));
  EXPECT_EQ(config.ShortDebugString(),
            "replicas { id: 4 host: \"h\" } replicas { } f: 1 batch { bytes_max: 7 } timing { }");
}

TEST(ConfigTreeTest, NamesThePlaceOfAnError) {
  v1::Config config;
  std::vector<std::string> paths;
  const auto message = [&](const char* text) {
    return std::string(ReadConfigTree(json::parse(text), config, paths).message());
  };
  EXPECT_EQ(message(R"({"replicas": [{}, {"hots": "a"}]})"),
            "replicas[1]: \"hots\" is no setting; did you mean replicas[1].host?");
  EXPECT_EQ(message(R"({"timing": {"bytes_max": 1}})"),
            "timing: \"bytes_max\" is no setting; did you mean batch.bytes_max?");
}

}  // namespace
}  // namespace althing
