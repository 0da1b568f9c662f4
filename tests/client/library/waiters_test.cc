#include "client/library/waiters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace althing {
namespace {

using ::testing::ElementsAre;

TEST(WaitersTest, EachGetsTheEndOrItsDeadline) {
  Loop loop;
  std::vector<std::string> got;
  std::promise<void> late;
  std::unique_ptr<Waiters> waiters;
  const auto add = [&](int64_t in_ns, const std::string& name, std::function<void()> then) {
    waiters->Add(NowNs() + in_ns, [&got, name, then](const Failover::End& end) {
      got.push_back(name + ": " + std::string(end.status.message()));
      then();
    });
  };
  loop.Post([&] {
    waiters = std::make_unique<Waiters>(loop, "it came");
    add(1'000'000, "a", [&] { late.set_value(); });
    add(60'000'000'000, "b", [&] { add(60'000'000'000, "d", [] {}); });
    add(50'000'000'000, "c", [] {});
    EXPECT_GT(waiters->deadline_ns(), NowNs() + 55'000'000'000);
  });
  late.get_future().wait();
  loop.Post([&] {
    waiters->Release({.status = absl::UnavailableError("no")});
    EXPECT_FALSE(waiters->empty()) << "d came later";
    waiters.reset();
    loop.Stop();
  });
  loop.Join();
  EXPECT_THAT(got, ElementsAre("a: the deadline passed before it came", "b: no", "c: no"));
}

}  // namespace
}  // namespace althing
