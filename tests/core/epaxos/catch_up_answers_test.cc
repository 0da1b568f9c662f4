#include "gtest/gtest.h"
#include "replica/core/epaxos/catch_up.h"
#include "tests/core/epaxos/catch_up_fixture.h"

namespace althing {
namespace {

using CatchUpAnswersTest = CatchUpFixture;

// A payload that is known is not sent again, however often it is asked what became of it.
TEST_F(CatchUpAnswersTest, WhoeverIsAskedForAnOutcomeTellsNothingElse) {
  PreAccepted(At(1, 1));
  PreAccepted(At(1, 2));
  // As member 2 would ask it.
  pb::Probe probe;
  for (Slot slot = 1; slot <= 3; ++slot) ToProto(At(1, slot), probe.add_ids());
  catch_up_.OnProbe(Member(2), probe);
  probe.set_with_payload(true);
  catch_up_.OnProbe(Member(2), probe);
  EXPECT_EQ(TakeSends(), "");
}

TEST_F(CatchUpAnswersTest, AnOutcomeComesWithoutThePayloadToWhoHasVotedForIt) {
  Committed(At(1, 1), "a");
  Instance& noop = Committed(At(1, 2), "b");
  noop.value = Value::kNoop;
  pb::Probe probe;
  for (Slot slot = 1; slot <= 2; ++slot) ToProto(At(1, slot), probe.add_ids());
  for (const bool with_payload : {false, true}) {
    probe.set_with_payload(with_payload);
    output_.sends.clear();
    catch_up_.OnProbe(Member(2), probe);
    ASSERT_EQ(output_.sends.size(), 2u);
    const pb::Commit& commit = output_.sends[0].envelope.commit();
    EXPECT_EQ(commit.payload(), with_payload ? Put("a") : "");
    EXPECT_EQ(commit.as_pre_accepted(), !with_payload);
    EXPECT_TRUE(output_.sends[1].envelope.commit().noop());
  }
}

TEST_F(CatchUpAnswersTest, AnswersAFetchWithOutcomesPayloadsOrNothing) {
  Committed(At(1, 1), "a");
  PreAccepted(At(1, 2), "b");
  pb::Fetch fetch;
  for (Slot slot = 1; slot <= 3; ++slot) ToProto(At(1, slot), fetch.add_ids());
  catch_up_.OnFetch(Member(2), fetch);
  ASSERT_EQ(output_.sends.size(), 2u);
  EXPECT_EQ(output_.sends[0].envelope.commit().payload(), Put("a"));
  EXPECT_EQ(output_.sends[1].envelope.payload().payload(), Put("b"));
}

TEST_F(CatchUpAnswersTest, SaysOnceThatWhatIsCollectedWasExecutedByAll) {
  Committed(At(1, 3), "a");
  state_.everywhere = MakeDeps({5, 2, 0});
  state_.Saw(MakeDeps({5, 3, 0}));
  const std::string truncated = "to {2}: truncated { everywhere: 5 everywhere: 2 everywhere: 0 }\n";
  pb::Fetch fetch;
  for (Slot slot = 1; slot <= 2; ++slot) ToProto(At(1, slot), fetch.add_ids());
  catch_up_.OnFetch(Member(2), fetch);
  EXPECT_EQ(TakeSends(), truncated);
  pb::Probe probe;
  for (Slot slot = 4; slot <= 5; ++slot) ToProto(At(0, slot), probe.add_ids());
  catch_up_.OnProbe(Member(2), probe);
  EXPECT_EQ(TakeSends(), truncated) << "and not that it has given them up";
}

// With flushes in sequence nobody learns of a command before its PreAccept may leave.
class FlushesInSequenceTest : public StateFixture {
 protected:
  static CoreOptions InSequence() {
    CoreOptions options = OptionsFor(3);
    options.flushes_in_sequence = true;
    return options;
  }
  FlushesInSequenceTest() : StateFixture(InSequence()) {}
};

TEST_F(FlushesInSequenceTest, AnOwnPayloadWaitsForItsRecord) {
  Coordinator coordinator(state_, [](InstanceId, Instance&, Event::Kind) {});
  RecoveryVoter voter(state_);
  Recovery recovery(
      state_, voter, [](InstanceId) { return false; }, [](InstanceId, Instance&) {});
  CatchUp catch_up(state_, coordinator, recovery);
  PreAccepted(At(0, 1)).vote_position = LogPosition{7};
  PreAccepted(At(1, 1)).vote_position = LogPosition{8};
  pb::Fetch fetch;
  for (const int r : {0, 1}) ToProto(At(r, 1), fetch.add_ids());
  catch_up.OnFetch(Member(2), fetch);
  ASSERT_EQ(output_.sends.size(), 2u);
  EXPECT_EQ(output_.sends[0].after.value, 7u);
  EXPECT_EQ(output_.sends[1].after.value, 0u);
}

TEST_F(CatchUpAnswersTest, AnswersAProbeOfWhatItCannotTell) {
  state_.Saw(MakeDeps({9, 0, 0}));
  pb::Probe probe;
  ToProto(At(0, 9), probe.add_ids());
  ToProto(At(0, 10), probe.add_ids());  // Not used yet, so nothing is said of it.
  catch_up_.OnProbe(Member(2), probe);
  EXPECT_EQ(TakeSends(), "to {2}: probe_reply { not_mine { slot: 9 } }\n");
}

// Slots of earlier runs, used or not, which it recovers itself: the others need not.
TEST_F(CatchUpAnswersTest, OfWhatEarlierRunsLeftItSaysThatItIsAtWork) {
  state_.floors.Raise(Member(0), 3);
  state_.Saw(MakeDeps({4, 0, 0}));
  PreAccepted(At(0, 1));
  Committed(At(0, 2));
  pb::Fetch fetch;
  for (Slot slot = 1; slot <= 4; ++slot) ToProto(At(0, slot), fetch.add_ids());
  ToProto(At(1, 1), fetch.add_ids());
  catch_up_.OnFetch(Member(2), fetch);
  ASSERT_EQ(output_.sends.size(), 3u);
  EXPECT_TRUE(output_.sends[0].envelope.has_payload());
  EXPECT_TRUE(output_.sends[1].envelope.has_commit());
  EXPECT_EQ(output_.sends[2].envelope.ShortDebugString(),
            "probe_reply { in_progress { slot: 1 } in_progress { slot: 3 } }");
  output_.sends.clear();
  pb::Probe probe;
  for (const Slot slot : {1, 3, 4}) ToProto(At(0, slot), probe.add_ids());
  catch_up_.OnProbe(Member(2), probe);
  EXPECT_EQ(TakeSends(),
            "to {2}: probe_reply { in_progress { slot: 1 } in_progress { slot: 3 } not_mine { "
            "slot: 4 } }\n");
  // It could not end what it begins.
  state_.reachable = MemberSet::Of(Member(0));
  catch_up_.OnProbe(Member(2), probe);
  EXPECT_EQ(TakeSends(),
            "to {2}: probe_reply { not_mine { slot: 1 } not_mine { slot: 3 } not_mine { slot: 4 } "
            "}\n");
  catch_up_.OnFetch(Member(2), fetch);
  EXPECT_EQ(output_.sends.size(), 2u);
}

}  // namespace
}  // namespace althing
