#include "replica/net/health_service.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "pb/health.grpc.pb.h"
#include "tests/net/net_fixture.h"

namespace althing {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;

// One that watches, on a thread of its own.
class Watcher {
 public:
  Watcher(Health::Stub& stub, const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    ended_ = std::async(std::launch::async, [this, &stub, request] {
      const auto reader = stub.Watch(&context_, request);
      HealthCheckResponse response;
      while (reader->Read(&response)) {
        last_ = response.status();
        ++told_;
      }
      return reader->Finish();
    });
  }
  int told() const { return told_; }
  int last() const { return last_; }
  void Cancel() { context_.TryCancel(); }
  bool ended() const {
    return ended_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  grpc::Status status() { return ended_.get(); }

 private:
  grpc::ClientContext context_;
  std::atomic<int> told_ = 0;
  std::atomic<int> last_ = -1;
  std::future<grpc::Status> ended_;
};

class HealthServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(replica_->status().ok()) << replica_->status();
    stub_ = Health::NewStub(
        grpc::CreateChannel(replica_->client_address(), grpc::InsecureChannelCredentials()));
  }
  // The status, or a code of gRPC as a negative number.
  int Check(const std::string& service) {
    return TurnDuring({replica_.get()}, [&] {
      grpc::ClientContext context;
      HealthCheckRequest request;
      request.set_service(service);
      HealthCheckResponse response;
      const grpc::Status status = stub_->Check(&context, request, &response);
      return status.ok() ? response.status() : -status.error_code();
    });
  }
  bool Until(const std::function<bool()>& done) { return TurnUntil({replica_.get()}, done); }

  const v1::Config config_ = MakeConfig(2);
  std::unique_ptr<TestReplica> replica_ = std::make_unique<TestReplica>(config_, 0);
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, ALoneReplicaIsLiveAndNotReady) {
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check("ready"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Check("steady"), -grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
}

TEST_F(HealthServiceTest, IsReadyWhileEnoughAreReachedAndItDoesNotDrain) {
  Watcher watcher(*stub_, "ready");
  EXPECT_TRUE(Until([&] { return watcher.last() == HealthCheckResponse::NOT_SERVING; }));
  {
    TestReplica other(config_, 1);
    EXPECT_TRUE(TurnUntil({replica_.get(), &other},
                          [&] { return watcher.last() == HealthCheckResponse::SERVING; }));
  }
  EXPECT_TRUE(Until([&] { return watcher.last() == HealthCheckResponse::NOT_SERVING; }));
  EXPECT_EQ(watcher.told(), 3);
  watcher.Cancel();
  EXPECT_TRUE(Until([&] { return watcher.ended(); }));
  EXPECT_EQ(watcher.status().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(HealthServiceTest, DrainingIsToldAtOnceAndStoppingEndsTheWatch) {
  const v1::Config alone = MakeConfig(1);
  TestReplica replica(alone, 0);
  const auto stub = Health::NewStub(
      grpc::CreateChannel(replica.client_address(), grpc::InsecureChannelCredentials()));
  Watcher ready(*stub, "ready"), live(*stub, ""), unknown(*stub, "steady");
  EXPECT_TRUE(TurnUntil({&replica}, [&] {
    return ready.last() == HealthCheckResponse::SERVING &&
           live.last() == HealthCheckResponse::SERVING &&
           unknown.last() == HealthCheckResponse::SERVICE_UNKNOWN;
  }));
  replica.server().Drain();
  EXPECT_TRUE(
      TurnUntil({&replica}, [&] { return ready.last() == HealthCheckResponse::NOT_SERVING; }));
  replica.server().Stop();
  for (Watcher* watcher : {&ready, &live, &unknown}) {
    EXPECT_EQ(watcher->status().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  EXPECT_EQ(live.told(), 1);
  EXPECT_EQ(live.last(), HealthCheckResponse::SERVING);
}

TEST_F(HealthServiceTest, WatchesAreBoundedAndThePlaceOfOneThatEndedIsFree) {
  std::vector<std::unique_ptr<Watcher>> watchers;
  const auto all_told = [&] {
    return std::ranges::all_of(watchers, [](const auto& one) { return one->told() == 1; });
  };
  for (size_t i = 0; i < HealthService::kWatchesMax; ++i) {
    watchers.push_back(std::make_unique<Watcher>(*stub_, ""));
  }
  ASSERT_TRUE(Until(all_told));
  Watcher refused(*stub_, "");
  EXPECT_TRUE(Until([&] { return refused.ended(); }));
  EXPECT_EQ(refused.status().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  watchers.back()->Cancel();
  ASSERT_TRUE(Until([&] { return watchers.back()->ended(); }));
  watchers.pop_back();
  // The replica hears of the end a little later than the client.
  EXPECT_TRUE(Until([&] {
    watchers.push_back(std::make_unique<Watcher>(*stub_, ""));
    Until([&] { return watchers.back()->told() == 1 || watchers.back()->ended(); });
    if (watchers.back()->told() == 1) return true;
    watchers.pop_back();
    return false;
  }));
  replica_->server().Stop();
}

TEST_F(HealthServiceTest, NothingAnswersWhileTheLoopDoesNotTurn) {
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  HealthCheckResponse response;
  EXPECT_EQ(stub_->Check(&context, HealthCheckRequest(), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(Check(""), HealthCheckResponse::SERVING);
}

}  // namespace
}  // namespace althing
