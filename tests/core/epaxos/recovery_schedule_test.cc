#include <algorithm>

#include "gtest/gtest.h"
#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/validate.h"
#include "tests/core/epaxos/recovery_fixture.h"

namespace althing {
namespace {

class RecoveryScheduleTest : public RecoveryFixture {
 protected:
  // When the next attempt begins, in ticks from now.
  uint64_t Pause(InstanceId id) const {
    pb::RecoveryView view;
    EXPECT_TRUE(recovery_.Describe(id, state_.now, view));
    return view.start_in_ticks();
  }
  // Somebody has joined a higher ballot than the attempt's.
  void Refuse(InstanceId id, Ballot ballot) {
    pb::Nack nack;
    ToProto(id, nack.mutable_id());
    nack.set_ballot(ballot);
    recovery_.OnNack(nack);
  }
  void UntilStarted() {
    for (const size_t before = Started(); Started() == before;) UntilNextTick();
    Sends();
  }
  // How often the instance has been taken up.
  size_t Started() const {
    return static_cast<size_t>(
        std::count_if(output_.events.begin(), output_.events.end(),
                      [](const Event& e) { return e.kind == Event::Kind::kRecoveryStarted; }));
  }
};

TEST_F(RecoveryScheduleTest, ThePauseIsRandomAndGrowsToItsBound) {
  const uint64_t first = 2 * state_.options.recover_ticks;
  const uint64_t bound = 16 * state_.options.recover_ticks;
  uint64_t longest_first = 0, longest = 0, shortest = bound;
  for (int round = 0; round < 40; ++round) {
    const InstanceId id = At(3, static_cast<Slot>(round + 1));
    recovery_.Want(id, 0);
    for (int attempt = 0; attempt < 12; ++attempt) {
      UntilStarted();
      Refuse(id, state_.space.Find(id)->ballot + 1);
      const uint64_t pause = Pause(id);
      if (attempt == 0) longest_first = std::max(longest_first, pause);
      longest = std::max(longest, pause);
      shortest = std::min(shortest, pause);
    }
    state_.space.GetOrCreate(id).phase = Phase::kCommitted;
    recovery_.OnCommitted(id);
  }
  EXPECT_LE(longest_first, first);
  EXPECT_GT(longest_first, first / 2);
  EXPECT_LE(longest, bound);
  EXPECT_GT(longest, bound / 2);
  EXPECT_LT(shortest, first / 4) << "no jitter: the pause is the same for all";
}

TEST_F(RecoveryScheduleTest, NothingBeginsWithoutAQuorum) {
  const MemberSet all = state_.reachable;
  state_.reachable = MemberSet(3);
  recovery_.Want(id_, 0);
  for (int i = 0; i < 10; ++i) UntilNextTick();
  EXPECT_EQ(Started(), 0u);
  state_.reachable = all;
  UntilNextTick();
  EXPECT_EQ(Started(), 1u);
}

TEST_F(RecoveryScheduleTest, TheNextBallotIsAboveTheOneThatANackTold) {
  Start();
  Nack(38);
  while (Started() < 2) UntilNextTick();
  EXPECT_EQ(Sends(), "to {1 2 3 4} after 2: recover { 4.1 ballot: 40 }\n");
}

TEST_F(RecoveryScheduleTest, ANackAboveAllBallotsIsNotBelieved) {
  Start();
  // Of five members' ballots the next of this one's is above the highest.
  for (const Ballot lie : {kBallotMax, kBallotMax - 1, kBallotMax - 3}) Nack(lie);
  Hear(1, Nothing());
  Hear(2, Nothing());
  EXPECT_EQ(Sends(), kNoop) << "the attempt goes on";
  Nack(kBallotMax - 4);
  UntilStarted();
  EXPECT_LE(state_.space.Find(id_)->ballot, kBallotMax);
}

TEST_F(RecoveryScheduleTest, WhereNoBallotIsLeftNoneIsTaken) {
  state_.space.GetOrCreate(id_).ballot = kBallotMax;
  recovery_.Want(id_, 0);
  UntilNextTick();
  EXPECT_EQ(Sends(), "");
  EXPECT_EQ(recovery_.size(), 0u);
}

TEST_F(RecoveryScheduleTest, WhoHearsThatAnotherRecoversItWaits) {
  recovery_.Want(id_, 5);
  state_.space.GetOrCreate(id_).ballot = 7;
  recovery_.OnJoined(id_);
  state_.now.value += 5;
  recovery_.OnTick();
  EXPECT_EQ(Sends(), "");
  EXPECT_GE(Pause(id_), state_.options.recover_ticks / 2 - 5);
  EXPECT_LE(Pause(id_), state_.options.recover_ticks * 3 / 2);
  while (Started() == 0) UntilNextTick();
  EXPECT_EQ(Sends(), "to {1 2 3 4} after 1: recover { 4.1 ballot: 10 }\n");
}

TEST_F(RecoveryScheduleTest, WhoIsToRecoverItTooDoesNotHurryThen) {
  recovery_.Want(id_, 5);
  state_.space.GetOrCreate(id_).ballot = 7;
  recovery_.OnJoined(id_);
  recovery_.Want(id_, 1);
  EXPECT_GE(Pause(id_), state_.options.recover_ticks / 2);
}

// A restarted replica wants its own old instances at each turn.
TEST_F(RecoveryScheduleTest, WhoWantsItAgainDoesNotCutTheTimeOfWhoBeganBefore) {
  state_.space.GetOrCreate(id_).ballot = 7;
  recovery_.Want(id_, 0);
  const uint64_t pause = Pause(id_);
  EXPECT_GE(pause, state_.options.recover_ticks / 2);
  recovery_.Want(id_, 0);
  EXPECT_EQ(Pause(id_), pause);
}

// Its own promise of an earlier run, or of an attempt that made place for others.
TEST_F(RecoveryScheduleTest, AnOwnBallotIsNobodyElsesAttempt) {
  state_.space.GetOrCreate(id_).ballot = 10;
  recovery_.Want(id_, 0);
  EXPECT_EQ(Pause(id_), 0u);
}

TEST_F(RecoveryScheduleTest, WhatWaitsForTheDiskIsNotRepeated) {
  Start(false);
  const LogicalTime end{state_.now.value + 3 * state_.options.resend_ticks};
  while (recovery_.next_tick() <= end) UntilNextTick();
  EXPECT_EQ(Sends(), "");
  Flush();
  UntilNextTick();
  EXPECT_EQ(Sends(), "to {1 2 3 4} after 1: recover { 4.1 ballot: 5 }\n");
}

TEST_F(RecoveryScheduleTest, WhereStepsTakeLongTheyHaveMoreTimeAndFewerRepetitions) {
  constexpr uint64_t kAnswersTake = 70;
  const auto started = [this](InstanceId id) {
    recovery_.Want(id, 0);
    UntilStarted();
    Flush();
    return state_.now.value;
  };
  const uint64_t quick = started(At(3, 1));
  UntilNextTick();
  EXPECT_EQ(state_.now.value - quick, state_.options.resend_ticks);
  state_.now.value = quick + kAnswersTake;
  Refuse(At(3, 1), state_.space.Find(At(3, 1))->ballot + 1);
  state_.space.GetOrCreate(At(3, 1)).phase = Phase::kCommitted;
  recovery_.OnCommitted(At(3, 1));

  const uint64_t slow = started(At(3, 2));
  pb::RecoveryView view;
  ASSERT_TRUE(recovery_.Describe(At(3, 2), state_.now, view));
  EXPECT_GT(view.give_up_in_ticks(), 8 * state_.options.resend_ticks);
  UntilNextTick();
  EXPECT_GT(state_.now.value - slow, kAnswersTake / 2);
  EXPECT_LE(state_.now.value - slow, kAnswersTake);
}

// Only a step that came to its end says that they are quick again.
TEST_F(RecoveryScheduleTest, AStepThatIsCutShortDoesNotSayThatStepsAreShort) {
  constexpr uint64_t kAnswersTake = 70;
  recovery_.Want(At(3, 1), 0);
  UntilStarted();
  state_.now.value += kAnswersTake;
  Refuse(At(3, 1), state_.space.Find(At(3, 1))->ballot + 1);
  for (Slot slot = 2; slot < 20; ++slot) {
    recovery_.Want(At(3, slot), 0);
    UntilStarted();
    Refuse(At(3, slot), state_.space.Find(At(3, slot))->ballot + 1);
  }
  EXPECT_GT(recovery_.attempt_ticks(), 2 * kAnswersTake);
}

TEST_F(RecoveryScheduleTest, AStepThatIsGivenUpTookSoLong) {
  recovery_.Want(At(3, 1), 0);
  UntilStarted();
  for (const size_t before = Started(); Started() == before;) UntilNextTick();
  EXPECT_GE(recovery_.attempt_ticks(), 3 * 8 * state_.options.resend_ticks / 2);
}

TEST_F(RecoveryScheduleTest, AStepThatIsGivenUpWithoutAQuorumSaysNothing) {
  recovery_.Want(At(3, 1), 0);
  UntilStarted();
  const uint64_t before = recovery_.attempt_ticks();
  state_.reachable = MemberSet(3);
  for (int i = 0; i < 40; ++i) UntilNextTick();
  EXPECT_LE(recovery_.attempt_ticks(), before);
}

TEST_F(RecoveryScheduleTest, WhatWasMeasuredIsForgottenWithTime) {
  constexpr uint64_t kAnswersTake = 70;
  recovery_.Want(At(3, 1), 0);
  UntilStarted();
  state_.now.value += kAnswersTake;
  Refuse(At(3, 1), state_.space.Find(At(3, 1))->ballot + 1);
  EXPECT_EQ(recovery_.attempt_ticks(), 3 * kAnswersTake);
  state_.now.value += 8 * kAnswersTake;
  EXPECT_EQ(recovery_.attempt_ticks(), 3 * kAnswersTake / 2);
  state_.now.value += 8 * kAnswersTake;
  EXPECT_EQ(recovery_.attempt_ticks(), 0u);
}

// Else they overrule each other for ever where answers take longer than the pauses.
TEST_F(RecoveryScheduleTest, WhereAttemptsTakeLongOthersGetMoreTime) {
  constexpr uint64_t kAnswersTake = 70;
  recovery_.Want(At(3, 1), 0);
  UntilStarted();
  state_.now.value += kAnswersTake;
  Refuse(At(3, 1), state_.space.Find(At(3, 1))->ballot + 1);

  const InstanceId id = At(3, 2);
  state_.space.GetOrCreate(id).ballot = 7;
  recovery_.Want(id, 1);
  EXPECT_GE(Pause(id), kAnswersTake) << "somebody tried before it was wanted here";
  uint64_t longest = 0;
  for (Ballot ballot = 12; ballot < 72; ballot += 5) {
    state_.space.GetOrCreate(id).ballot = ballot;
    recovery_.OnJoined(id);
    EXPECT_GE(Pause(id), kAnswersTake);
    longest = std::max(longest, Pause(id));
  }
  EXPECT_LE(longest, 9 * kAnswersTake);

  // What was measured is forgotten when answers come quickly again.
  for (Slot slot = 3; slot < 20; ++slot) {
    recovery_.Want(At(3, slot), 0);
    UntilStarted();
    state_.space.GetOrCreate(At(3, slot)).phase = Phase::kCommitted;
    recovery_.OnCommitted(At(3, slot));
  }
  state_.space.GetOrCreate(At(3, 20)).ballot = 7;
  recovery_.Want(At(3, 20), 1);
  EXPECT_LE(Pause(At(3, 20)), state_.options.recover_ticks * 3 / 2);
}

// A recovery that is waited for does not rest, however often it has failed.
TEST_F(RecoveryScheduleTest, WhatAnotherWaitsForIsHastened) {
  recovery_.Want(At(3, 1), 0);
  for (int attempt = 0; attempt < 5; ++attempt) {
    UntilStarted();
    Refuse(At(3, 1), state_.space.Find(At(3, 1))->ballot + 1);
  }
  const uint64_t pause = Pause(At(3, 1));
  ASSERT_GT(pause, state_.options.recover_ticks) << "another seed is needed";
  recovery_.Want(At(3, 1), 1);
  EXPECT_EQ(Pause(At(3, 1)), pause) << "who only wants it does not cut the pause";
  recovery_.Hasten(At(3, 1), 3);
  EXPECT_EQ(Pause(At(3, 1)), 3u);
  recovery_.Hasten(At(3, 1), 9);
  EXPECT_EQ(Pause(At(3, 1)), 3u) << "nor does it come later";
  EXPECT_LE(recovery_.next_tick().value, state_.now.value + 3);
}

TEST_F(RecoveryScheduleTest, AWaitHastensWhatItWaitsFor) {
  recovery_.Want(At(3, 1), 100'000);
  Wait();
  EXPECT_LE(Pause(At(3, 1)), state_.options.recover_ticks);
}

TEST_F(RecoveryScheduleTest, TakesOnSoManyAtATime) {
  for (Slot slot = 1; slot <= kRecoveriesMax + 10; ++slot) {
    for (int r = 4; r >= 0; --r) recovery_.Want(At(r, slot), 0);
  }
  EXPECT_EQ(recovery_.size(), kRecoveriesMax);
  state_.space.GetOrCreate(At(3, 1)).phase = Phase::kCommitted;
  recovery_.OnCommitted(At(3, 1));
  recovery_.Want(At(3, kRecoveriesMax + 1), 0);
  recovery_.Want(At(3, kRecoveriesMax + 2), 0);
  EXPECT_EQ(recovery_.size(), kRecoveriesMax);
}

// What one coordinator left may wait for instances of another.
TEST_F(RecoveryScheduleTest, NobodyTakesTheLastPlacesOfTheOthers) {
  constexpr size_t kPlaces = kRecoveriesMax - 4 * kRecoveriesKept;
  for (Slot slot = 1; slot <= kRecoveriesMax; ++slot) recovery_.Want(At(3, slot), 0);
  EXPECT_EQ(recovery_.size(), kPlaces);
  EXPECT_EQ(recovery_.room(Member(3)), 0u);
  for (const int r : {0, 1, 2, 4}) {
    EXPECT_EQ(recovery_.room(Member(r)), kRecoveriesKept) << r;
    for (Slot slot = 1; slot <= kRecoveriesMax; ++slot) recovery_.Want(At(r, slot), 0);
    EXPECT_EQ(recovery_.size(Member(r)), kRecoveriesKept) << r;
  }
  EXPECT_EQ(recovery_.size(), kRecoveriesMax);
  // What becomes free beyond that is for whoever wants it first.
  recovery_.Release(At(3, 1));
  EXPECT_EQ(recovery_.room(Member(0)), 1u);
  recovery_.Want(At(0, kRecoveriesMax), 0);
  EXPECT_EQ(recovery_.room(Member(3)), 0u);
}

// A wait that has ended hears nothing more.
TEST_F(RecoveryScheduleTest, AWaitThatIsOverIsForgotten) {
  Wait();
  Nack(8);
  Sends();
  HearWaiting(At(3, 1), 0b11111);
  Committed(At(3, 1), "k");
  recovery_.OnCommitted(At(3, 1));
  EXPECT_EQ(Sends(), "");
  EXPECT_EQ(decided_, "");
}

}  // namespace
}  // namespace althing
