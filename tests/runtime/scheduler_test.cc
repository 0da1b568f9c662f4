#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "replica/runtime/scheduler/registry.h"

namespace althing {
namespace {

struct Item {
  std::unique_ptr<int> number;
};

TEST(SchedulerTest, FifoReturnsEachItemOnceInOrder) {
  EXPECT_TRUE(rc::check("pushes and pops in any mixture", [](const std::vector<bool>& pushes) {
    auto fifo = *MakeQueueDiscipline<Item>("fifo");
    int pushed = 0;
    int popped = 0;
    const auto pop = [&] { RC_ASSERT(*fifo->Pop().number == popped++); };
    for (const bool push : pushes) {
      if (push) {
        fifo->Push({std::make_unique<int>(pushed++)});
      } else if (fifo->size() > 0) {
        pop();
      }
      RC_ASSERT(fifo->size() == static_cast<size_t>(pushed - popped));
    }
    while (fifo->size() > 0) pop();
    RC_ASSERT(popped == static_cast<int>(std::count(pushes.begin(), pushes.end(), true)));
  }));
}

TEST(SchedulerTest, AnUnknownNameIsAnErrorThatNamesTheKnown) {
  const auto made = MakeQueueDiscipline<Item>("lifo");
  EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(made.status().message()),
            "no scheduler is called \"lifo\"; there is: fifo");
}

}  // namespace
}  // namespace althing
