#include "replica/runtime/output_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "replica/runtime/frame_field.h"
#include "tests/runtime/fakes.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::althing::testing::CommitEnvelope;
using ::althing::testing::FakeLog;
using ::althing::testing::FakeTransport;
using ::althing::testing::HeartbeatEnvelope;
using ::althing::testing::Journal;
using ::althing::testing::OkReply;
using ::althing::testing::RecordOf;
using ::althing::testing::Take;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Durable = OutputRouter::Durable;

class OutputRouterTest : public ::testing::Test {
 protected:
  OutputRouterTest() { log_.at_once = false; }

  OutputRouter& Router() {
    if (router_ == nullptr) {
      router_ = std::make_unique<OutputRouter>(options_, log_, transport_, metrics_, trace_);
    }
    return *router_;
  }
  void Route(uint32_t partition, Output output, int64_t now_ns = 0) {
    Router().Route(PartitionId{partition}, now_ns, output);
    EXPECT_TRUE(output.records.empty() && output.sends.empty() && output.replies.empty() &&
                output.events.empty());
  }
  std::vector<Durable> TakeDurable() {
    std::vector<Durable> durable;
    const bool any = Router().TakeDurable(0, durable);
    EXPECT_EQ(any, !durable.empty());
    return durable;
  }
  static Send SendOf(MemberSet to, pb::Envelope envelope, uint64_t after = 0) {
    return {to, std::move(envelope), LogPosition{after}};
  }
  static Send Announcement(MemberSet to, uint32_t partition, uint64_t after = 0) {
    return {to, CommitEnvelope(partition), LogPosition{after}, true};
  }

  OutputRouter::Options options_{.partitions = 4};
  const MemberSet others_{0b110};
  Journal journal_;
  FakeLog log_{journal_};
  FakeTransport transport_{journal_};
  Metrics metrics_{3, 4, "{}"};
  Trace trace_{MemberIndex{0}};
  std::unique_ptr<OutputRouter> router_;
};

TEST_F(OutputRouterTest, WhatNeedsNoRecordLeavesAtOnceSendsFirst) {
  Output output;
  output.replies.push_back(OkReply(7));
  output.sends.push_back(SendOf(others_, HeartbeatEnvelope(2)));
  Route(2, std::move(output));
  EXPECT_THAT(journal_,
              ElementsAre("send Heartbeat to 1 p2", "send Heartbeat to 2 p2", "answer 7 OK"));
  EXPECT_FALSE(Router().needs_flush());
}

TEST_F(OutputRouterTest, WhatWaitsForARecordLeavesOnlyAfterItsFlush) {
  Output output;
  output.records = {RecordOf(1), RecordOf(1)};
  output.sends.push_back(SendOf(MemberSet(0b010), CommitEnvelope(1), 2));
  output.sends.push_back(SendOf(MemberSet(0b100), HeartbeatEnvelope(1), 1));
  output.replies.push_back(OkReply(7, 2));
  output.replies.push_back(OkReply(8, 1));
  Route(1, std::move(output));
  EXPECT_THAT(Take(journal_), ElementsAre("append 1 p1", "append 2 p1"));
  EXPECT_TRUE(Router().needs_flush());
  EXPECT_THAT(TakeDurable(), ElementsAre());

  Router().Flush(0);
  EXPECT_FALSE(Router().needs_flush());
  EXPECT_THAT(TakeDurable(), ElementsAre());
  EXPECT_THAT(Take(journal_), ElementsAre("flush 2"));

  log_.now_durable = 1;
  EXPECT_THAT(TakeDurable(), ElementsAre(Durable{PartitionId{1}, LogPosition{1}}));
  EXPECT_THAT(Take(journal_), ElementsAre("send Heartbeat to 2 p1", "answer 8 OK"));
  log_.now_durable = 2;
  EXPECT_THAT(TakeDurable(), ElementsAre(Durable{PartitionId{1}, LogPosition{2}}));
  EXPECT_THAT(Take(journal_), ElementsAre("send Commit to 1 p1", "answer 7 OK"));
  EXPECT_THAT(TakeDurable(), ElementsAre());
  EXPECT_THAT(journal_, ElementsAre());
}

