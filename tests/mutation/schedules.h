// Scripted schedules, for what random ones do not find or find too late. Each returns what went
// wrong, or nothing; each is said to find a bug in mutations.cc. In their stories A, B, C are
// commands that all append to one key, members are numbers, and what is not named does not arrive.
#ifndef ALTHING_TESTS_MUTATION_SCHEDULES_H_
#define ALTHING_TESTS_MUTATION_SCHEDULES_H_

#include <string>

namespace althing::sim {

// ---- Deciding (schedules_deciding.cc)
std::string FourOfSevenAreNotTheFour();
std::string AnAnswerThatComesTwice();
std::string AskedAgainAfterAConflict();
std::string AnsweredBeforeAnOlderOneIsKnown();

// ---- Recovery (schedules_recovery.cc)
std::string TwoThatConflictAndBothCoordinatorsGone();
std::string TheFastQuorumMayHaveDecided();
std::string AnyFourMayHaveDecided();
std::string PromisedAgainAfterAVote();
std::string TwoVotesInTwoBallots();
std::string ADecidedNoopNotHeardOf();
std::string APendingOneOfItsFastQuorum();
std::string AskedToValidateAgainAfterTheAccept();
std::string ValidatedBeforeAConflict();
std::string TheRegistrationIsLost();
std::string AConflictDecidedWithoutIt();
std::string RecoveredWithItsCoordinator();
std::string TheCoordinatorHasPromised();
std::string OverruledByAHighBallot();

// ---- Waiting (schedules_waiting.cc)
std::string HearsWhoVotedForTheOther();
std::string HearsItsCoordinatorLate();
std::string TheOtherIsDecidedWithoutIt();

// ---- Forgetting (schedules_collection.cc)
std::string VotesOnWhatIsOlderThanItsMemory();
std::string VotesOnWhatIsOlderThanEverybodysMemory();

// ---- Starting again (schedules_restart.cc)
std::string VotesAfterItForgotItsOwn();
std::string StartsMoreThanAWindowBeforeTheDisk();
std::string TheVoteIsLost();
std::string TheDecisionIsLost();
std::string TheOwnVoteIsLost();
std::string TheAcceptedValueIsLost();
std::string ThePromiseIsLost();
std::string TheOwnAcceptedValueIsLost();
std::string TheOwnRegistrationIsLost();
std::string TheOwnVoteOfASlowRoundIsLost();
std::string HearsItsRestartedCoordinatorLate();
std::string ATieAfterAPowerCut();

}  // namespace althing::sim

#endif  // ALTHING_TESTS_MUTATION_SCHEDULES_H_
