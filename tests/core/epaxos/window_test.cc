#include "replica/core/epaxos/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace althing {
namespace {

using testing::ElementsAre;

Window::Proposal Make(uint64_t request, uint64_t key, bool write, size_t bytes = 1) {
  return {RequestId{request}, std::string(bytes, 'x'), 1, {{KeyHash{key}, write}}};
}

std::vector<uint64_t> Requests(const std::optional<Window::Batch>& batch) {
  std::vector<uint64_t> requests;
  if (batch) {
    for (const RequestId r : batch->requests) requests.push_back(r.value);
  }
  return requests;
}

TEST(WindowTest, OneTurnsProposalsAreOneBatchInOrderOfEachKey) {
  Window window({8, 100, 1000, 100});
  EXPECT_TRUE(window.Add(Make(1, 7, true)));
  EXPECT_TRUE(window.Add(Make(2, 8, true)));
  EXPECT_TRUE(window.Add(Make(3, 7, true)));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(1, 2, 3));
  EXPECT_FALSE(window.Take().has_value());
}

TEST(WindowTest, AKeyWaitsForItsUnexecutedInstanceAndOthersDoNot) {
  Window window({8, 100, 1000, 100});
  window.Add(Make(1, 7, true));
  window.Take();
  EXPECT_FALSE(window.Add(Make(2, 7, true)));
  EXPECT_TRUE(window.Add(Make(3, 8, true)));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3));
  window.Finished({{KeyHash{7}, true}});
  EXPECT_THAT(Requests(window.Take()), ElementsAre(2));
}

TEST(WindowTest, ReadsGoSideBySideAndAWriteWaitsForAllOfThem) {
  Window window({8, 100, 1000, 100});
  window.Add(Make(1, 7, false));
  window.Take();
  EXPECT_TRUE(window.Add(Make(2, 7, false)));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(2));
  EXPECT_FALSE(window.Add(Make(3, 7, true)));
  window.Add(Make(4, 7, false));  // Behind the write: first come, first served.
  window.Finished({{KeyHash{7}, false}});
  EXPECT_FALSE(window.Take().has_value());
  window.Finished({{KeyHash{7}, false}});
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3, 4));
}

TEST(WindowTest, HoldsBackWhenTooManyInstancesAreUnexecuted) {
  Window window({1, 100, 1000, 100});
  window.Add(Make(1, 7, true));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(1));
  window.Add(Make(2, 8, true));
  EXPECT_FALSE(window.Take().has_value());
  window.Finished({{KeyHash{7}, true}});
  EXPECT_THAT(Requests(window.Take()), ElementsAre(2));
}

TEST(WindowTest, CutsBatchesByCommandsAndBytes) {
  Window window({8, 2, 10, 100});
  for (uint64_t i = 1; i <= 3; ++i) window.Add(Make(i, i, true));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(1, 2));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3));
  window.Add(Make(4, 4, true, 6));
  window.Add(Make(5, 5, true, 6));
  window.Add(Make(6, 6, true, 99));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(4));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(5));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(6));
}

TEST(WindowTest, IsFullAtItsBound) {
  Window window({1, 1, 1, 2});
  window.Add(Make(1, 1, true));
  EXPECT_FALSE(window.full());
  window.Add(Make(2, 1, true));
  EXPECT_TRUE(window.full());
  window.Take();
  EXPECT_FALSE(window.full());
}

TEST(WindowTest, WhatIsTakenBackMakesRoomAndWay) {
  Window window({8, 100, 1000, 3});
  window.Add(Make(1, 7, false));
  window.Take();
  window.Add(Make(2, 7, true));   // Waits for the read that is in flight.
  window.Add(Make(3, 7, false));  // Waits behind the write.
  window.Add(Make(4, 8, true));
  EXPECT_TRUE(window.full());
  EXPECT_TRUE(window.Remove(RequestId{2}));
  EXPECT_FALSE(window.Remove(RequestId{2}));
  EXPECT_FALSE(window.Remove(RequestId{1}));  // It is in a batch.
  EXPECT_FALSE(window.full());
  EXPECT_TRUE(window.Remove(RequestId{4}));  // Its gate was open.
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3));
  EXPECT_TRUE(window.Add(Make(5, 8, true)));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(5));
}

