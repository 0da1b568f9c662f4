#include "client/endpoints.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(EndpointsTest, ReadsAList) {
  const auto endpoints = ParseEndpoints("localhost:7100, [::1]:7101,db.example:1");
  ASSERT_TRUE(endpoints.ok()) << endpoints.status();
  EXPECT_EQ(*endpoints,
            (std::vector<Endpoint>{{0, "localhost:7100"}, {1, "[::1]:7101"}, {2, "db.example:1"}}));
}

TEST(EndpointsTest, NamesTheItemThatIsWrong) {
  for (const char* wrong : {"", "host", ":7100", "host:", "host:0", "host:65536", "host:7x",
                            "::1:7100", "http://host:1", "a:1,,b:2"}) {
    const auto endpoints = ParseEndpoints(wrong);
    EXPECT_EQ(endpoints.status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
  EXPECT_EQ(ParseEndpoints("a:1,b").status().message(),
            "--endpoints: \"b\" is not host:port. Write them as in localhost:7100,localhost:7101");
  EXPECT_EQ(ParseEndpoints("a:1,b:2,a:1").status().message(),
            "--endpoints: a:1 appears twice. Name each replica once");
}

TEST(EndpointsTest, FindsAReplicaByItsId) {
  const std::vector<Endpoint> endpoints = {{4, "a:1"}, {7, "b:2"}};
  EXPECT_EQ(*FindReplica(endpoints, 7), 1u);
  EXPECT_EQ(FindReplica(endpoints, 1).status().message(),
            "there is no replica 1. Choose one of 4, 7");
  EXPECT_EQ(Describe(endpoints[0]), "replica 4 (a:1)");
}

}  // namespace
}  // namespace althing
