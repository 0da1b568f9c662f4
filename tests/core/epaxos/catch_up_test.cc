#include "replica/core/epaxos/catch_up.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/core/epaxos/catch_up_fixture.h"

namespace althing {
namespace {

using CatchUpTest = CatchUpFixture;

TEST_F(CatchUpTest, IsSilentWhileThereIsNothingToSay) {
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever);
}

TEST_F(CatchUpTest, TellsItsOwnProgressUntilEachPeerEchoesIt) {
  Committed(At(0, 1));
  const std::string heartbeat = "heartbeat { highest_own: 1 committed_prefix_own: 1 }\n";
  EXPECT_EQ(UntilNextTick(), "to {1 2}: " + heartbeat);
  pb::HeartbeatEcho echo;
  echo.set_highest_own(1);
  echo.set_committed_prefix_own(1);
  catch_up_.OnHeartbeatEcho(Member(1), echo);
  EXPECT_EQ(UntilNextTick(), "to {2}: " + heartbeat);
  echo.set_committed_prefix_own(0);  // An echo of old news is none.
  catch_up_.OnHeartbeatEcho(Member(2), echo);
  EXPECT_EQ(UntilNextTick(), "to {2}: " + heartbeat);
  echo.set_committed_prefix_own(1);
  catch_up_.OnHeartbeatEcho(Member(2), echo);
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever);
}

TEST_F(CatchUpTest, TellsHowFarItHasExecutedUntilEachPeerEchoesIt) {
  state_.told = {MakeDeps({0, 3, 0}), MakeDeps({0, 2, 0})};
  const std::string marks =
      "applied: 0 applied: 3 applied: 0 everywhere: 0 everywhere: 2 everywhere: 0 }\n";
  EXPECT_EQ(UntilNextTick(), "to {1 2}: heartbeat { " + marks);
  pb::Heartbeat heartbeat;
  for (const Slot slot : {0, 3, 0}) heartbeat.add_applied(slot);
  for (const Slot slot : {0, 2, 0}) heartbeat.add_everywhere(slot);
  catch_up_.OnHeartbeat(Member(1), heartbeat);
  ASSERT_EQ(output_.sends.size(), 1u);
  const pb::HeartbeatEcho echo = output_.sends[0].envelope.heartbeat_echo();
  EXPECT_EQ(TakeSends(), "to {1}: heartbeat_echo { " + marks);
  catch_up_.OnHeartbeatEcho(Member(1), echo);
  EXPECT_EQ(UntilNextTick(), "to {2}: heartbeat { " + marks);
  catch_up_.OnHeartbeatEcho(Member(2), echo);
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever);
}

TEST_F(CatchUpTest, TellsOfThoseWhoCannotTellThemselves) {
  Committed(At(2, 1));
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever) << "it tells the others itself";
  state_.reachable.Remove(Member(2));
  catch_up_.OnReachable(Member(2), false);
  EXPECT_EQ(UntilNextTick(),
            "to {1}: heartbeat { seen_of_lost: 0 seen_of_lost: 0 seen_of_lost: 1 }\n");
  pb::HeartbeatEcho echo;
  for (const uint64_t slot : {0, 0, 1}) echo.add_seen_of_lost(slot);
  catch_up_.OnHeartbeatEcho(Member(1), echo);
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever);
}

TEST_F(CatchUpTest, AsksForWhatItHearsOfTheLost) {
  pb::Heartbeat heartbeat;
  for (const uint64_t slot : {0, 0, 1}) heartbeat.add_seen_of_lost(slot);
  catch_up_.OnHeartbeat(Member(1), heartbeat);
  EXPECT_EQ(TakeSends(),
            "to {1}: heartbeat_echo { seen_of_lost: 0 seen_of_lost: 0 "
            "seen_of_lost: 1 }\n");
  EXPECT_EQ(UntilNextTick(), "to {2}: fetch { ids { coordinator: 2 slot: 1 } }\n");
}

