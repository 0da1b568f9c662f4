#include "replica/core/epaxos/explain.h"

#include "gtest/gtest.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {
namespace {

// "0.1[unknown 2.1]": what must be before each, in brackets.
std::string Tree(const pb::InstanceView& view) {
  std::string text = ToString(FromProto(view.id()));
  if (view.phase() == pb::INSTANCE_PHASE_NONE && !view.payload_known()) text = "unknown " + text;
  if (view.shown_above()) return text + "^";
  if (view.before().empty() && view.before_left_out() == 0) return text;
  text += "[";
  for (const pb::InstanceView& before : view.before()) text += Tree(before) + " ";
  if (view.before_left_out() > 0) text += "+" + std::to_string(view.before_left_out()) + " ";
  text.back() = ']';
  return text;
}

// Member 0 of five, which has been told that all others can be reached.
class ExplainTest : public StateFixture {
 protected:
  ExplainTest() : StateFixture(5) {}

  pb::InstanceView View(InstanceId id, uint64_t later = 0) {
    pb::ExplainReply reply;
    Explainer(state_, coordinator_, catch_up_, recovery_, LogicalTime{state_.now.value + later})
        .ExplainInstance(id, reply);
    return reply.instances(0);
  }
  std::string TreeOf(InstanceId id) { return Tree(View(id)); }
  std::string Latest(const std::string& key) {
    pb::ExplainReply reply;
    Explainer(state_, coordinator_, catch_up_, recovery_, state_.now)
        .ExplainKey(ParsePayload(Put(key), At(0, 1), 0)->keys[0].key, reply);
    std::string text;
    for (const pb::InstanceView& view : reply.instances()) text += Tree(view) + " ";
    return text + "+" + std::to_string(reply.instances_left_out());
  }
  Instance& CommittedAfter(InstanceId id, std::vector<Slot> deps, const std::string& key = "k") {
    Instance& instance = Committed(id, key);
    instance.deps = MakeDeps(std::move(deps));
    state_.Saw(instance.deps);
    return instance;
  }
  void Executed(InstanceId id, const std::string& key = "k") {
    Committed(id, key).executed = true;
    state_.space.Advance(id.coordinator);
  }

  Coordinator coordinator_{state_, [](InstanceId, Instance&, Event::Kind) {}};
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [](InstanceId) { return false; },
                     [](InstanceId, Instance&) {}};
  CatchUp catch_up_{state_, coordinator_, recovery_};
};

TEST_F(ExplainTest, AnInstanceThatNobodyMentionedIsUnknown) {
  EXPECT_EQ(View(At(1, 7)).ShortDebugString(), "id { coordinator: 1 slot: 7 } gap { }");
}

TEST_F(ExplainTest, AMentionedInstanceIsAskedForByTheGapsTimer) {
  state_.Saw(MakeDeps({0, 7, 0, 0, 0}));
  catch_up_.Refresh();
  EXPECT_EQ(View(At(1, 7), /*later=*/2).ShortDebugString(),
            "id { coordinator: 1 slot: 7 } mentioned: true "
            "gap { will_ask: true ask_in_ticks: 3 }");
  state_.now.value += 5;
  catch_up_.OnTick();
  const pb::GapView gap = View(At(1, 7)).gap();
  EXPECT_EQ(gap.times_asked(), 1u);
  EXPECT_GE(gap.ask_in_ticks(), 5u);
}

TEST_F(ExplainTest, WhatIsToBeRecoveredHereSaysSo) {
  EXPECT_FALSE(View(At(1, 7)).has_recovery());
  recovery_.Want(At(1, 7), 9);
  EXPECT_EQ(View(At(1, 7), /*later=*/2).recovery().ShortDebugString(), "start_in_ticks: 7");
  EXPECT_FALSE(View(At(1, 8)).has_recovery());
}

