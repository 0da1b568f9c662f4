#include "replica/core/epaxos/state.h"

#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

class StateTest : public StateFixture {
 protected:
  StateTest() : StateFixture(3) {}
};

TEST_F(StateTest, RecordsAreNumberedFromOne) {
  EXPECT_EQ(state_.Append({}), LogPosition{1});
  EXPECT_EQ(state_.Append({}), LogPosition{2});
  EXPECT_EQ(output_.records.size(), 2u);
  EXPECT_FALSE(state_.Durable(LogPosition{1}));
  EXPECT_TRUE(state_.Durable(LogPosition{0}));
}

TEST_F(StateTest, SendingToNobodyIsNothing) {
  state_.Send({}, {}, {});
  EXPECT_TRUE(output_.sends.empty());
}

TEST_F(StateTest, APayloadIsKnownAndIndexed) {
  const InstanceId id = At(1, 1);
  Instance& instance = state_.space.GetOrCreate(id);
  state_.SetPayload(id, instance, *ParsePayload(Put("k"), id, 0));
  EXPECT_EQ(state_.space.column(Member(1)).known, 1u);
  Deps deps;
  state_.index.RaiseDeps({{instance.payload->keys[0].key, true}}, deps);
  EXPECT_EQ(deps, MakeDeps({0, 1, 0}));
}

TEST_F(StateTest, TimersDoubleUpToTheirBoundWithAQuarterOfJitter) {
  const uint64_t bound = state_.options.resend_ticks_max;
  bool differ = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t next = state_.NextInterval(10);
    EXPECT_GE(next, 20u);
    EXPECT_LE(next, 25u);
    differ = differ || next != 20;
    EXPECT_GE(state_.NextInterval(bound), bound);
    EXPECT_LE(state_.NextInterval(bound), bound + bound / 4);
  }
  EXPECT_TRUE(differ);
}

}  // namespace
}  // namespace althing
