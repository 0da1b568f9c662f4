#include "replica/runtime/scheduler/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "pb/config_schema.h"
#include "replica/core/ids.h"
#include "replica/runtime/scheduler/registry.h"

namespace althing {
namespace {

using ::testing::ElementsAre;

struct Item {
  PartitionId partition;
  int sender = 0;
  int number = 0;                   // Counts all items, in the order in which they came.
  std::unique_ptr<int> owned = {};  // What can only be moved is moved, not copied.
};

Item MakeItem(uint32_t partition, int sender, int number) {
  return {PartitionId{partition}, sender, number, std::make_unique<int>(number)};
}

// Pushes and pops in a random mixture, then pops the rest. `on_push` and `on_pop` look at each item
// before it goes in and after it came out.
template <typename Queue, typename OnPush, typename OnPop>
void Shake(Queue& queue, OnPush on_push, OnPop on_pop) {
  const auto pushes = *rc::gen::container<std::vector<bool>>(
      rc::gen::weightedElement<bool>({{3, true}, {2, false}}));
  size_t waiting = 0;
  int number = 0;
  const auto pop = [&] {
    const Item item = queue.Pop();
    RC_ASSERT(item.owned != nullptr && *item.owned == item.number);
    --waiting;
    on_pop(item);
  };
  for (const bool push : pushes) {
    if (push) {
      Item item = MakeItem(*rc::gen::inRange<uint32_t>(0, 5), *rc::gen::inRange(0, 3), number++);
      on_push(item);
      queue.Push(std::move(item));
      ++waiting;
    } else if (waiting > 0) {
      pop();
    }
    RC_ASSERT(queue.size() == waiting);
  }
  while (waiting > 0) pop();
  RC_ASSERT(queue.size() == 0u);
}

// That `item` is the oldest that waits of its sender and partition.
void AssertOldest(const std::vector<std::pair<PartitionId, std::pair<int, int>>>& waiting,
                  const Item& item) {
  for (const auto& [partition, sent] : waiting) {
    RC_ASSERT(partition != item.partition || sent.first != item.sender ||
              sent.second >= item.number);
  }
}

class EachDisciplineTest : public ::testing::TestWithParam<absl::string_view> {
 protected:
  static std::unique_ptr<QueueDiscipline<Item>> Make() {
    return *MakeQueueDiscipline<Item>(GetParam());
  }
};

TEST_P(EachDisciplineTest, EachItemComesOutOnceAndInOrderOfSenderAndPartition) {
  const bool keeps_order = GetParam() != "lifo";
  EXPECT_TRUE(rc::check("in any mixture of pushes and pops", [&] {
    const auto queue = Make();
    std::vector<std::pair<PartitionId, std::pair<int, int>>> waiting;
    Shake(
        *queue,
        [&](const Item& item) {
          waiting.push_back({item.partition, {item.sender, item.number}});
        },
        [&](const Item& item) {
          const auto found = std::ranges::find(
              waiting, std::pair(item.partition, std::pair(item.sender, item.number)));
          RC_ASSERT(found != waiting.end());
          if (keeps_order) AssertOldest(waiting, item);
          waiting.erase(found);
        });
    RC_ASSERT(waiting.empty());
  }));
}

// What the headers of the policies promise.
TEST_P(EachDisciplineTest, ItemsWaitNoLongerThanTheBound) {
  EXPECT_TRUE(rc::check("in any mixture of pushes and pops", [] {
    const auto queue = Make();
    struct Wait {
      PartitionId partition;
      size_t before = 0;                       // That waited when it came.
      size_t after = 0;                        // That came after it.
      size_t popped = 0;                       // That left before it.
      std::map<uint32_t, int> overtaken = {};  // By partition, since it was its partition's head.
      bool head = false;
    };
    std::map<int, Wait> waiting;  // By number.
    const auto mark_heads = [&] {
      std::map<uint32_t, bool> seen;
      for (auto& [number, wait] : waiting) {
        if (!std::exchange(seen[wait.partition.value], true)) wait.head = true;
      }
    };
    Shake(
        *queue,
        [&](const Item& item) {
          for (auto& [number, wait] : waiting) ++wait.after;
          waiting[item.number] = {.partition = item.partition, .before = waiting.size()};
          mark_heads();
        },
        [&](const Item& item) {
          const Wait done = waiting[item.number];
          waiting.erase(item.number);
          if (GetParam() == "fifo") RC_ASSERT(done.popped <= done.before);
          if (GetParam() == "lifo") RC_ASSERT(done.popped <= done.after);
          for (auto& [number, wait] : waiting) {
            ++wait.popped;
            if (!wait.head) continue;
            const int count = ++wait.overtaken[item.partition.value];
            if (GetParam() == "round_robin") RC_ASSERT(count <= 1);
          }
          mark_heads();
        });
  }));
}

TEST_P(EachDisciplineTest, TakeAllReturnsAllAndKeepsTheOrderOfEachPartition) {
  EXPECT_TRUE(rc::check("whatever was pushed and popped before", [] {
    const auto queue = Make();
    std::map<int, uint32_t> waiting;  // Number -> partition.
    const auto pushes = *rc::gen::container<std::vector<bool>>(
        rc::gen::weightedElement<bool>({{3, true}, {2, false}}));
    int number = 0;
    for (const bool push : pushes) {
      if (push) {
        const uint32_t partition = *rc::gen::inRange<uint32_t>(0, 5);
        waiting[number] = partition;
        queue->Push(MakeItem(partition, 0, number++));
      } else if (queue->size() > 0) {
        waiting.erase(queue->Pop().number);
      }
    }
    std::map<uint32_t, int> last;
    for (const Item& item : queue->TakeAll()) {
      RC_ASSERT(waiting.erase(item.number) == 1u);
      const auto [before, first] = last.try_emplace(item.partition.value, item.number);
      RC_ASSERT(first || before->second < item.number);
      before->second = item.number;
    }
    RC_ASSERT(waiting.empty());
    RC_ASSERT(queue->size() == 0u);
  }));
}

INSTANTIATE_TEST_SUITE_P(SchedulerTest, EachDisciplineTest, ::testing::ValuesIn(kQueueDisciplines),
                         [](const auto& info) { return std::string(info.param); });

std::string PopAll(Scheduler<Item>& scheduler) {
  std::vector<int> numbers;
  while (scheduler.size() > 0) numbers.push_back(scheduler.Pop().number);
  return absl::StrJoin(numbers, " ");
}

TEST(SchedulerTest, OrdersAsTheDisciplineSays) {
  Scheduler<Item> scheduler;
  std::map<std::string, std::string> orders;
  for (const absl::string_view name : kQueueDisciplines) {
    ASSERT_TRUE(scheduler.Use(name).ok());
    EXPECT_EQ(scheduler.name(), std::string(name));
    int number = 0;
    for (const uint32_t partition : {7u, 7u, 7u, 2u, 2u, 4u}) {
      scheduler.Push(MakeItem(partition, 0, ++number));
    }
    orders[std::string(name)] = PopAll(scheduler);
  }
  EXPECT_THAT(orders,
              ElementsAre(std::pair("fifo", "1 2 3 4 5 6"), std::pair("lifo", "6 5 4 3 2 1"),
                          std::pair("round_robin", "1 4 6 2 5 3")));
}

TEST(SchedulerTest, AnotherDisciplineTakesOverWhatWaits) {
  Scheduler<Item> scheduler;
  for (int number = 1; number <= 3; ++number) scheduler.Push(MakeItem(0, 0, number));
  ASSERT_TRUE(scheduler.Use("lifo").ok());
  EXPECT_EQ(scheduler.Pop().number, 3);
  scheduler.Push(MakeItem(0, 0, 4));
  ASSERT_TRUE(scheduler.Use("fifo").ok());
  EXPECT_EQ(PopAll(scheduler), "1 2 4");
}

TEST(SchedulerTest, NothingIsLostOrDoubledHoweverOftenTheDisciplineChanges) {
  EXPECT_TRUE(rc::check("in any mixture of pushes, pops and changes", [] {
    Scheduler<Item> scheduler;
    std::map<int, uint32_t> waiting;
    const auto pop = [&] {
      const Item item = scheduler.Pop();
      RC_ASSERT(waiting.erase(item.number) == 1u);
      if (scheduler.name() == "lifo") return;
      // Whatever the order was before: the oldest of its partition leaves first from now on.
      for (const auto& [number, partition] : waiting) {
        RC_ASSERT(partition != item.partition.value || number > item.number);
      }
    };
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
    int number = 0;
    for (const int step : steps) {
      if (step < 6) {
        const uint32_t partition = *rc::gen::inRange<uint32_t>(0, 4);
        waiting[number] = partition;
        scheduler.Push(MakeItem(partition, 0, number++));
      } else if (step == 9) {
        const auto name = *rc::gen::elementOf(
            std::vector<std::string>(std::begin(kQueueDisciplines), std::end(kQueueDisciplines)));
        RC_ASSERT(scheduler.Use(name).ok());
      } else if (scheduler.size() > 0) {
        pop();
      }
      RC_ASSERT(scheduler.size() == waiting.size());
    }
    while (scheduler.size() > 0) pop();
    RC_ASSERT(waiting.empty());
  }));
}

// More than the round robin keeps room for when it is empty.
TEST(SchedulerTest, ABurstLeavesAUsableQueueBehind) {
  for (const absl::string_view name : kQueueDisciplines) {
    Scheduler<Item> scheduler;
    ASSERT_TRUE(scheduler.Use(name).ok());
    for (int round = 0; round < 2; ++round) {
      for (int number = 0; number < 10'000; ++number) {
        scheduler.Push(MakeItem(static_cast<uint32_t>(number % 3), 0, number));
      }
      size_t popped = 0;
      for (; scheduler.size() > 0; ++popped) scheduler.Pop();
      EXPECT_EQ(popped, 10'000u) << name;
    }
  }
}

TEST(SchedulerTest, AnUnknownNameIsAnErrorThatNamesTheKnownAndChangesNothing) {
  Scheduler<Item> scheduler;
  scheduler.Push(MakeItem(0, 0, 1));
  EXPECT_EQ(scheduler.Use("best"),
            absl::InvalidArgumentError(
                "no scheduler is called \"best\"; use one of: fifo, lifo, round_robin"));
  EXPECT_EQ(scheduler.name(), "fifo");
  EXPECT_EQ(PopAll(scheduler), "1");
}

TEST(SchedulerTest, TheConfigurationAllowsTheNamesThatExist) {
  for (const char* path : {"schedulers.incoming", "schedulers.outgoing"}) {
    EXPECT_EQ(std::string(RuleOf(path).choices), absl::StrJoin(kQueueDisciplines, ", "));
  }
}

}  // namespace
}  // namespace althing
