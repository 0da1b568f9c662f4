#include "client/library/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace althing {
namespace {

using ::testing::ElementsAre;

void End(Loop& loop) {
  loop.Post([&loop] { loop.Stop(); });
  loop.Join();
}

TEST(LoopTest, RunsWhatManyThreadsPostInOneThread) {
  Loop loop;
  int count = 0;  // Of the loop's thread alone.
  std::atomic<int> elsewhere = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      EXPECT_FALSE(loop.InThread());
      for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(loop.Post([&] {
          ++count;
          if (!loop.InThread()) ++elsewhere;
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  End(loop);
  EXPECT_EQ(count, 4000);
  EXPECT_EQ(elsewhere, 0);
}

TEST(LoopTest, TimersRunInTheOrderOfTheirTimesUnlessCancelled) {
  Loop loop;
  std::vector<int> ran;
  std::promise<void> done;
  loop.Post([&] {
    const int64_t now_ns = NowNs();
    loop.At(now_ns + 3'000'000, [&] { done.set_value(); });
    const Loop::TimerId cancelled = loop.At(now_ns + 2'000'000, [&] { ran.push_back(9); });
    loop.At(now_ns + 2'000'000, [&] { ran.push_back(2); });
    loop.At(now_ns + 1'000'000, [&, cancelled] {
      ran.push_back(1);
      loop.Cancel(cancelled);
    });
    loop.At(0, [&] { ran.push_back(0); });
  });
  done.get_future().wait();
  End(loop);
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST(LoopTest, WhatWasPostedBeforeTheEndRunsAndNothingAfterIt) {
  Loop loop;
  int ran = 0;
  loop.Post([&] {
    EXPECT_TRUE(loop.Post([&ran] { ++ran; }));
    loop.Stop();
  });
  loop.Join();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(loop.Post([&ran] { ++ran; }));
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace althing
