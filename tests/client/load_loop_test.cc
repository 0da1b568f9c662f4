#include "client/load_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "pb/call_metadata.h"
#include "tests/check/history.h"
#include "tests/client/fake_replica.h"

namespace althing {
namespace {

TEST(LoadLoopTest, KeepsAsManyUnderWayAsAskedAndNeverMore) {
  std::atomic<int> now = 0, most = 0;
  FakeReplica replica(0, [&now, &most](grpc::ServerContext&, const v1::Command&) {
    const int mine = ++now;
    int seen = most;
    while (seen < mine && !most.compare_exchange_weak(seen, mine)) {
    }
    --now;
    return grpc::Status::OK;
  });
  AdminClient client({{0, replica.address()}}, {});
  Generator generator({});
  LoadLoop loop(client, generator, {4, {0}, absl::Seconds(5)});
  const LoadResult result = loop.Run({.operations = 2000}, {});
  EXPECT_EQ(result.ok, 2000u);
  EXPECT_EQ(result.latency_ns.count(), 2000u);
  EXPECT_LE(most, 4);
  EXPECT_EQ(replica.proposals(), 2000);
}

TEST(LoadLoopTest, ItsCountsAddUp) {
  std::atomic<int> calls = 0;
  FakeReplica replica(0, [&calls](grpc::ServerContext&, const v1::Command&) {
    return calls++ % 3 == 0 ? grpc::Status(grpc::StatusCode::ABORTED, "lost") : grpc::Status::OK;
  });
  AdminClient client({{0, replica.address()}}, {});
  Generator generator({.conflict_percent = 50, .read_percent = 50, .read_lag = 8});
  LoadLoop loop(client, generator, {8, {0}, absl::Seconds(5)});
  const LoadResult result = loop.Run({.operations = 600}, {});
  EXPECT_EQ(result.finished, 600u);
  EXPECT_EQ(result.reads + result.writes, 600u);
  EXPECT_EQ(result.ok, 400u);
  EXPECT_EQ(result.errors,
            (std::map<absl::StatusCode, uint64_t>{{absl::StatusCode::kAborted, 200}}));
  EXPECT_EQ(result.error_texts.at(absl::StatusCode::kAborted), "lost");
  EXPECT_LE(result.conflicts, result.finished);
  EXPECT_LE(result.read_hits, result.reads_ok);
  EXPECT_EQ(result.cancelled, 0u);
}

TEST(LoadLoopTest, RunsAgainWithFreshCountsAndTheSameStream) {
  FakeReplica replica(0);
  AdminClient client({{0, replica.address()}}, {});
  Generator generator({.read_percent = 100});
  LoadLoop loop(client, generator, {2, {0}, absl::Seconds(5)});
  EXPECT_EQ(loop.Run({.operations = 10, .writes_only = true}, {}).writes, 10u);
  const LoadResult reads = loop.Run({.operations = 20}, {});
  EXPECT_EQ(reads.finished, 20u);
  EXPECT_EQ(reads.read_hits, 20u);
}

TEST(LoadLoopTest, RecordsEachOperationWithItsOutcome) {
  std::atomic<int> calls = 0;
  FakeReplica replica(0, [&calls](grpc::ServerContext& context, const v1::Command&) {
    const int call = calls++;
    if (call == 1) context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
    if (call == 2) context.AddTrailingMetadata(kWrittenKey, kWrittenUnknown);
    return call == 1 || call == 2 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "no")
                                  : grpc::Status::OK;
  });
  AdminClient client({{0, replica.address()}}, {});
  Generator generator({.conflict_percent = 100});
  std::string lines;
  LoadLoop loop(client, generator,
                {1, {0}, absl::Seconds(5), [&lines](const HistoryRecord& record) {
                   lines += HistoryLine(record);
                 }});
  loop.Run({.operations = 4, .writes_only = true}, {});
  const auto history = check::ParseHistory(lines);
  ASSERT_TRUE(history.ok()) << history.status();
  std::vector<check::Outcome> outcomes;
  int64_t last_ns = 0;
  for (const check::Operation& operation : *history) {
    outcomes.push_back(operation.outcome);
    EXPECT_EQ(operation.client, "0");
    EXPECT_EQ(operation.key, "althing-conflict");
    EXPECT_GE(operation.call_ns, last_ns);
    last_ns = operation.return_ns;
  }
  EXPECT_EQ(outcomes, (std::vector{check::Outcome::kOk, check::Outcome::kFailed,
                                   check::Outcome::kUnknown, check::Outcome::kOk}));
}

}  // namespace
}  // namespace althing
