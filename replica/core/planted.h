// Bugs that can be planted, to see that a test notices each of them.
//
// Each is a rule left out, under `if (Planted(Bug::...))` in the source that has the rule. In the
// replica nothing is ever planted and the guards are no code. A second library of the same sources,
// core_planted, has them in; only tests/mutation links it, and chooses one at a time.
#ifndef ALTHING_REPLICA_CORE_PLANTED_H_
#define ALTHING_REPLICA_CORE_PLANTED_H_

#include <cstdint>

namespace althing {

// What each leaves out is said in tests/mutation/mutations.cc.
enum class Bug : uint8_t {
  kNone,
  // Deciding
  kFastQuorumSmaller,
  kMajorityIsFast,
  kTwoFlushSmaller,
  kEqualVotesSuffice,
  kAcceptQuorumSmaller,
  kAnswersCounted,
  kVoteRecomputed,
  kCommittedNotFinal,
  kBallotZeroGoesOn,
  // What must be durable
  kOwnVoteUnflushed,
  kSlowVoteUnflushed,
  kOwnAcceptUnflushed,
  kDecidedUnflushed,
  kVoteUnflushed,
  kAcceptOkUnflushed,
  kRecoverUnflushed,
  kRecoverOkUnflushed,
  kValidateOkUnflushed,
  kProposalUnflushed,
  // Dependencies
  kNoopLeavesIndex,
  kCommittedNoopLeavesIndex,
  kOneLatestPerKey,
  kFirstKeyOnly,
  kWritesIgnoreReads,
  // Recovery
  kNoRecovery,
  kOneBallot,
  kLowestBallotAdopted,
  kCoordinatorIgnored,
  kIntactIgnored,
  kOwnVoteAdopted,
  kDesignatedIgnored,
  kTwoFlushIgnored,
  kPossibleTooStrict,
  kNoValidate,
  kValidateIgnoresPending,
  kValidateIgnoresCommitted,
  kPendingJudgedByVote,
  kValidateDoesNotRegister,
  kValidateAfterAccept,
  kPendingCoordinatorStaysIn,
  kWaitIgnoresOutcome,
  kWaitingIgnored,
  kLateAnswersIgnored,
  kLateCoordinatorDenies,
  kNoNack,
  kNoopLosesCommands,
  // Starting again
  kIntactBelowFloor,
  kFloorNotInVotes,
  kFloorNotInInitialDeps,
  kFloorWithoutWindow,
  kFirstPreAcceptNotHeld,
  kUnflushedUnbounded,
  kSlotUsedAgain,
  kBallotZeroResumed,
  kNoopsNotIndexedAgain,
  kPromiseForgotten,
  kPromiseTakenForVote,
  // Forgetting
  kLocallyExecutedCollected,
  kVolatileExecutionCounts,
  kIndexForgetsAtOnce,
  kForgottenNotInVotes,
  kTruncatedTooEarly,
  // Checkpoints
  kUndurableCheckpointCounts,
  kMarksBeforeCheckpoint,
  kForgottenUnheard,
  kCheckpointAheadOfLog,
  kSliceWithoutCopy,
  kSessionsNotInCheckpoint,
  kExecutedBeyondNotInCheckpoint,
  kOnlyVotesKeepLog,
  // Execution
  kReplyAtCommit,
  kExecuteOverUnknown,
  kComponentUnsorted,
  kCount,
};

#ifdef ALTHING_PLANTED_BUGS
inline Bug planted_bug = Bug::kNone;  // Set before any core is made.
inline bool Planted(Bug bug) { return planted_bug == bug; }
#else
constexpr bool Planted(Bug) { return false; }
#endif

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_PLANTED_H_