TEST_F(ExplainTest, TheCoordinatorTellsWhomItAskedAndWhoAnswered) {
  const InstanceId id = coordinator_.Start(Put("k"));
  pb::PreAcceptOk vote;
  ToProto(id, vote.mutable_id());
  for (int i = 0; i < 5; ++i) vote.add_deps(i == 2 ? 7 : 0);
  EXPECT_TRUE(coordinator_.OnPreAcceptOk(Member(2), vote).ok());
  EXPECT_EQ(View(id, /*later=*/4).ShortDebugString(),
            "id { slot: 1 } mentioned: true phase: INSTANCE_PHASE_PRE_ACCEPTED "
            "payload_known: true commands: 1 keys: 1 bytes: " +
                std::to_string(Put("k").size()) +
                " deps: 0 deps: 0 deps: 0 deps: 0 deps: 0 "
                "initial_deps: 0 initial_deps: 0 initial_deps: 0 initial_deps: 0 initial_deps: 0 "
                "fast_quorum: 7 round { asked: 7 answered: 5 matching: 1 needed: 3 "
                "started_ticks_ago: 4 asked_ticks_ago: 4 times_asked: 1 resend_in_ticks: 6 }");
}

TEST_F(ExplainTest, ARoundTellsOfItsSlowPathAndItsResendings) {
  const InstanceId id = coordinator_.Start(Put("k"));
  state_.now.value += 10;
  coordinator_.OnTick();
  state_.durable = state_.appended;
  coordinator_.OnFlushed();
  pb::RoundView round = View(id, /*later=*/1).round();
  EXPECT_EQ(round.asked(), 0b11111u);
  EXPECT_EQ(round.times_asked(), 2u);
  EXPECT_EQ(round.started_ticks_ago(), 11u);
  EXPECT_EQ(round.asked_ticks_ago(), 1u);
  EXPECT_TRUE(round.own_vote_durable());
  for (const int from : {1, 3}) {
    pb::PreAcceptOk vote;
    ToProto(id, vote.mutable_id());
    for (int i = 0; i < 5; ++i) vote.add_deps(i == 2 ? 7 : 0);
    EXPECT_TRUE(coordinator_.OnPreAcceptOk(Member(from), vote).ok());
  }
  round = View(id, /*later=*/3).round();
  EXPECT_EQ(round.ShortDebugString(),
            "accepting: true asked: 31 answered: 11 matching: 1 accepted: 1 needed: 3 "
            "started_ticks_ago: 13 accepting_ticks_ago: 3 asked_ticks_ago: 3 times_asked: 1 "
            "resend_in_ticks: 7");
}

TEST_F(ExplainTest, FollowsWhatMustComeBeforeToTheObstacle) {
  PreAccepted(At(1, 1));
  CommittedAfter(At(2, 1), {0, 1, 0, 0, 0});
  CommittedAfter(At(3, 1), {0, 1, 1, 0, 0});
  EXPECT_EQ(TreeOf(At(3, 1)), "3.1[1.1 2.1[1.1]]");
  EXPECT_EQ(TreeOf(At(1, 1)), "1.1");
}

TEST_F(ExplainTest, UnknownInstancesStandInTheWayWhateverTheirKeys) {
  PreAccepted(At(1, 1));
  CommittedAfter(At(3, 1), {0, 1, 4, 0, 0});
  EXPECT_EQ(TreeOf(At(3, 1)), "3.1[unknown 2.1 1.1]");
  Executed(At(2, 1), "other");
  EXPECT_EQ(TreeOf(At(3, 1)), "3.1[unknown 2.2 1.1]");
}

TEST_F(ExplainTest, WhatIsExecutedOrNoopOrTouchesOtherKeysIsNotInTheWay) {
  Executed(At(1, 1));
  Committed(At(1, 2)).value = Value::kNoop;
  PreAccepted(At(1, 3), "other");
  CommittedAfter(At(3, 1), {0, 3, 0, 0, 0});
  EXPECT_EQ(TreeOf(At(3, 1)), "3.1");
  EXPECT_EQ(TreeOf(At(1, 1)), "1.1");
}

TEST_F(ExplainTest, ACycleIsShownOnce) {
  CommittedAfter(At(1, 1), {0, 0, 1, 1, 0});
  CommittedAfter(At(2, 1), {0, 1, 0, 0, 0});
  PreAccepted(At(3, 1));
  EXPECT_EQ(TreeOf(At(1, 1)), "1.1[3.1 2.1[1.1^]]");
}

