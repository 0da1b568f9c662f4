#include "replica/core/epaxos/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

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

Window::Proposal MakeAll(uint64_t request, const std::map<uint64_t, bool>& keys) {
  Window::Proposal proposal{RequestId{request}, "x", static_cast<uint32_t>(keys.size()), {}};
  for (const auto& [key, write] : keys) proposal.keys.push_back({KeyHash{key}, write});
  return proposal;
}

TEST(WindowTest, ARequestWithSeveralKeysWaitsForAllOfThem) {
  Window window({8, 100, 1000, 100});
  window.Add(Make(1, 7, true));
  window.Take();
  EXPECT_FALSE(window.Add(MakeAll(2, {{7, true}, {8, true}})));
  window.Add(Make(3, 8, true));  // Behind it, although its key is free.
  EXPECT_FALSE(window.Take().has_value());
  window.Finished({{KeyHash{7}, true}});
  const auto batch = window.Take();
  EXPECT_THAT(Requests(batch), ElementsAre(2, 3));
  EXPECT_THAT(batch->keys, ElementsAre(KeyAccess{KeyHash{7}, true}, KeyAccess{KeyHash{8}, true}));
  window.Add(Make(4, 8, true));
  EXPECT_FALSE(window.Take().has_value());
  window.Finished(batch->keys);
  EXPECT_THAT(Requests(window.Take()), ElementsAre(4));
}

TEST(WindowTest, ARequestWithoutKeysWaitsForTheWindowOnly) {
  Window window({1, 100, 1000, 100});
  EXPECT_TRUE(window.Add(MakeAll(1, {})));
  EXPECT_TRUE(window.Add(MakeAll(2, {})));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(1, 2));
  EXPECT_TRUE(window.Add(MakeAll(3, {})));
  EXPECT_FALSE(window.Take().has_value());
  window.Finished({});
  EXPECT_TRUE(window.Remove(RequestId{3}));
  EXPECT_FALSE(window.Take().has_value());
}

TEST(WindowTest, WhatIsTakenBackMakesWayOnAllItsKeys) {
  Window window({8, 100, 1000, 100});
  window.Add(Make(1, 7, true));
  window.Take();
  window.Add(MakeAll(2, {{7, true}, {8, true}, {9, false}}));
  window.Add(Make(3, 8, true));
  window.Add(Make(4, 9, true));
  EXPECT_TRUE(window.Remove(RequestId{2}));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3, 4));
}

TEST(WindowTest, CountsTheCommandsOfARequest) {
  Window window({8, 4, 1000, 100});
  window.Add(MakeAll(1, {{1, true}, {2, true}, {3, true}}));
  window.Add(MakeAll(2, {{4, true}, {5, true}}));
  window.Add(MakeAll(3, {{6, true}, {7, true}, {8, true}, {9, true}, {10, true}}));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(1));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(2));
  EXPECT_THAT(Requests(window.Take()), ElementsAre(3));
}

// Random arrivals and executions: nothing is lost or doubled, each key keeps its order, and no two
// batches in flight conflict.
class RandomUse {
 public:
  RandomUse(uint32_t instances, uint32_t commands)
      : instances_(instances), window_({instances, commands, 100, 1000}) {}

  void Add(const std::map<uint64_t, bool>& keys) {
    waiting_[next_] = keys;
    window_.Add(MakeAll(next_++, keys));
    Take();
  }
  void Remove(uint64_t dice) {
    const uint64_t request = dice % next_;
    RC_ASSERT(window_.Remove(RequestId{request}) == (waiting_.erase(request) > 0));
    Take();
  }
  void Finish(uint64_t dice) {
    if (in_flight_.empty()) return;
    const auto it = in_flight_.begin() + static_cast<std::ptrdiff_t>(dice % in_flight_.size());
    window_.Finished(*it);
    in_flight_.erase(it);
    Take();
  }
  void End() {
    while (!in_flight_.empty()) Finish(0);
    RC_ASSERT(waiting_.empty());
    RC_ASSERT(window_.waiting() == 0u);
  }

 private:
  void Take() {
    while (const auto batch = window_.Take()) {
      std::map<uint64_t, bool> keys;
      for (const RequestId request : batch->requests) {
        RC_ASSERT(waiting_.contains(request.value));
        for (const auto& [key, write] : waiting_[request.value]) {
          RC_ASSERT(last_of_key_[key] < request.value);
          last_of_key_[key] = request.value;
          keys[key] |= write;
        }
        waiting_.erase(request.value);
      }
      RC_ASSERT(MakeAll(0, keys).keys == KeyAccesses(batch->keys.begin(), batch->keys.end()));
      for (const auto& other : in_flight_) {
        for (const KeyAccess& access : other) {
          const auto it = keys.find(access.key.value);
          if (it != keys.end()) RC_ASSERT(!it->second && !access.write);
        }
      }
      in_flight_.push_back(batch->keys);
      RC_ASSERT(in_flight_.size() <= instances_);
    }
  }

  const size_t instances_;
  Window window_;
  uint64_t next_ = 1;
  std::map<uint64_t, std::map<uint64_t, bool>> waiting_;
  std::map<uint64_t, uint64_t> last_of_key_;
  std::vector<std::vector<KeyAccess>> in_flight_;
};

RC_GTEST_PROP(WindowTest, KeepsItsGuaranteesUnderRandomUse, ()) {
  RandomUse use(*rc::gen::inRange(1u, 4u), *rc::gen::inRange(1u, 5u));
  const auto steps = *rc::gen::container<std::vector<uint32_t>>(rc::gen::arbitrary<uint32_t>());
  for (const uint32_t step : steps) {
    const uint32_t dice = step / 8;
    if (step % 8 == 0) {
      use.Remove(dice);
    } else if (step % 8 < 3) {
      use.Finish(dice);
    } else {
      // One key mostly; up to three, and none at all.
      std::map<uint64_t, bool> keys;
      const uint32_t count = step % 8 < 6 ? 1 : dice % 4;
      for (uint32_t i = 0; i < count; ++i) keys[(dice >> (4 * i)) % 5] = (dice >> (3 + i)) % 4 > 0;
      use.Add(keys);
    }
  }
  use.End();
}

}  // namespace
}  // namespace althing