TEST_F(OutputRouterTest, EachPartitionCountsItsOwnPositionsInTheOneLog) {
  const auto append = [this](uint32_t partition, uint64_t request, uint64_t after) {
    Output output;
    output.records = {RecordOf(partition)};
    output.replies.push_back(OkReply(request, after));
    Route(partition, std::move(output));
  };
  append(3, 31, 1);  // Place 1 of the log.
  append(0, 1, 1);   // Place 2.
  append(3, 32, 2);  // Place 3.
  append(0, 2, 2);   // Place 4.
  Router().Flush(0);
  Take(journal_);

  log_.now_durable = 3;
  EXPECT_THAT(TakeDurable(), ElementsAre(Durable{PartitionId{0}, LogPosition{1}},
                                         Durable{PartitionId{3}, LogPosition{2}}));
  EXPECT_THAT(Take(journal_), ElementsAre("answer 31 OK", "answer 1 OK", "answer 32 OK"));
  log_.now_durable = 4;
  EXPECT_THAT(TakeDurable(), ElementsAre(Durable{PartitionId{0}, LogPosition{2}}));
  EXPECT_THAT(Take(journal_), ElementsAre("answer 2 OK"));
}

TEST_F(OutputRouterTest, ALaterReplyAfterADurableRecordDoesNotWait) {
  Output output;
  output.records = {RecordOf(0)};
  Route(0, std::move(output));
  Router().Flush(0);
  log_.now_durable = 1;
  TakeDurable();
  Take(journal_);
  Output later;
  later.replies.push_back(OkReply(5, 1));
  Route(0, std::move(later));
  EXPECT_THAT(journal_, ElementsAre("answer 5 OK"));
}

pb::Record CommittedRecordOf(uint32_t partition) {
  pb::Record record = RecordOf(partition);
  record.mutable_committed();
  return record;
}

TEST_F(OutputRouterTest, AnOutcomeWaitsForTheNextFlushButNotForLong) {
  constexpr int64_t kLazyNs = 50'000'000;
  Output output;
  output.records = {CommittedRecordOf(0)};
  Route(0, std::move(output));
  EXPECT_FALSE(Router().needs_flush());
  EXPECT_EQ(Router().next_flush_ns(), kLazyNs);
  Router().Flush(kLazyNs - 1);
  EXPECT_THAT(Take(journal_), ElementsAre("append 1 p0"));
  Router().Flush(kLazyNs);
  EXPECT_THAT(Take(journal_), ElementsAre("flush 1"));
  EXPECT_EQ(Router().next_flush_ns(), INT64_MAX);

  Output more;
  more.records = {CommittedRecordOf(0), RecordOf(0)};
  Route(0, std::move(more));
  EXPECT_TRUE(Router().needs_flush());
  Router().Flush(0);
  EXPECT_THAT(Take(journal_), ElementsAre("append 2 p0", "append 3 p0", "flush 3"));
}

TEST_F(OutputRouterTest, WhatWaitsForAnOutcomeMakesItsFlushUrgent) {
  Output output;
  output.records = {CommittedRecordOf(0)};
  output.replies.push_back(OkReply(1, 1));
  Route(0, std::move(output));
  EXPECT_TRUE(Router().needs_flush());
}

TEST_F(OutputRouterTest, FlushNowFlushesWhateverThereIs) {
  Output output;
  output.records = {CommittedRecordOf(0)};
  Route(0, std::move(output));
  Router().FlushNow();
  EXPECT_THAT(Take(journal_), ElementsAre("append 1 p0", "flush 1", "flush now 1"));
  EXPECT_THAT(TakeDurable(), ElementsAre(Durable{PartitionId{0}, LogPosition{1}}));
}

TEST_F(OutputRouterTest, FlushesOnlyWhatWasAppendedSince) {
  Router().Flush(0);
  Output output;
  output.records = {RecordOf(0)};
  Route(0, std::move(output));
  Router().Flush(0);
  Router().Flush(0);
  EXPECT_THAT(journal_, ElementsAre("append 1 p0", "flush 1"));
}

TEST_F(OutputRouterTest, EncodesOnceForAllPeers) {
  Output output;
  output.sends.push_back(SendOf(others_, CommitEnvelope(2)));
  Route(2, std::move(output), 77);
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(transport_.sent[0].bytes, transport_.sent[1].bytes);
  EXPECT_EQ(*transport_.sent[0].bytes, EncodeFrameField(CommitEnvelope(2)));
  EXPECT_EQ(transport_.sent[0].queued_ns, 77);
  EXPECT_EQ(transport_.sent[0].type, pb::Envelope::kCommit);
}