TEST_F(CatchUpTest, WhatItHearsOfTheLostIsBelievedAsFarAsWhatIsKnownReaches) {
  const auto hear = [this](Slot slot) {
    pb::Heartbeat heartbeat;
    for (const uint64_t told : {Slot{0}, Slot{0}, slot}) heartbeat.add_seen_of_lost(told);
    catch_up_.OnHeartbeat(Member(1), heartbeat);
    EXPECT_EQ(output_.sends.size(), 1u);
    const Slot echoed = output_.sends.back().envelope.heartbeat_echo().seen_of_lost(2);
    output_.sends.clear();
    EXPECT_EQ(state_.space.column(Member(2)).highest_seen, echoed);
    return echoed;
  };
  EXPECT_EQ(hear(kReachSlots), kReachSlots);
  EXPECT_EQ(hear(kReachSlots + 2), kReachSlots);
  Committed(At(2, 1));
  EXPECT_EQ(hear(kReachSlots + 2), kReachSlots + 1);
  Committed(At(2, 2));
  EXPECT_EQ(hear(kReachSlots + 2), kReachSlots + 2);
}

TEST_F(CatchUpTest, TellsAPeerThatComesBackEverythingAnew) {
  Committed(At(0, 1));
  pb::HeartbeatEcho echo;
  echo.set_highest_own(1);
  echo.set_committed_prefix_own(1);
  for (int m = 1; m < 3; ++m) catch_up_.OnHeartbeatEcho(Member(m), echo);
  catch_up_.OnReachable(Member(2), true);
  EXPECT_EQ(UntilNextTick(), "to {2}: heartbeat { highest_own: 1 committed_prefix_own: 1 }\n");
}

TEST_F(CatchUpTest, FetchesWhatItNeverSawAndProbesWhatIsUndecided) {
  PreAccepted(At(1, 1));
  Mention(At(1, 2));
  EXPECT_EQ(UntilNextTick(),
            "to {1}: fetch { ids { coordinator: 1 slot: 2 } }\n"
            "to {1}: probe { ids { coordinator: 1 slot: 1 } }\n");
}

TEST_F(CatchUpTest, ManyUndecidedInstancesDoNotHideAnUnknownOne) {
  for (Slot slot = 1; slot <= 300; ++slot) PreAccepted(At(1, slot));
  Mention(At(1, 301));
  EXPECT_THAT(UntilNextTick(), testing::HasSubstr("fetch { ids { coordinator: 1 slot: 301 } }"));
}

TEST_F(CatchUpTest, AsksEverybodyWhenTheCoordinatorIsSilentOrAway) {
  Mention(At(1, 1));
  const std::string fetch = "fetch { ids { coordinator: 1 slot: 1 } }\n";
  EXPECT_EQ(UntilNextTick(), "to {1}: " + fetch);
  EXPECT_EQ(UntilNextTick(), "to {1 2}: " + fetch);
  state_.reachable = state_.reachable - MemberSet::Of(Member(1));
  EXPECT_THAT(UntilNextTick() + UntilNextTick(), testing::HasSubstr("to {2}: " + fetch));
}

TEST_F(CatchUpTest, WhatItKnowsItDoesNotFetch) {
  PreAccepted(At(1, 1));
  state_.SetPayload(At(1, 2), state_.space.GetOrCreate(At(1, 2)), *ParsePayload(Put("k"), {}, 0));
  Mention(At(1, 2));
  const std::string voted = "probe { ids { coordinator: 1 slot: 1 } }\n";
  const std::string unvoted = "probe { ids { coordinator: 1 slot: 2 } with_payload: true }\n";
  EXPECT_EQ(UntilNextTick(), "to {1}: " + voted + "to {1}: " + unvoted);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(UntilNextTick(), "to {1 2}: " + voted + "to {1 2}: " + unvoted) << i;
  }
}

TEST_F(CatchUpTest, ACoordinatorThatIsAtWorkForEverIsAskedInItsTime) {
  PreAccepted(At(1, 1));
  pb::ProbeReply reply;
  reply.add_in_progress()->set_slot(1);
  reply.mutable_in_progress(0)->set_coordinator(1);
  for (int i = 0; i < 40; ++i) {
    UntilNextTick();
    catch_up_.OnProbeReply(Member(1), reply);
    catch_up_.Refresh();
    EXPECT_GT(catch_up_.next_tick(), state_.now) << i << ": asked again at once, for ever";
  }
}

