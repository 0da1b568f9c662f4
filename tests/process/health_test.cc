// Probes of real replicas: alive, ready, draining, stopped.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "pb/health.grpc.pb.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr std::chrono::seconds kProbeTimeout(1);

class HealthTest : public testing::Test {
 protected:
  std::unique_ptr<Health::Stub> Stub(int i) {
    return Health::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", cluster_.client_port(i)),
                                               grpc::InsecureChannelCredentials()));
  }
  // "SERVING", "NOT_SERVING", or "no answer".
  std::string Probe(int i, const std::string& service) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kProbeTimeout);
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    if (!Stub(i)->Check(&context, request, &response).ok()) return "no answer";
    return HealthCheckResponse::ServingStatus_Name(response.status());
  }
  bool WaitProbe(int i, const std::string& service, const std::string& expected) {
    return WaitUntil([&] { return Probe(i, service) == expected; });
  }

  Cluster cluster_{3};
};

TEST_F(HealthTest, AReplicaIsLiveAloneAndReadyWithEnoughOthers) {
  cluster_.Start(0);
  EXPECT_TRUE(WaitProbe(0, "", "SERVING"));
  EXPECT_EQ(Probe(0, "ready"), "NOT_SERVING");
  cluster_.Start(1);
  EXPECT_TRUE(WaitProbe(0, "ready", "SERVING"));
  cluster_.Kill(1);
  EXPECT_TRUE(WaitProbe(0, "ready", "NOT_SERVING"));
  // A quorum that is lost is no reason to restart a replica.
  EXPECT_EQ(Probe(0, ""), "SERVING");
}

TEST_F(HealthTest, AReplicaThatDoesNotTurnAnswersNoProbe) {
  ASSERT_TRUE(cluster_.StartAll());
  cluster_.replica(2).Signal(SIGSTOP);
  EXPECT_EQ(Probe(2, ""), "no answer");
  cluster_.replica(2).Signal(SIGCONT);
  EXPECT_TRUE(WaitProbe(2, "", "SERVING"));
  EXPECT_TRUE(WaitProbe(2, "ready", "SERVING"));
}

TEST_F(HealthTest, AReplicaThatStopsSaysFirstThatItIsNotReady) {
  ASSERT_TRUE(cluster_.StartAll());
  ASSERT_TRUE(WaitProbe(1, "ready", "SERVING"));
  const auto stub = Stub(1);
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("ready");
  const auto watch = stub->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  cluster_.replica(1).Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(cluster_.WaitEnd(1), 0);
}

}  // namespace
}  // namespace althing
