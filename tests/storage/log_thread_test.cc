#include "replica/storage/log_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <vector>

#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

using testing::ElementsAre;

class LogThreadTest : public testing::Test {
 protected:
  // Hands over samples behind the last ones.
  void Hand(LogThread& thread, int count) {
    LogBatch batch;
    for (int i = 0; i < count; ++i) batch.Add(SampleRecord(++next_));
    thread.Hand(batch);
    EXPECT_TRUE(batch.empty());
  }
  uint64_t next_ = 0;
};

TEST_F(LogThreadTest, WhatComesMeanwhileIsWrittenTogether) {
  std::counting_semaphore<> begun(0);
  std::counting_semaphore<> go_on(0);
  std::vector<size_t> sizes;
  LogThread thread([&](const LogBatch& batch) {
    sizes.push_back(batch.records());
    begun.release();
    go_on.acquire();
    return true;
  });
  Hand(thread, 2);
  begun.acquire();
  for (const int count : {1, 3, 5}) Hand(thread, count);
  go_on.release(2);
  thread.Wait();
  EXPECT_THAT(sizes, ElementsAre(2, 9));
  Hand(thread, 4);
  go_on.release();
  thread.Wait();
  EXPECT_THAT(sizes, ElementsAre(2, 9, 4));
}

TEST_F(LogThreadTest, WaitingForNothingReturns) {
  LogThread thread([](const LogBatch&) { return true; });
  thread.Wait();
}

TEST_F(LogThreadTest, AFailureIsTheEndAndNobodyWaitsForMore) {
  std::atomic<int> calls = 0;
  LogThread thread([&](const LogBatch&) { return ++calls < 2; });
  Hand(thread, 1);
  thread.Wait();
  Hand(thread, 1);
  thread.Wait();
  Hand(thread, 1);
  thread.Wait();
  EXPECT_EQ(calls, 2);
}

TEST_F(LogThreadTest, WhatWasHandedOverIsWrittenBeforeTheEnd) {
  for (int i = 0; i < 50; ++i) {
    size_t written = 0;
    {
      LogThread thread([&](const LogBatch& batch) {
        written += batch.records();
        return true;
      });
      for (int j = 0; j < 5; ++j) Hand(thread, 3);
    }
    EXPECT_EQ(written, 15u);
  }
}

}  // namespace
}  // namespace althing
