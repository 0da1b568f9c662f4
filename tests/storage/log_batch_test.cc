#include "replica/storage/log_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::string> TextsOf(const LogBatch& batch) {
  std::vector<pb::Record> records(batch.records());
  for (size_t i = 0; i < records.size(); ++i) {
    EXPECT_TRUE(records[i].ParseFromString(std::string(batch.record(i))));
  }
  return Texts(records);
}

LogBatch Samples(uint64_t from, uint64_t to) {
  LogBatch batch;
  for (uint64_t i = from + 1; i <= to; ++i) batch.Add(SampleRecord(i));
  return batch;
}

TEST(LogBatchTest, KeepsRecordsApart) {
  LogBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.Add(SampleRecord(1));
  batch.Add(pb::Record());  // Of no bytes.
  batch.Add(SampleRecord(2));
  EXPECT_EQ(batch.records(), 3u);
  EXPECT_EQ(batch.record(1), "");
  EXPECT_EQ(batch.record(2), SampleRecord(2).SerializeAsString());
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.records(), 0u);
}

TEST(LogBatchTest, TakesFromAnotherBehindItsOwn) {
  LogBatch first = Samples(0, 2);
  first.AddMeta("a", "1");
  LogBatch second = Samples(2, 5);
  second.AddMeta("b", "2");
  second.RequireSync();
  EXPECT_FALSE(first.sync_required());
  first.TakeFrom(second);
  EXPECT_EQ(TextsOf(first), SampleTexts(5));
  EXPECT_THAT(first.meta(), ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_TRUE(first.sync_required());
  EXPECT_TRUE(second.empty());
  EXPECT_FALSE(second.sync_required());

  second.TakeFrom(first);  // Into an empty one.
  EXPECT_EQ(TextsOf(second), SampleTexts(5));
  EXPECT_TRUE(second.sync_required());
  EXPECT_TRUE(first.empty());
  EXPECT_FALSE(first.sync_required());
  first.TakeFrom(second);
  EXPECT_TRUE(first.sync_required());
}

TEST(LogBatchTest, MetaAloneIsSomethingToWrite) {
  LogBatch batch;
  batch.AddMeta("a", "1");
  EXPECT_FALSE(batch.empty());
  LogBatch other;
  other.TakeFrom(batch);
  EXPECT_THAT(other.meta(), ElementsAre(Pair("a", "1")));
}

}  // namespace
}  // namespace althing
