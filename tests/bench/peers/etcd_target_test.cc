#include "tests/bench/peers/etcd_target.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "client/load_loop.h"
#include "tests/bench/peers/etcd.grpc.pb.h"

namespace althing {
namespace {

// A member that answers from a map.
class FakeEtcd final : public etcdserverpb::KV::Service {
 public:
  FakeEtcd() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeEtcd() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status Put(grpc::ServerContext*, const etcdserverpb::PutRequest* request,
                   etcdserverpb::PutResponse*) override {
    const std::lock_guard lock(mutex_);
    values[request->key()] = request->value();
    ++puts;
    return puts == fail_put ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "no leader")
                            : grpc::Status::OK;
  }
  grpc::Status Range(grpc::ServerContext*, const etcdserverpb::RangeRequest* request,
                     etcdserverpb::RangeResponse* reply) override {
    const std::lock_guard lock(mutex_);
    ++ranges;
    reply->set_count(static_cast<int64_t>(values.count(request->key())));
    return grpc::Status::OK;
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  std::map<std::string, std::string> values;
  int puts = 0, ranges = 0, fail_put = 0;

 private:
  std::mutex mutex_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(EtcdTargetTest, ALoadOfPutsAndRangesGoesToAllMembers) {
  FakeEtcd a, b;
  EtcdTarget target({a.address(), b.address()}, 2, absl::Seconds(5));
  ASSERT_TRUE(target.Connect(absl::Seconds(5)));
  Generator generator(
      {.read_percent = 50, .read_lag = 4, .keys = {.distribution = "uniform", .count = 9}});
  LoadLoop loop(target, generator, {.concurrency = 4});
  ASSERT_EQ(loop.Run({.operations = 18, .writes_only = true}, {}).all.ok, 18u);
  EXPECT_EQ(a.puts, 9);
  EXPECT_EQ(b.puts, 9);
  EXPECT_EQ(a.values.begin()->first.size(), 16u);
  EXPECT_EQ(a.values.begin()->second.size(), 16u);
  const LoadResult result = loop.Run({.operations = 200}, {}).all;
  EXPECT_EQ(result.ok, 200u);
  EXPECT_EQ(result.reads, static_cast<uint64_t>(a.ranges + b.ranges));
  EXPECT_GT(result.reads, 50u);
  // Which of the members has which of the keys is chance: not every read may hit.
  EXPECT_GT(result.read_hits, 0u);
}

TEST(EtcdTargetTest, ErrorsAndMissesAreSeen) {
  FakeEtcd member;
  member.fail_put = 2;
  EtcdTarget target({member.address()}, 1, absl::Seconds(5));
  Generator writes({}), misses({.read_percent = 100, .seed = 2});
  const LoadResult written = LoadLoop(target, writes, {}).Run({.operations = 3}, {}).all;
  EXPECT_EQ(written.ok, 2u);
  EXPECT_EQ(written.errors.at(absl::StatusCode::kUnavailable), 1u);
  const LoadResult read = LoadLoop(target, misses, {}).Run({.operations = 3}, {}).all;
  EXPECT_EQ(read.reads_ok, 3u);
  EXPECT_EQ(read.read_hits, 0u);
}

TEST(EtcdTargetTest, AMemberThatIsNotThereCannotBeConnectedTo) {
  std::string address;
  {
    FakeEtcd gone;
    address = gone.address();
  }
  EtcdTarget target({address}, 1, absl::Seconds(1));
  EXPECT_FALSE(target.Connect(absl::Milliseconds(100)));
}

}  // namespace
}  // namespace althing
