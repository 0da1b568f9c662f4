#include "tests/mutation/mutations.h"

#include <algorithm>

#include "replica/core/check.h"
#include "tests/mutation/schedules.h"

namespace althing::sim {
namespace {

// Of the bugs that random schedules find, each was found by the first ten of them.
constexpr uint64_t kSeeds = 100;

// Of the bugs that worlds find, each was found by the first twenty of them.
constexpr uint64_t kWorlds = 60;
// Not found by so many, or by chance only: other changes have moved the seed beyond them.
constexpr Bug kTooRareForWorlds[] = {
    Bug::kUnflushedUnbounded,   Bug::kLowestBallotAdopted, Bug::kValidateIgnoresPending,
    Bug::kCoordinatorIgnored,   Bug::kIntactIgnored,       Bug::kDesignatedIgnored,
    Bug::kTwoFlushIgnored,      Bug::kPossibleTooStrict,   Bug::kNoNack,
    Bug::kNoopLosesCommands,    Bug::kNoValidate,          Bug::kValidateIgnoresCommitted,
    Bug::kPendingJudgedByVote,  Bug::kValidateAfterAccept, Bug::kPendingCoordinatorStaysIn,
    Bug::kWaitIgnoresOutcome,   Bug::kWaitingIgnored,      Bug::kLateAnswersIgnored,
    Bug::kIndexForgetsAtOnce,   Bug::kForgottenNotInVotes, Bug::kSlowVoteUnflushed,
    Bug::kLateCoordinatorDenies};

Mutation BySeeds(Bug bug, const std::string& name, const std::string& planted) {
  return {.bug = bug, .name = name, .planted = planted, .seeds = kSeeds};
}

Mutation InWorlds(Bug bug, const std::string& name, const std::string& planted) {
  return {.bug = bug, .name = name, .planted = planted, .worlds = kWorlds};
}

#define SCHEDULE(name) .schedule = #name, .run = name

std::vector<Mutation> Deciding() {
  return {
      BySeeds(Bug::kFastQuorumSmaller, "fast quorum one smaller", "F less any member decides"),
      {.bug = Bug::kMajorityIsFast,
       .name = "any majority is fast",
       .planted = "more than n/2 matching votes decide",
       SCHEDULE(FourOfSevenAreNotTheFour)},
      BySeeds(Bug::kTwoFlushSmaller, "two-flush quorum one smaller",
              "n-e2-1 matching votes decide"),
      BySeeds(Bug::kEqualVotesSuffice, "equal votes suffice",
              "votes that agree with each other count as matching"),
      {.bug = Bug::kAcceptQuorumSmaller,
       .name = "slow quorum one smaller",
       .planted = "n-f-1 AcceptOks decide",
       SCHEDULE(AnAnswerThatComesTwice)},
      {.bug = Bug::kAnswersCounted,
       .name = "answers counted",
       .planted = "an AcceptOk that comes twice counts twice",
       SCHEDULE(AnAnswerThatComesTwice)},
      {.bug = Bug::kVoteRecomputed,
       .name = "vote recomputed",
       .planted = "a PreAccept that comes again gets a new vote",
       SCHEDULE(AskedAgainAfterAConflict)},
      BySeeds(Bug::kCommittedNotFinal, "committed is not final",
              "a committed instance votes and accepts like any other"),
      {.bug = Bug::kBallotZeroGoesOn,
       .name = "ballot 0 goes on",
       .planted = "a coordinator that joined a higher ballot still decides in ballot 0",
       SCHEDULE(TheCoordinatorHasPromised)},
  };
}

std::vector<Mutation> Durable() {
  return {
      {.bug = Bug::kOwnVoteUnflushed,
       .name = "own vote before its flush",
       .planted = "the coordinator's own vote counts at once",
       .seeds = kSeeds,
       SCHEDULE(TheOwnVoteIsLost)},
      {.bug = Bug::kSlowVoteUnflushed,
       .name = "own vote before its flush, slow path",
       .planted = "for the slow path the coordinator's own vote counts at once",
       SCHEDULE(TheOwnVoteOfASlowRoundIsLost)},
      {.bug = Bug::kOwnAcceptUnflushed,
       .name = "own AcceptOk before its flush",
       .planted = "the proposer's own AcceptOk counts at once",
       .seeds = kSeeds,
       SCHEDULE(TheOwnAcceptedValueIsLost)},
      {.bug = Bug::kDecidedUnflushed,
       .name = "DECIDED not durable",
       .planted = "n-e2 matching votes decide without waiting for the record",
       .seeds = kSeeds,
       SCHEDULE(TheDecisionIsLost)},
      {.bug = Bug::kVoteUnflushed,
       .name = "PreAcceptOk before its flush",
       .planted = "it leaves at once",
       .seeds = kSeeds,
       SCHEDULE(TheVoteIsLost)},
      {.bug = Bug::kAcceptOkUnflushed,
       .name = "AcceptOk before its flush",
       .planted = "it leaves at once",
       .seeds = kSeeds,
       SCHEDULE(TheAcceptedValueIsLost)},
      BySeeds(Bug::kRecoverUnflushed, "Recover before the own promise is durable",
              "it leaves at once"),
      {.bug = Bug::kRecoverOkUnflushed,
       .name = "RecoverOk before its flush",
       .planted = "it leaves at once",
       .seeds = kSeeds,
       SCHEDULE(ThePromiseIsLost)},
      {.bug = Bug::kValidateOkUnflushed,
       .name = "ValidateOk before its flush",
       .planted = "it leaves at once",
       .seeds = kSeeds,
       SCHEDULE(TheRegistrationIsLost)},
      {.bug = Bug::kProposalUnflushed,
       .name = "a recoverer's Validate and Accept early",
       .planted = "they leave before its own registration and its own vote are durable",
       .seeds = kSeeds,
       SCHEDULE(TheOwnRegistrationIsLost)},
  };
}

std::vector<Mutation> Dependencies() {
  return {
      BySeeds(Bug::kNoopLeavesIndex, "noop leaves the index",
              "what is accepted or committed as a noop is forgotten by the index"),
      {.bug = Bug::kCommittedNoopLeavesIndex,
       .name = "committed noop leaves the index",
       .planted = "what is committed as a noop is forgotten by the index",
       SCHEDULE(ADecidedNoopNotHeardOf)},
      BySeeds(Bug::kOneLatestPerKey, "one latest instance per key",
              "the index tells the latest arrival only, not one per coordinator"),
      BySeeds(Bug::kFirstKeyOnly, "first raising key only",
              "the first key of a batch that raises the deps ends the search"),
      BySeeds(Bug::kWritesIgnoreReads, "writes ignore reads", "a write depends on writes only"),
  };
}

std::vector<Mutation> Recovering() {
  return {
      BySeeds(Bug::kNoRecovery, "no recovery", "nobody finishes what a coordinator left"),
      {.bug = Bug::kOneBallot,
       .name = "one ballot variable",
       .planted = "a vote passes for one of the ballot joined last before",
       SCHEDULE(PromisedAgainAfterAVote)},
      {.bug = Bug::kLowestBallotAdopted,
       .name = "lowest ballot adopted",
       .planted = "of several accepted values the oldest is proposed",
       SCHEDULE(TwoVotesInTwoBallots)},
      {.bug = Bug::kCoordinatorIgnored,
       .name = "coordinator in Q ignored",
       .planted = "its answer counts as any other's",
       SCHEDULE(RecoveredWithItsCoordinator),
       .why = "saves a round trip and a wait: what it has not decided may be proposed as well"},
      {.bug = Bug::kIntactIgnored,
       .name = "intact ignored",
       .planted = "a coordinator that has forgotten nothing counts as restarted",
       SCHEDULE(RecoveredWithItsCoordinator),
       .why = "saves a round trip and a wait; with restarts the reverse error breaks agreement"},
      BySeeds(Bug::kOwnVoteAdopted, "own vote adopted",
              "the recoverer proposes what it has pre-accepted itself"),
      {.bug = Bug::kDesignatedIgnored,
       .name = "possible() without F",
       .planted = "only n-e2 votes are taken for a possible decision",
       SCHEDULE(TheFastQuorumMayHaveDecided)},
      {.bug = Bug::kTwoFlushIgnored,
       .name = "possible() without n-e2",
       .planted = "only votes of F are taken for a possible decision",
       SCHEDULE(AnyFourMayHaveDecided)},
      {.bug = Bug::kPossibleTooStrict,
       .name = "possible() one too strict",
       .planted = "e2 members that differ exclude a decision by n-e2",
       SCHEDULE(AnyFourMayHaveDecided)},
      {.bug = Bug::kNoNack,
       .name = "no Nack",
       .planted = "who is overruled does not hear of it",
       SCHEDULE(OverruledByAHighBallot),
       .why = "attempts end by time here and go on with a higher ballot, so it is only slow: "
              "published recoverers wait for ever"},
      BySeeds(Bug::kNoopLosesCommands, "noop loses the commands",
              "commands of an own instance that ended as a noop are not proposed again"),
  };
}

std::vector<Mutation> Validating() {
  return {
      {.bug = Bug::kNoValidate,
       .name = "no Validate",
       .planted = "what may have been decided is proposed at once",
       SCHEDULE(TwoThatConflictAndBothCoordinatorsGone)},
      {.bug = Bug::kValidateIgnoresPending,
       .name = "Validate ignores the undecided",
       .planted = "only committed instances speak against it",
       SCHEDULE(TwoThatConflictAndBothCoordinatorsGone)},
      {.bug = Bug::kValidateIgnoresCommitted,
       .name = "Validate ignores the committed",
       .planted = "only undecided instances speak against it",
       SCHEDULE(AConflictDecidedWithoutIt)},
      {.bug = Bug::kPendingJudgedByVote,
       .name = "undecided judged by the vote",
       .planted = "deps of a member's own vote decide whether it speaks against",
       .why = "no schedule is known that needs it; the proof compares first proposals, and "
              "RecoveryVoterTest holds it"},
      {.bug = Bug::kValidateDoesNotRegister,
       .name = "Validate does not register",
       .planted = "the instance is not in the index of who validated it",
       SCHEDULE(ValidatedBeforeAConflict)},
      {.bug = Bug::kValidateAfterAccept,
       .name = "Validate without phase guard",
       .planted = "who has accepted since validates again when asked again",
       SCHEDULE(AskedToValidateAgainAfterTheAccept)},
      {.bug = Bug::kPendingCoordinatorStaysIn,
       .name = "coordinators of the undecided not in M",
       .planted = "they could still be of a fast quorum",
       SCHEDULE(APendingOneOfItsFastQuorum),
       .why = "without it two wait for each other until others' answers come"},
      {.bug = Bug::kWaitIgnoresOutcome,
       .name = "outcome ignored while waiting",
       .planted = "what was awaited may be committed without this one",
       SCHEDULE(TheOtherIsDecidedWithoutIt)},
      {.bug = Bug::kWaitingIgnored,
       .name = "Waiting ignored",
       .planted = "voters of what is awaited may be of a fast quorum",
       SCHEDULE(HearsWhoVotedForTheOther),
       .why = "ends a wait that else lasts until a late answer, or another attempt's quorum"},
      {.bug = Bug::kLateAnswersIgnored,
       .name = "late RecoverOk ignored",
       .planted = "while waiting, only the quorum's answers count",
       SCHEDULE(HearsItsCoordinatorLate),
       .why = "ends a wait that else lasts until another attempt's quorum"},
      {.bug = Bug::kLateCoordinatorDenies,
       .name = "late coordinator denies",
       .planted = "while waiting, a coordinator that has restarted denies what it voted for",
       SCHEDULE(HearsItsRestartedCoordinatorLate)},
  };
}

std::vector<Mutation> StartingAgain() {
  return {
      InWorlds(Bug::kIntactBelowFloor, "intact below the floor",
               "a restarted coordinator says that it has forgotten nothing"),
      {.bug = Bug::kFloorNotInVotes,
       .name = "floor not in votes",
       .planted = "votes leave out own instances that were forgotten",
       SCHEDULE(VotesAfterItForgotItsOwn)},
      InWorlds(Bug::kFloorNotInInitialDeps, "floor not in own initial deps",
               "own instances do not depend on those that were forgotten"),
      InWorlds(Bug::kFloorWithoutWindow, "floor without the window",
               "the floor is the last own slot that was recorded"),
      InWorlds(Bug::kFirstPreAcceptNotHeld, "first PreAccept not held",
               "the first of a run leaves before its record is durable"),
      {.bug = Bug::kUnflushedUnbounded,
       .name = "no bound on unflushed starts",
       .planted = "more than a window of own instances wait for the disk",
       SCHEDULE(StartsMoreThanAWindowBeforeTheDisk)},
      InWorlds(Bug::kSlotUsedAgain, "slots used again",
               "the first slot of a run is the one behind the last recorded"),
      InWorlds(Bug::kBallotZeroResumed, "ballot 0 resumed",
               "a restarted coordinator goes on where it was cut short"),
      InWorlds(Bug::kNoopsNotIndexedAgain, "noops not indexed again",
               "the index is made anew from payloads that are voted for or decided"),
      InWorlds(Bug::kPromiseForgotten, "promises not restored",
               "JOINED records are read and not taken up"),
      InWorlds(Bug::kPromiseTakenForVote, "promise restored as a vote",
               "a JOINED record moves the ballot of the accepted value"),
  };
}

std::vector<Mutation> Forgetting() {
  return {
      BySeeds(Bug::kLocallyExecutedCollected, "forgotten when executed here",
              "what a member has executed itself counts as executed by all"),
      InWorlds(Bug::kVolatileExecutionCounts, "volatile execution counts",
               "a member that executes its log again tells that it has executed for good"),
      {.bug = Bug::kIndexForgetsAtOnce,
       .name = "one watermark for both",
       .planted = "the index forgets what all have executed before all know it",
       SCHEDULE(VotesOnWhatIsOlderThanItsMemory)},
      {.bug = Bug::kForgottenNotInVotes,
       .name = "what is forgotten not in votes",
       .planted = "votes hold what the index knows, and not what it has forgotten",
       SCHEDULE(VotesOnWhatIsOlderThanEverybodysMemory)},
      BySeeds(Bug::kTruncatedTooEarly, "Truncated too early",
              "what a member has executed itself is answered as executed by all"),
  };
}

std::vector<Mutation> Checkpoints() {
  return {
      InWorlds(Bug::kUndurableCheckpointCounts, "undurable checkpoint counts",
               "what a checkpoint under way has is told as executed for good"),
      InWorlds(Bug::kMarksBeforeCheckpoint, "forgotten before the checkpoint",
               "what all have executed is called so, and forgotten, when a checkpoint begins"),
      InWorlds(Bug::kForgottenUnheard, "forgotten unheard",
               "a checkpoint forgets what all have executed, though some may not know that"),
      InWorlds(Bug::kCheckpointAheadOfLog, "checkpoint ahead of the log",
               "it becomes the current one before the records that it rests on are durable"),
      InWorlds(Bug::kSliceWithoutCopy, "slices without copies",
               "what changes while a checkpoint is taken is in it as it is then"),
      InWorlds(Bug::kSessionsNotInCheckpoint, "sessions not in the checkpoint",
               "a start knows those only that were opened since"),
      InWorlds(Bug::kExecutedBeyondNotInCheckpoint, "executed prefixes only",
               "a start executes again what was executed before an older one"),
      InWorlds(Bug::kOnlyVotesKeepLog, "only votes keep the log",
               "a part of the log goes though it has a promise, or what others may still ask for"),
  };
}

std::vector<Mutation> Executing() {
  return {
      {.bug = Bug::kReplyAtCommit,
       .name = "reply at commit",
       .planted = "a write is answered when it is committed",
       SCHEDULE(AnsweredBeforeAnOlderOneIsKnown)},
      BySeeds(Bug::kExecuteOverUnknown, "execution over unknown slots",
              "a dependency whose payload is unknown is taken for no conflict"),
      BySeeds(Bug::kComponentUnsorted, "components unsorted",
              "the members of a cycle run in the order in which the walk met them"),
  };
}

#undef SCHEDULE

std::vector<Mutation> All() {
  std::vector<Mutation> all;
  for (const auto& some : {Deciding(), Durable(), Dependencies(), Recovering(), Validating(),
                           StartingAgain(), Forgetting(), Checkpoints(), Executing()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (Mutation& mutation : all) {
    const bool rare = std::ranges::count(kTooRareForWorlds, mutation.bug) > 0;
    mutation.worlds = rare ? 0 : kWorlds;
  }
  return all;
}

}  // namespace

const std::vector<Mutation>& Mutations() {
  static const std::vector<Mutation> kAll = All();
  return kAll;
}

const Mutation& MutationOf(Bug bug) {
  for (const Mutation& mutation : Mutations()) {
    if (mutation.bug == bug) return mutation;
  }
  CHECK(false);
}

}  // namespace althing::sim
