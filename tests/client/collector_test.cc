#include "client/collector.h"

#include <gtest/gtest.h>

#include "tests/client/fake_target.h"

namespace althing {
namespace {

constexpr int64_t kLongNs = 5'000'000'000;

TEST(CollectorTest, WaitsUntilSomethingEndsAndTellsEachEndOnceAndInOrder) {
  FakeTarget target;
  target.hold_until_under_way = 3;
  target.Reserve(3);
  const int64_t begin_ns = NowNs();
  Collector collector(target);
  for (size_t slot : {2u, 0u, 1u}) target.Start(slot, {});
  std::vector<size_t> slots;
  int64_t last_ns = begin_ns;
  while (slots.size() < 3 && NowNs() < begin_ns + kLongNs) {
    collector.Wait(begin_ns + kLongNs);
    for (const CollectedEnd& end : collector.Take()) {
      slots.push_back(end.slot);
      EXPECT_GE(end.ended_ns, last_ns);
      last_ns = end.ended_ns;
    }
  }
  EXPECT_EQ(slots, (std::vector<size_t>{2, 0, 1}));
  EXPECT_TRUE(collector.Take().empty());
}

TEST(CollectorTest, WaitsNoLongerThanAsked) {
  FakeTarget target;
  Collector collector(target);
  const int64_t begin_ns = NowNs();
  collector.Wait(begin_ns + 30'000'000);
  EXPECT_GE(NowNs() - begin_ns, 30'000'000);
  EXPECT_LT(NowNs() - begin_ns, kLongNs);
  collector.Wait(begin_ns);  // In the past: at once.
  EXPECT_LT(NowNs() - begin_ns, kLongNs);
}

}  // namespace
}  // namespace althing
