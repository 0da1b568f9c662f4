// What must hold in a cluster whatever happens to it, checked while it happens: an observer that is
// told of every record, message and execution of every replica, and knows nothing of how the core
// came to them. Source: docs/protocol.md, 1 to 5, 8.
#ifndef ALTHING_TESTS_SIM_INVARIANTS_H_
#define ALTHING_TESTS_SIM_INVARIANTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pb/checkpoint.pb.h"
#include "pb/peer.pb.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
#include "replica/core/quorum.h"
#include "replica/core/request_batch.h"

namespace althing::sim {

// One partition. Checks, each named by its word in the violation:
//   agreement    all outcomes of an instance are equal, in records and in Commits that are sent
//   validity     an instance has one payload and one set of initial deps: those of its coordinator
//   chosen       an outcome is backed: by n-f durable accepts in one ballot, by the durable votes
//   of
//                F, or by n-e2 of them and a durable DECIDED; and no later Accept says otherwise
//   visibility   of two conflicting committed instances one depends on the other; or all members
//                have told that they have applied the one before anybody committed the other
//   deps         of an outcome and a vote: at least the initial ones, below the own slot
//   ballots      never go back; one value for each ballot; sent by their owners; no vote in a lower
//                ballot than was joined; answers tell what was held when the ballot was joined
//   durable      nothing is sent before the record that it rests on is durable
//   order        conflicting instances execute in the same order everywhere, once in a run, when
//                committed, after what they depend on (but for members of one cycle)
//   real time    what was executed anywhere before an instance began executes before it everywhere
//   slots        a slot that its coordinator has told anyone of, in whatever message, belongs to
//   one
//                payload for ever, also if the record of it was lost; the floor covers it
//   floor        votes of a member depend on its floor
//   collected    a member tells to have applied what it has executed, and, if it can start again,
//                what its checkpoint has; to be applied everywhere what all have told to have
//                applied, and its checkpoint says as well; and writes no record of that any more
//   checkpoint   what it says to be executed is executed, with an outcome in the durable log; of
//                what the log does not have any more all is executed
//   forgotten    what a member has said of votes, promises and registrations is in its log when it
//                was cut short
//
// A member that was cut short is from then on what its log says: OnCrash takes back the rest. What
// it has told others is not taken back, and what was decided stays decided.
class Invariants {
 public:
  // Records of other partitions are none of its business.
  Invariants(const Quorums& quorums, uint64_t hash_seed, uint32_t partition = 0);

  void OnRecord(MemberIndex at, const pb::Record& record);
  void OnDurable(MemberIndex at, const pb::Record& record);
  void OnSent(MemberIndex from, const pb::Envelope& envelope);
  void OnExecuted(MemberIndex at, InstanceId id);
  // The checkpoint, of all partitions, is what the member starts from if it is cut short.
  void OnCheckpoint(MemberIndex at, const std::vector<pb::CheckpointPiece>& checkpoint);
  // The member has stopped, in whatever way; it starts from this checkpoint, which may be empty,
  // and its log holds these records, of all partitions. All of them OnDurable was told of.
  void OnCrash(MemberIndex at, const std::vector<pb::CheckpointPiece>& checkpoint,
               const std::vector<pb::Record>& log);

  // From now on only what clients or replicas suffer from counts, and not what may lead to it one
  // day: for the search of what a rule is good for.
  void LookAtConsequencesOnly() { consequences_only_ = true; }

  // What was broken first, in words; empty: nothing.
  const std::string& violation() const { return violation_; }

  // Whether each of these has committed and executed all that any of them has a record of, or that
  // such a record depends on.
  bool AllDone(MemberSet members) const;
  // What keeps AllDone from being true, or nothing.
  std::string WhatIsLeft(MemberSet members) const;
  // A write that somebody has executed, and so maybe answered, and one of these has not; or
  // nothing.
  std::string WhatIsLost(MemberSet members) const;
  uint64_t instances() const { return instances_.size(); }
  uint64_t committed() const { return committed_; }
  uint64_t noops() const { return noops_; }
  struct RestartCounts {
    uint64_t own_slots_lost = 0;  // Told to somebody, and no record of it was left.
    uint64_t floors_raised = 0;   // Above the last own slot of which there was a record.
    uint64_t executed_again = 0;  // Instances executed by a member that had forgotten the outcome.
    uint64_t restarted_voters = 0;  // RecoverOks with the vote of a coordinator that is not intact.
  };
  const RestartCounts& restart_counts() const { return restart_counts_; }

