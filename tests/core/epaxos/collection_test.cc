#include "replica/core/epaxos/collection.h"

#include "gtest/gtest.h"
#include "replica/core/epaxos/validate.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

CoreOptions Collecting(int n) {
  CoreOptions options = OptionsFor(n);
  options.collect_ticks = 7;
  return options;
}

// Member 0 of three, which tells each seven ticks how far it has come.
class CollectionTest : public StateFixture {
 protected:
  CollectionTest() : StateFixture(Collecting(3)) {}

  void Execute(InstanceId id, const std::string& key = "k") {
    Committed(id, key).executed = true;
    state_.space.Advance(id.coordinator);
  }
  // Slots 1 to 3 of member 1 are executed.
  void ExecuteThree() {
    for (Slot slot = 1; slot <= 3; ++slot) Execute(At(1, slot), "k" + std::to_string(slot));
  }
  static pb::Heartbeat Marks(std::vector<Slot> applied, std::vector<Slot> everywhere) {
    pb::Heartbeat heartbeat;
    for (const Slot slot : applied) heartbeat.add_applied(slot);
    for (const Slot slot : everywhere) heartbeat.add_everywhere(slot);
    return heartbeat;
  }
  absl::Status Hear(int from, std::vector<Slot> applied, std::vector<Slot> everywhere) {
    return collection_.OnHeartbeat(Member(from), Marks(std::move(applied), std::move(everywhere)));
  }
  void Tell() {
    collection_.Refresh();
    state_.now = collection_.next_tick();
    collection_.OnTick();
  }
  uint64_t Collected() {
    uint64_t collected = 0;
    for (const Event& event : output_.events) {
      if (event.kind == Event::Kind::kCollected) collected += event.value;
    }
    return collected;
  }

  Collection collection_{state_};
};

TEST_F(CollectionTest, HasNoTimerWhileThereIsNothingToTell) {
  collection_.Refresh();
  EXPECT_EQ(collection_.next_tick(), kNever);
  ExecuteThree();
  collection_.Refresh();
  EXPECT_EQ(collection_.next_tick(), LogicalTime{107});
  state_.now = LogicalTime{105};
  collection_.OnTick();
  EXPECT_EQ(state_.told, State::Marks{}) << "not yet";
  Tell();
  EXPECT_EQ(state_.told, (State::Marks{MakeDeps({0, 3, 0}), {}}));
  EXPECT_EQ(collection_.next_tick(), kNever);
}

TEST_F(CollectionTest, FreesACellWhenAllHaveExecutedItAndForgetsItsKeyWhenAllKnowThat) {
  ExecuteThree();
  EXPECT_TRUE(Hear(1, {0, 3, 0}, {}).ok());
  collection_.Refresh();
  EXPECT_EQ(state_.space.size(), 3u) << "member 2 has not said anything";
  EXPECT_TRUE(Hear(2, {0, 2, 0}, {}).ok());
  collection_.Refresh();
  EXPECT_EQ(state_.everywhere, MakeDeps({0, 2, 0}));
  EXPECT_EQ(state_.space.size(), 1u);
  EXPECT_EQ(state_.space.Find(At(1, 2)), nullptr);
  EXPECT_NE(state_.space.Find(At(1, 3)), nullptr);
  EXPECT_EQ(Collected(), 2u);
  EXPECT_EQ(state_.index.keys(), 3u) << "the others may not know yet";
  Tell();
  EXPECT_EQ(state_.told, (State::Marks{MakeDeps({0, 3, 0}), MakeDeps({0, 2, 0})}));
  EXPECT_TRUE(Hear(1, {0, 3, 0}, {0, 2, 0}).ok());
  EXPECT_TRUE(Hear(2, {0, 2, 0}, {0, 1, 0}).ok());
  collection_.Refresh();
  EXPECT_EQ(state_.forgotten, MakeDeps({0, 1, 0}));
  EXPECT_EQ(state_.index.keys(), 2u);
}

TEST_F(CollectionTest, WhatIsSaidOnlyGrows) {
  ExecuteThree();
  EXPECT_TRUE(Hear(1, {0, 3, 0}, {}).ok());
  EXPECT_TRUE(Hear(2, {0, 3, 0}, {}).ok());
  EXPECT_TRUE(Hear(2, {0, 1, 0}, {}).ok()) << "one that was overtaken";
  EXPECT_EQ(state_.everywhere, MakeDeps({0, 3, 0}));
}

TEST_F(CollectionTest, AMemberAloneForgetsAtItsPace) {
  State state(Collecting(1));
  Output output;
  state.output = &output;
  Collection collection(state);
  Instance& instance = state.space.GetOrCreate(At(0, 1));
  state.SetPayload(At(0, 1), instance, *ParsePayload(Put("k"), At(0, 1), 0));
  instance.phase = Phase::kCommitted;
  instance.value = Value::kPayload;
  instance.executed = true;
  state.space.Advance(Member(0));
  collection.Refresh();
  state.now = collection.next_tick();
  collection.OnTick();
  EXPECT_EQ(state.space.size() + state.index.keys(), 0u);
}