TEST_F(CatchUpTest, ACoordinatorAtWorkIsGivenTime) {
  PreAccepted(At(1, 1));
  UntilNextTick();
  pb::ProbeReply reply;
  reply.add_in_progress()->set_slot(1);
  catch_up_.OnProbeReply(Member(1), reply);
  EXPECT_EQ(UntilNextTick(), "to {1}: probe { ids { coordinator: 1 slot: 1 } }\n");
}

// Member 0 of five, whose turn to recover what 3 coordinates comes behind 4's.
class TurnToRecoverTest : public StateFixture {
 protected:
  static constexpr uint64_t kWait = 30, kStep = 11;
  TurnToRecoverTest()
      : StateFixture(5),
        coordinator_(state_, [](InstanceId, Instance&, Event::Kind) {}),
        catch_up_(state_, coordinator_, recovery_) {
    EXPECT_EQ(state_.options.recover_ticks, kWait);
  }

  void Away(int m) {
    state_.reachable.Remove(Member(m));
    catch_up_.OnReachable(Member(m), false);
  }
  // How long it is until a recovery is wanted.
  uint64_t Ticks() {
    const uint64_t begin = state_.now.value;
    for (catch_up_.Refresh(); recovery_.size() == 0; catch_up_.Refresh()) {
      EXPECT_NE(catch_up_.next_tick(), kNever);
      state_.now = catch_up_.next_tick();
      catch_up_.OnTick();
    }
    return state_.now.value - begin;
  }
  // Lets so much time pass.
  void Pass(uint64_t ticks) {
    const LogicalTime end{state_.now.value + ticks};
    for (catch_up_.Refresh(); catch_up_.next_tick() <= end; catch_up_.Refresh()) {
      state_.now = catch_up_.next_tick();
      catch_up_.OnTick();
    }
    state_.now = end;
  }
  void Mention(InstanceId id) { state_.space.Saw(id.coordinator, id.slot); }
  // Something decided cannot run before 3.1 is.
  void Block() {
    PreAccepted(At(3, 1));
    Instance& blocked = Committed(At(1, 1));
    blocked.deps = MakeDeps({0, 0, 0, 1, 0});
    state_.graph.OnCommitted(At(1, 1));
    DependencyGraph::Stats stats;
    ASSERT_TRUE(state_.graph.Run(
        1000, [](InstanceId, Instance&) {}, stats));
  }
  // The first step of an attempt takes so long, and then somebody overrules it.
  void TakesLong(InstanceId id, uint64_t ticks) {
    recovery_.Want(id, 0);
    recovery_.OnTick();
    state_.now.value += ticks;
    pb::Nack nack;
    ToProto(id, nack.mutable_id());
    nack.set_ballot(state_.space.Find(id)->ballot + 1);
    recovery_.OnNack(nack);
  }
  void Decide(InstanceId id) {
    state_.space.Find(id)->phase = Phase::kCommitted;
    recovery_.OnCommitted(id);
    state_.space.Advance(id.coordinator);
  }

  Coordinator coordinator_;
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [](InstanceId) { return false; },
                     [](InstanceId, Instance&) {}};
  CatchUp catch_up_;
};

TEST_F(TurnToRecoverTest, TheCoordinatorIsAskedBefore) {
  PreAccepted(At(3, 1));
  Ticks();
  EXPECT_THAT(TakeSends(),
              testing::StartsWith("to {3}: probe { ids { coordinator: 3 slot: 1 } }\n"));
}

TEST_F(TurnToRecoverTest, EachWhoIsBeforeItOnTheRingAndCanBeReachedGoesFirst) {
  PreAccepted(At(3, 1));
  EXPECT_EQ(Ticks(), kWait + 2 * kStep);
}

TEST_F(TurnToRecoverTest, WhoCannotBeReachedDoesNotCount) {
  PreAccepted(At(3, 1));
  Away(3);
  EXPECT_EQ(Ticks(), kWait + kStep);
}

TEST_F(TurnToRecoverTest, TheFirstWhoIsLeftGoesAtOnce) {
  PreAccepted(At(3, 1));
  Away(3);
  Away(4);
  EXPECT_EQ(Ticks(), kWait);
}

TEST_F(TurnToRecoverTest, WhoseExecutionStandsStillGoesWithTheFirst) {
  Block();
  Away(3);
  EXPECT_EQ(Ticks(), kWait);
}