TEST_F(OutputRouterTest, DelaysAnnouncedCommitsAndNothingElse) {
  options_.commit_delay_ns = 100;
  EXPECT_EQ(Router().next_delayed_ns(), INT64_MAX);
  Output output;
  output.sends.push_back(Announcement(others_, 0));
  output.sends.push_back(SendOf(MemberSet(0b010), CommitEnvelope(1)));
  output.sends.push_back(SendOf(others_, HeartbeatEnvelope(2)));
  Route(0, std::move(output), 50);
  Output later;
  later.sends.push_back(Announcement(others_, 3));
  Route(3, std::move(later), 60);
  EXPECT_THAT(Take(journal_), ElementsAre("send Commit to 1 p0", "send Heartbeat to 1 p0",
                                          "send Heartbeat to 2 p0"));
  EXPECT_EQ(Router().next_delayed_ns(), 150);
  Router().SendDelayed(149);
  EXPECT_THAT(journal_, ElementsAre());
  Router().SendDelayed(150);
  EXPECT_THAT(Take(journal_), ElementsAre("send Commit to 1 p0", "send Commit to 2 p0"));
  EXPECT_EQ(Router().next_delayed_ns(), 160);
  Router().SendDelayed(1000);
  EXPECT_THAT(Take(journal_), ElementsAre("send Commit to 1 p3", "send Commit to 2 p3"));
  EXPECT_EQ(Router().next_delayed_ns(), INT64_MAX);
}

TEST_F(OutputRouterTest, ADelayedCommitWaitsForItsRecordFirst) {
  options_.commit_delay_ns = 100;
  Output output;
  output.records = {RecordOf(0)};
  output.sends.push_back(Announcement(others_, 0, 1));
  Route(0, std::move(output), 50);
  Router().SendDelayed(1000);
  EXPECT_THAT(Take(journal_), ElementsAre("append 1 p0"));
  Router().Flush(0);
  log_.now_durable = 1;
  std::vector<Durable> durable;
  ASSERT_TRUE(Router().TakeDurable(1000, durable));
  EXPECT_EQ(Router().next_delayed_ns(), 1100);
  Router().SendDelayed(1100);
  EXPECT_THAT(journal_, ElementsAre("flush 1", "send Commit to 1 p0", "send Commit to 2 p0"));
}

TEST_F(OutputRouterTest, DropsByDebugFaultTheShareThatIsAskedAndCountsIt) {
  options_.drop_percent = 25;
  for (int i = 0; i < 5000; ++i) {
    Output output;
    output.sends.push_back(SendOf(others_, HeartbeatEnvelope(0)));
    Route(0, std::move(output));
  }
  const size_t dropped = 10'000 - transport_.sent.size();
  EXPECT_NEAR(static_cast<double>(dropped), 2500, 150);
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Heartbeat\": " + std::to_string(dropped)));
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Sends\": 10000"));
}

TEST_F(OutputRouterTest, SaysDivergenceAndRejectionOnceInTenSeconds) {
  const LogCapture log;
  const auto observe = [this](Event::Kind kind, std::string why, int64_t now_ns) {
    Output output;
    output.events.push_back({kind, InstanceId{4, MemberIndex{2}}, 1, std::move(why)});
    Route(1, std::move(output), now_ns);
  };
  observe(Event::Kind::kRejected, "no such member", 0);
  observe(Event::Kind::kDivergence, "A and B", 1);
  observe(Event::Kind::kRejected, "again", 9'999'999'999);
  observe(Event::Kind::kRejected, "once more", 10'000'000'000);
  EXPECT_EQ(log.text(),
            "warning event=rejected partition=1 why=\"no such member\" left_out=0\n"
            "error event=divergence partition=1 instance=2.4 why=\"A and B\" remedy=\"the "
            "partition executes nothing any more: stop the cluster and report this\" left_out=0\n"
            "warning event=rejected partition=1 why=\"once more\" left_out=1\n");
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Rejected\": 3"));
  EXPECT_THAT(metrics_.ToJson(), HasSubstr("\"Divergences\": 1"));
}

TEST_F(OutputRouterTest, AtLevelDebugItTellsOfFlushesOnceInTenSeconds) {
  const auto flush = [this](size_t records, int64_t now_ns) {
    Output output;
    output.records.assign(records, RecordOf(0));
    Route(0, std::move(output), now_ns);
    Router().Flush(0);
    log_.now_durable = log_.appended;
    std::vector<Durable> durable;
    EXPECT_TRUE(Router().TakeDurable(now_ns, durable));
  };
  const LogCapture log(LogLevel::kDebug);
  flush(2, 0);
  flush(1, 1);
  flush(5, 9'999'999'999);
  flush(3, 10'000'000'000);
  const std::string lines =
      "debug event=flushes count=1 records=2 records_max=2\n"
      "debug event=flushes count=3 records=9 records_max=5\n";
  EXPECT_EQ(log.text(), lines);
  SetLogLevel(LogLevel::kInfo);
  flush(1, 30'000'000'000);
  EXPECT_EQ(log.text(), lines);
}

}  // namespace
}  // namespace althing