 private:
  struct Value {
    bool noop = false;
    Deps deps;
    bool operator==(const Value&) const = default;
  };
  // What a member held when it joined a ballot.
  struct Held {
    pb::RecoverOk::Phase phase = pb::RecoverOk::PHASE_NONE;
    Ballot accepted_ballot = 0;
    bool durable = false;
  };
  struct Member {  // Of an instance.
    Ballot joined = 0;
    bool pre_accepted = false, pre_accepted_durable = false;
    Deps vote;
    bool accepted = false;
    Ballot accepted_ballot = 0;
    bool validated_durable = false;
    bool committed = false, executed = false;
    bool outcome_durable = false;
    std::map<Ballot, Held> held;
  };
  // What a member has said of an instance: it outlives each of its runs.
  struct Told {
    bool voted = false, validated = false;
    Ballot joined = 0;
    Ballot accepted = 0;
    bool accepted_any = false;
    bool executed_and_forgotten = false;  // By itself.
  };
  struct Accepted {
    Value value;
    MemberSet durable;
  };
  struct Facts {
    std::string payload;  // Empty: not seen.
    std::vector<KeyAccess> keys;
    bool initial_known = false;
    Deps initial_deps;
    MemberSet fast_quorum;
    std::array<Member, kMembersMax> members;
    std::array<Told, kMembersMax> told;
    bool started_is_told = false;  // By its coordinator, to anyone.
    std::map<Ballot, Accepted> accepts;
    bool decided_durable = false;
    bool has_outcome = false;
    Value outcome;
    bool chosen = false;
    Ballot chosen_ballot = 0;
    Value chosen_value;
    // Writes of the key that anyone had executed when the instance began.
    std::map<KeyHash, size_t> not_before;
    Facts* cycle = nullptr;  // Of a union of those that are in one cycle; null: itself.
  };
  struct Touch {
    InstanceId id;
    Facts* facts;
    bool write;
  };
  struct Key {
    std::vector<Touch> touches;                          // Of all that began.
    std::vector<InstanceId> writes;                      // In the order in which they execute.
    absl::flat_hash_map<InstanceId, size_t> read_after;  // Reads: behind so many writes.
    std::array<size_t, kMembersMax> executed{};          // Writes, by member.
  };
  // What one member has seen of one column.
  struct Column {
    Slot mentioned = 0;
    Slot committed = 0;  // How many.
  };

  void Broken(const char* what, InstanceId id, const std::string& why);
  Facts& At(InstanceId id) { return instances_[id]; }
  // Calls visit(touch) for each other instance that conflicts with this one, some more than once.
  template <typename Visit>
  void ForEachConflict(InstanceId id, const Facts& facts, Visit visit);
  void LearnPayload(MemberIndex from, InstanceId id, const std::string& bytes, bool of_coordinator);
  void LearnInitial(InstanceId id, const Deps& deps, MemberSet fast_quorum);
  void LearnAccept(InstanceId id, Ballot ballot, const Value& value);
  void LearnOutcome(InstanceId id, const Value& value);
  void NoteStart(InstanceId id, Facts& facts);
  void Mention(MemberIndex at, InstanceId id, const Deps& deps);

  void OnPreAccepted(MemberIndex at, const pb::PreAcceptedRecord& record);
  void OnAccepted(MemberIndex at, const pb::AcceptedRecord& record);
  void OnCommitted(MemberIndex at, const pb::CommittedRecord& record);
  void OnJoined(MemberIndex at, InstanceId id, Ballot ballot);
  void OnValidated(MemberIndex at, const pb::ValidatedRecord& record);
  void OnStarted(MemberIndex at, const pb::StartedRecord& record);