TEST_F(CollectionTest, WhatALogMakesItExecuteAgainIsNotToldAsApplied) {
  state_.restartable = true;
  ExecuteThree();
  collection_.Refresh();
  EXPECT_EQ(collection_.next_tick(), kNever);
  EXPECT_TRUE(Hear(1, {0, 3, 0}, {}).ok());
  EXPECT_TRUE(Hear(2, {0, 3, 0}, {}).ok());
  EXPECT_EQ(state_.everywhere, Deps{});
}

TEST_F(CollectionTest, WithALogTheMarksMoveWithTheCheckpointThatHasThem) {
  state_.restartable = true;
  ExecuteThree();
  const Collection::Next first = collection_.MakeNext();
  EXPECT_EQ(first.applied, MakeDeps({0, 3, 0}));
  EXPECT_EQ(first.everywhere, Deps{}) << "this member has told nothing yet";
  collection_.Refresh();
  EXPECT_EQ(collection_.next_tick(), kNever);
  collection_.Adopt(first);
  collection_.Refresh();
  EXPECT_NE(collection_.next_tick(), kNever) << "there is something to tell";
  EXPECT_TRUE(Hear(1, {0, 3, 0}, {}).ok());
  EXPECT_TRUE(Hear(2, {0, 2, 0}, {}).ok());
  EXPECT_EQ(state_.everywhere, Deps{});
  const Collection::Next second = collection_.MakeNext();
  EXPECT_EQ(second.everywhere, MakeDeps({0, 2, 0}));
  EXPECT_EQ(state_.everywhere, Deps{}) << "not durable yet";
  collection_.Adopt(second);
  EXPECT_EQ(state_.everywhere, MakeDeps({0, 2, 0}));
}

TEST_F(CollectionTest, NobodyKnowsBetterWhatIsExecutedHere) {
  ExecuteThree();
  EXPECT_EQ(Hear(1, {0, 4, 0}, {0, 4, 0}).code(), absl::StatusCode::kInvalidArgument);
  pb::Truncated truncated;
  for (const Slot slot : {0, 4, 0}) truncated.add_everywhere(slot);
  EXPECT_EQ(collection_.OnTruncated(Member(1), truncated).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Hear(2, {0, 9, 0}, {}).ok());
  EXPECT_EQ(state_.everywhere, Deps{}) << "member 1 was not believed";
}

TEST_F(CollectionTest, TruncatedSaysThatItsSenderHasAppliedThemAndKnowsOfAll) {
  ExecuteThree();
  EXPECT_TRUE(Hear(2, {0, 3, 0}, {0, 3, 0}).ok());
  pb::Truncated truncated;
  for (const Slot slot : {0, 2, 0}) truncated.add_everywhere(slot);
  EXPECT_TRUE(collection_.OnTruncated(Member(1), truncated).ok());
  EXPECT_EQ(state_.everywhere, MakeDeps({0, 2, 0}));
  EXPECT_EQ(state_.forgotten, MakeDeps({0, 2, 0}));
}

TEST_F(CollectionTest, AnswersQuestionsAboutWhatIsCollectedAndNothingElse) {
  ExecuteThree();
  for (const int m : {1, 2}) EXPECT_TRUE(Hear(m, {0, 2, 0}, {}).ok());
  pb::Envelope question;
  ToProto(At(1, 2), question.mutable_recover()->mutable_id());
  EXPECT_TRUE(collection_.Answers(Member(2), question));
  EXPECT_EQ(TakeSends(), "to {2}: truncated { everywhere: 0 everywhere: 2 everywhere: 0 }\n");
  ToProto(At(1, 3), question.mutable_recover()->mutable_id());
  EXPECT_FALSE(collection_.Answers(Member(2), question));
  pb::Envelope told;
  ToProto(At(1, 2), told.mutable_commit()->mutable_id());
  EXPECT_TRUE(collection_.Answers(Member(2), told)) << "it must make no cell";
  EXPECT_EQ(TakeSends(), "");
}

// A turn takes no longer than a slice of it.
TEST_F(CollectionTest, FreesManyInSlices) {
  constexpr Slot kMany = 20'000;
  for (Slot slot = 1; slot <= kMany; ++slot) Execute(At(1, slot));
  for (const int m : {1, 2}) EXPECT_TRUE(Hear(m, {0, kMany, 0}, {0, kMany, 0}).ok());
  int slices = 0;
  do {
    const size_t before = state_.space.size();
    collection_.Refresh();
    EXPECT_LE(before - state_.space.size(), 5000u);
    ++slices;
  } while (collection_.next_tick() == state_.now);
  EXPECT_GT(slices, 7);
  EXPECT_LT(slices, 20);
  EXPECT_EQ(state_.space.size() + state_.index.keys(), 0u);
  EXPECT_EQ(Collected(), kMany);
}

}  // namespace
}  // namespace althing
