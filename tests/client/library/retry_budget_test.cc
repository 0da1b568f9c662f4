#include "client/library/retry_budget.h"

#include <gtest/gtest.h>

#include <set>

namespace althing {
namespace {

TEST(RetryBudgetTest, InTheLongRunRetriesAreAShareOfTheCalls) {
  RetryBudget budget(0.25, 10);
  int retries = 0;
  for (int i = 0; i < 1000; ++i) {
    budget.OnCall();
    while (budget.Take()) ++retries;
  }
  EXPECT_EQ(retries, 10 + 249);  // The first call found it full.
}

TEST(RetryBudgetTest, WithoutABurstThereIsNoRetry) {
  RetryBudget budget(1, 0);
  budget.OnCall();
  EXPECT_FALSE(budget.Take());
}

TEST(BackoffTest, DoublesUpToASecondAndIsCutByChance) {
  Backoff backoff(1);
  std::set<int64_t> first;
  for (int i = 0; i < 1000; ++i) {
    const int64_t delay_ns = backoff.DelayNs(1);
    EXPECT_GE(delay_ns, Backoff::kFirstNs / 2);
    EXPECT_LE(delay_ns, Backoff::kFirstNs);
    first.insert(delay_ns);
    EXPECT_GE(backoff.DelayNs(3), Backoff::kFirstNs * 2);
    EXPECT_LE(backoff.DelayNs(3), Backoff::kFirstNs * 4);
    EXPECT_GE(backoff.DelayNs(1'000'000), Backoff::kMaxNs / 2);
    EXPECT_LE(backoff.DelayNs(1'000'000), Backoff::kMaxNs);
  }
  EXPECT_GT(first.size(), 900u);
}

}  // namespace
}  // namespace althing