  // Of collection.
  void OnSentMarks(MemberIndex from, const Deps& applied, const Deps& everywhere);
  bool HasApplied(MemberIndex at, const Facts& facts) const;
  // As far as it has told, all but one, which knows for itself.
  bool AppliedEverywhere(InstanceId id, const Facts& facts) const;
  void CheckNotCollected(MemberIndex at, const pb::Record& record);

  // Of checkpoints.
  const pb::CheckpointMarks* MarksOf(const std::vector<pb::CheckpointPiece>& checkpoint) const;
  void CheckCovered(MemberIndex at, InstanceId id);
  // What the checkpoint calls over is so, by what the others have told.
  void CheckWatermarks(MemberIndex at, const pb::CheckpointMarks& marks);
  void OnKeptCheckpoint(MemberIndex at, const pb::CheckpointMarks& marks);
  // Behind the records.
  void OnKeptExecuted(MemberIndex at, const pb::CheckpointMarks& marks);
  void NoteExecuted(MemberIndex at, InstanceId id);

  // Of OnCrash.
  void ForgetRun(MemberIndex at);
  // A start that no record is left of, and nobody heard of, has not been.
  void ForgetUntold(InstanceId id, Facts& facts);
  void OnKept(MemberIndex at, const pb::Record& record);
  void OnKeptOutcome(MemberIndex at, InstanceId id, bool noop);
  void CheckNothingToldIsForgotten(MemberIndex at);

  void NoteTold(MemberIndex from, const pb::Envelope& envelope);
  void NoteToldOfOwn(MemberIndex from, InstanceId id, Slot slot);
  void OnSentPreAcceptOk(MemberIndex from, const pb::PreAcceptOk& message);
  void OnSentAccept(MemberIndex from, const pb::Accept& message);
  void OnSentCommit(MemberIndex from, const pb::Commit& message);
  void OnSentRecovery(MemberIndex from, const pb::Envelope& envelope);
  void OnSentRecoverOk(MemberIndex from, const pb::RecoverOk& message);
  void CheckJoinedDurably(MemberIndex from, InstanceId id, Ballot ballot);
  void CheckOwner(MemberIndex from, InstanceId id, Ballot ballot);

  // The votes in the ballot decide: what was accepted in higher ones must be the same.
  void Choose(InstanceId id, Facts& facts, Ballot ballot, const Value& value);
  bool IsFast(InstanceId id, const Facts& facts, const Value& value) const;
  void CheckVisibility(InstanceId id, Facts& facts);
  void CheckDepsExecuted(MemberIndex at, InstanceId id, Facts& facts);
  // Whether `from` depends on `to`, maybe through others.
  bool Reaches(InstanceId from, InstanceId to);
  bool InOneCycle(const Touch& a, const Touch& b);
  static Facts* Root(Facts* facts);
  // The highest slot of this coordinator that any of the members knows of.
  Slot Mentioned(MemberSet members, size_t coordinator) const;
  void Order(MemberIndex at, InstanceId id, const Facts& facts, const KeyAccess& access);

  static void Hold(Member& member, Ballot joined);

  const Quorums quorums_;
  const uint64_t hash_seed_;
  const uint32_t partition_;
  std::map<InstanceId, Facts> instances_;
  absl::flat_hash_map<KeyHash, Key> keys_;
  std::array<std::array<Column, kMembersMax>, kMembersMax> columns_;  // By member, coordinator.
  std::array<uint64_t, kMembersMax> not_executed_{};  // Committed payloads, by member.
  std::array<Slot, kMembersMax> floors_{};            // Of the runs under way.
  std::array<Slot, kMembersMax> told_own_{};  // The highest own slot that a member has spoken of.
  std::array<Slot, kMembersMax> durable_own_{};             // ... that is in its log.
  std::array<Deps, kMembersMax> applied_{}, everywhere_{};  // That a member has told.
  // Of members that can start again, what their checkpoints say.
  MemberSet keeps_;
  std::array<Deps, kMembersMax> checkpointed_{}, kept_everywhere_{}, kept_forgotten_{};
  uint64_t committed_ = 0, noops_ = 0;
  RestartCounts restart_counts_;
  bool consequences_only_ = false;
  std::string violation_;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_INVARIANTS_H_