TEST_F(TurnToRecoverTest, ThatCoordinatorsWhoCanBeReachedAreSparedHolds) {
  Block();
  EXPECT_EQ(Ticks(), kWait + kStep);
}

TEST_F(TurnToRecoverTest, ThatACoordinatorIsLostIsNoReasonToWaitLonger) {
  PreAccepted(At(3, 1));
  catch_up_.Refresh();
  state_.now.value += kWait;
  catch_up_.OnTick();
  ASSERT_EQ(recovery_.size(), 0u);
  Away(3);
  EXPECT_EQ(Ticks(), kStep);
}

TEST_F(TurnToRecoverTest, ADeadCoordinatorsInstancesFollowEachOtherAsRoomComes) {
  constexpr Slot kLeft = 3000, kPlaces = kRecoveriesMax - 4 * kRecoveriesKept;
  for (Slot slot = 1; slot <= kLeft; ++slot) PreAccepted(At(3, slot));
  Away(3);
  Ticks();
  EXPECT_EQ(recovery_.size(), kPlaces);
  for (Slot slot = 1; slot < kPlaces / 2; ++slot) Decide(At(3, slot));
  catch_up_.Refresh();
  EXPECT_GT(catch_up_.next_tick().value, state_.now.value + 1) << "there is too little room";
  Decide(At(3, kPlaces / 2));
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick().value, state_.now.value + 1);
  state_.now = catch_up_.next_tick();
  catch_up_.OnTick();
  EXPECT_EQ(recovery_.size(), kPlaces);
}

// Others may reach the coordinator that is lost here, and it goes on.
TEST_F(TurnToRecoverTest, WhatIsHeardOfWhileItIsRecoveredHasPatienceOfItsOwn) {
  for (Slot slot = 1; slot <= 3; ++slot) PreAccepted(At(3, slot));
  Away(3);
  Ticks();
  ASSERT_EQ(recovery_.size(), 3u);
  Decide(At(3, 1));
  Mention(At(3, 9));
  PreAccepted(At(3, 4));
  Pass(3);  // It looks again, and finds no more to recover.
  EXPECT_EQ(recovery_.size(), 2u);
  Decide(At(3, 2));
  Decide(At(3, 3));
  EXPECT_EQ(Ticks(), kWait + kStep);
  EXPECT_EQ(recovery_.size(), 6u);
}

// ... but not for ever, though something before it never ends.
TEST_F(TurnToRecoverTest, WhatIsHeardOfLaterIsRecoveredInItsTimeThoughWhatWasThereStandsStill) {
  PreAccepted(At(3, 1));
  Away(3);
  Ticks();
  Mention(At(3, 5));
  Pass(kWait - 1);
  EXPECT_EQ(recovery_.size(), 1u);
  Pass(kWait + 2);
  EXPECT_EQ(recovery_.size(), 5u);
}

TEST_F(TurnToRecoverTest, ACoordinatorWhoComesBackIsSparedAgain) {
  for (Slot slot = 1; slot <= 3000; ++slot) PreAccepted(At(3, slot));
  Away(3);
  Ticks();
  state_.reachable.Add(Member(3));
  catch_up_.OnReachable(Member(3), true);
  catch_up_.OnTick();
  for (Slot slot = 1; slot <= kRecoveriesMax; ++slot) Decide(At(3, slot));
  EXPECT_EQ(Ticks(), kWait + 2 * kStep);
}

TEST_F(TurnToRecoverTest, ItIsSparedAgainThoughWhatMovedWasRecovered) {
  for (Slot slot = 1; slot <= 3000; ++slot) PreAccepted(At(3, slot));
  const auto back = [&] {
    state_.reachable.Add(Member(3));
    catch_up_.OnReachable(Member(3), true);
    catch_up_.OnTick();
  };
  catch_up_.Refresh();
  back();
  Away(3);
  Ticks();
  for (Slot slot = 1; slot <= kRecoveriesMax; ++slot) Decide(At(3, slot));
  catch_up_.Refresh();
  back();
  EXPECT_EQ(Ticks(), kWait + 2 * kStep);
}