TEST_F(ExplainTest, TreesAreCutAndSayHowMuchIsMissing) {
  for (Slot slot = 1; slot <= 100; ++slot) PreAccepted(At(1, slot));
  CommittedAfter(At(2, 1), {0, 100, 0, 0, 0});
  const pb::InstanceView wide = View(At(2, 1));
  EXPECT_EQ(wide.before_size(), kExplainInstancesMax - 1);
  EXPECT_EQ(wide.before_left_out(), 100u - kExplainInstancesMax + 1);
}

TEST_F(ExplainTest, OnlyTheLatestEntriesOfALongHistoryAreLookedAt) {
  const Slot count = kExplainEntriesMax + 10;
  for (Slot slot = 1; slot <= count; ++slot) PreAccepted(At(1, slot));
  CommittedAfter(At(2, 1), {0, count, 0, 0, 0});
  pb::InstanceView view = View(At(2, 1));
  EXPECT_TRUE(view.cut());
  EXPECT_EQ(FromProto(view.before(0).id()), At(1, 11));
  CommittedAfter(At(2, 2), {0, 10, 0, 0, 0});
  view = View(At(2, 2));
  EXPECT_FALSE(view.cut());
  EXPECT_EQ(view.before_size(), 10);
}

TEST_F(ExplainTest, AChainIsFollowedToItsGreatestDepth) {
  // Each with a key of its own that it shares with the next one only.
  const auto key = [](int i) { return "k" + std::to_string(i); };
  for (int i = 0; i < 40; ++i) {
    const InstanceId id = At(3, static_cast<Slot>(i) + 1);
    Instance& instance = state_.space.GetOrCreate(id);
    state_.SetPayload(id, instance, *ParsePayload(Put(key(i)) + Put(key(i + 1)), id, 0));
    instance.phase = Phase::kCommitted;
    instance.value = Value::kPayload;
    instance.deps = MakeDeps({0, 0, 0, id.slot - 1, 0});
    state_.space.Advance(id.coordinator);
  }
  const pb::InstanceView top = View(At(3, 40));
  const pb::InstanceView* view = &top;
  int depth = 1;
  for (; !view->before().empty(); view = &view->before(0)) ++depth;
  EXPECT_EQ(depth, kExplainDepthMax);
  EXPECT_EQ(view->before_left_out(), 1u);
  EXPECT_EQ(FromProto(view->id()), At(3, 40 - kExplainDepthMax + 1));
}

TEST_F(ExplainTest, OfAKeyTheUnexecutedComeFirstAndTheRestLatestFirst) {
  EXPECT_EQ(Latest("k"), "+0");
  Executed(At(1, 1));
  Executed(At(1, 2));
  Executed(At(2, 1));
  PreAccepted(At(1, 3), "other");
  PreAccepted(At(1, 4));
  CommittedAfter(At(2, 2), {0, 4, 0, 0, 0});
  EXPECT_EQ(Latest("k"), "2.2[1.4] 1.4 1.2 2.1 1.1 +0");
  EXPECT_EQ(Latest("other"), "1.3 +0");
  for (Slot slot = 1; slot <= 10; ++slot) Executed(At(4, slot));
  EXPECT_EQ(Latest("k"), "2.2[1.4] 1.4 4.10 4.9 4.8 4.7 4.6 4.5 +7");
}

TEST_F(ExplainTest, WhatIsCollectedWasExecutedAndHasNoDetails) {
  Executed(At(1, 1));
  Executed(At(1, 2));
  state_.space.FreeNext(Member(1));
  state_.everywhere = MakeDeps({0, 1, 0, 0, 0});
  EXPECT_EQ(View(At(1, 1)).ShortDebugString(),
            "id { coordinator: 1 slot: 1 } mentioned: true phase: INSTANCE_PHASE_COMMITTED "
            "executed: true collected: true");
  EXPECT_FALSE(View(At(1, 2)).collected());
  EXPECT_EQ(Latest("k"), "1.2 1.1 +0") << "the index knows it still";
}

}  // namespace
}  // namespace althing