TEST(WindowTest, TakesBackAllInOrder) {
  Window window({8, 100, 1000, 100});
  for (uint64_t i = 5; i > 0; --i) window.Add(Make(i, i % 2, true));
  EXPECT_THAT(window.TakeBackAll(),
              ElementsAre(RequestId{1}, RequestId{2}, RequestId{3}, RequestId{4}, RequestId{5}));
  EXPECT_EQ(window.waiting(), 0u);
  EXPECT_FALSE(window.Take().has_value());
}

TEST(WindowTest, AReadBehindAWaitingWriteIsNotFree) {
  Window window({8, 100, 1000, 100});
  window.Add(Make(1, 7, false));
  window.Take();
  EXPECT_FALSE(window.Add(Make(2, 7, true)));
  EXPECT_FALSE(window.Add(Make(3, 7, false)));
}

// Random arrivals and executions: nothing is lost or doubled, each key keeps its order, and no two
// batches in flight conflict.
RC_GTEST_PROP(WindowTest, KeepsItsGuaranteesUnderRandomUse, ()) {
  const uint32_t instances = *rc::gen::inRange(1u, 4u);
  Window window({instances, *rc::gen::inRange(1u, 5u), 100, 1000});
  struct InFlight {
    std::map<uint64_t, bool> keys;  // -> written
  };
  std::vector<InFlight> in_flight;
  std::map<uint64_t, std::pair<uint64_t, bool>> accesses;  // request -> key, write
  std::map<uint64_t, uint64_t> last_of_key;
  std::set<uint64_t> taken;
  uint64_t next = 1;
  const auto take = [&] {
    while (const auto batch = window.Take()) {
      InFlight flight;
      for (const RequestId r : batch->requests) {
        const auto [key, write] = accesses.at(r.value);
        RC_ASSERT(taken.insert(r.value).second);
        RC_ASSERT(last_of_key[key] < r.value);
        last_of_key[key] = r.value;
        flight.keys[key] |= write;
      }
      for (const InFlight& other : in_flight) {
        for (const auto& [key, write] : flight.keys) {
          if (const auto it = other.keys.find(key); it != other.keys.end())
            RC_ASSERT(!write && !it->second);
        }
      }
      in_flight.push_back(flight);
      RC_ASSERT(in_flight.size() <= instances);
    }
  };
  const auto finish = [&](size_t i) {
    std::vector<KeyAccess> keys;
    for (const auto& [key, write] : in_flight[i].keys) keys.push_back({KeyHash{key}, write});
    window.Finished(keys);
    in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(i));
  };
  const auto steps = *rc::gen::container<std::vector<uint8_t>>(rc::gen::arbitrary<uint8_t>());
  for (const uint8_t step : steps) {
    if (step % 4 == 0 && !in_flight.empty()) {
      finish(step / 4 % in_flight.size());
    } else if (step % 8 == 7 && next > 1) {
      const uint64_t request = 1 + step / 8 % (next - 1);
      const bool waits = !taken.contains(request) && accesses.contains(request);
      RC_ASSERT(window.Remove(RequestId{request}) == waits);
      if (waits) accesses.erase(request);
    } else {
      accesses[next] = {step / 4 % 5, step % 4 != 1};
      window.Add(Make(next, accesses[next].first, accesses[next].second));
      ++next;
    }
    take();
  }
  while (!in_flight.empty()) {
    finish(0);
    take();
  }
  RC_ASSERT(taken.size() == accesses.size());
  RC_ASSERT(window.waiting() == 0u);
}

}  // namespace
}  // namespace althing