// A question may be a Fetch and two Probes, and each of them is answered.
TEST_F(TurnToRecoverTest, SeveralAnswersToOneQuestionTakePatienceOnce) {
  const auto until_recovered = [&](Slot slot, int answers) {
    PreAccepted(At(3, slot));
    pb::ProbeReply at_work;
    ToProto(At(3, slot), at_work.add_in_progress());
    const uint64_t begin = state_.now.value;
    for (catch_up_.Refresh(); recovery_.size() == 0; catch_up_.Refresh()) {
      state_.now = catch_up_.next_tick();
      catch_up_.OnTick();
      for (int i = 0; i < answers && recovery_.size() == 0; ++i) {
        catch_up_.OnProbeReply(Member(3), at_work);
      }
    }
    const uint64_t ticks = state_.now.value - begin;
    Decide(At(3, slot));
    catch_up_.Refresh();
    return ticks;
  };
  uint64_t once = 0, thrice = 0;  // The time between questions is random.
  for (Slot slot = 1; slot <= 40; slot += 2) {
    once += until_recovered(slot, 1);
    thrice += until_recovered(slot + 1, 3);
  }
  EXPECT_GT(once, 20 * 3 * kWait) << "no patience at all";
  EXPECT_NEAR(static_cast<double>(thrice), static_cast<double>(once),
              static_cast<double>(once) / 10);
}

// As one does that crashes again and again, sooner than the others are used to wait.
TEST_F(TurnToRecoverTest, ACoordinatorWhoComesBackForEverIsSparedOnceAsLongAsNothingMoves) {
  for (Slot slot = 1; slot <= 2; ++slot) PreAccepted(At(3, slot));
  pb::ProbeReply at_work;
  ToProto(At(3, 1), at_work.add_in_progress());
  // Until its instances are recovered, though it is back every half of the wait.
  const auto restless = [&] {
    const uint64_t begin = state_.now.value;
    for (int i = 0; i < 40 && recovery_.size() == 0; ++i) {
      Away(3);
      Pass(2);
      state_.reachable.Add(Member(3));
      catch_up_.OnReachable(Member(3), true);
      if (i < 20) catch_up_.OnProbeReply(Member(3), at_work);
      Pass(kWait / 2 - 2);
    }
    return state_.now.value - begin;
  };
  const uint64_t first = restless();
  EXPECT_EQ(recovery_.size(), 2u) << "it was spared for ever";
  EXPECT_GE(first, kWait + 2 * kStep) << "it was not spared at all";
  Decide(At(3, 1));
  recovery_.Release(At(3, 2));
  catch_up_.Refresh();
  EXPECT_GE(restless(), kWait + 2 * kStep) << "what moves is spared again";
  EXPECT_EQ(recovery_.size(), 1u);
}

TEST_F(TurnToRecoverTest, WhereAttemptsTakeLongTheOneBeforeHasTimeForOne) {
  TakesLong(At(1, 1), 70);
  ASSERT_EQ(recovery_.attempt_ticks(), 3u * 70);
  recovery_.Release(At(1, 1));
  PreAccepted(At(3, 1));
  const uint64_t ticks = Ticks();
  EXPECT_LT(ticks, kWait + 2 * 3 * 70) << "what was measured fades";
  EXPECT_GT(ticks, kWait + 3 * 70);
}

// What an attempt takes may be measured anew while instances are recovered. What it had begun to do
// it does, and does not look at the clock again and again.
TEST_F(TurnToRecoverTest, ATurnThatHasComeStays) {
  PreAccepted(At(3, 1));
  Away(3);
  Ticks();
  Mention(At(3, 2));
  state_.now.value += kStep;
  TakesLong(At(3, 1), 2 * kWait);
  for (int i = 0; i < 2; ++i) {
    catch_up_.Refresh();
    state_.now = std::max(state_.now, catch_up_.next_tick());
    catch_up_.OnTick();
    catch_up_.Refresh();
    EXPECT_GT(catch_up_.next_tick(), state_.now);
    state_.now.value += kWait;
  }
  EXPECT_EQ(recovery_.size(), 2u);
}

TEST_F(CatchUpTest, StopsAskingWhenTheGapIsClosed) {
  Mention(At(1, 1));
  UntilNextTick();
  Committed(At(1, 1));
  catch_up_.Refresh();
  EXPECT_EQ(catch_up_.next_tick(), kNever);
}

}  // namespace
}  // namespace althing
