#include "client/commands/chosen.h"

#include <gtest/gtest.h>

#include <sstream>

namespace althing {
namespace {

const std::vector<Endpoint> kEndpoints = {{4, "127.0.0.1:1"}, {7, "127.0.0.1:2"}};

TEST(ChosenTest, WithoutAReplicaAllAreMeant) {
  const AdminClient client(kEndpoints, {});
  EXPECT_EQ(*ChosenEndpoints(client, {}), (std::vector<size_t>{0, 1}));
  EXPECT_EQ(*ChosenEndpoints(client, {.replica = 7}), (std::vector<size_t>{1}));
  EXPECT_EQ(ChosenEndpoints(client, {.replica = 1}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ChosenTest, TheFirstFailureDecidesAndEachIsPrinted) {
  const AdminClient client(kEndpoints, {});
  std::ostringstream err;
  const std::vector<CallResult<v1::TraceReply>> results = {
      {absl::InternalError("broken"), true, {}}, {absl::UnavailableError("gone"), true, {}}};
  EXPECT_EQ(PrintFailures("trace", client, {1, 0}, results, err), kExitServerError);
  EXPECT_EQ(err.str(),
            "error: trace: replica 7 (127.0.0.1:2): INTERNAL: broken. Written: no. Look into the "
            "replica's log.\n"
            "error: trace: replica 4 (127.0.0.1:1): UNAVAILABLE: gone. Written: no. Ask `client "
            "status` which replicas are ready, then try again.\n");
  err.str("");
  EXPECT_EQ(PrintFailures<v1::TraceReply>("trace", client, {}, {}, err), kExitOk);
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace althing
