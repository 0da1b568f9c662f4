// EPaxos*: the protocol of one partition of one replica. Source: "Making Democracy Work: Fixing and
// Simplifying Egalitarian Paxos" (Ryabinin, Gotsman, Sutra, 2025), with vector dependencies and
// designated fast quorums (docs/protocol.md).
#ifndef ALTHING_REPLICA_CORE_EPAXOS_EPAXOS_H_
#define ALTHING_REPLICA_CORE_EPAXOS_EPAXOS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "replica/core/epaxos/catch_up.h"
#include "replica/core/epaxos/checkpoint.h"
#include "replica/core/epaxos/collection.h"
#include "replica/core/epaxos/coordinator.h"
#include "replica/core/epaxos/recovery.h"
#include "replica/core/epaxos/restart.h"
#include "replica/core/epaxos/state.h"
#include "replica/core/epaxos/window.h"
#include "replica/core/protocol.h"
#include "replica/core/session_table.h"

namespace althing {

// Replies leave after execution, never at commit: without a sequence number a commit does not fix
// the place of a command among those that do not overlap it in time (docs/protocol.md, 5.2).
class Epaxos : public Protocol {
 public:
  // The store is borrowed.
  Epaxos(const CoreOptions& options, StateMachine& store);

  absl::Status Restore(const pb::Record& record) override { return restart_.Restore(record); }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) override;
  absl::Status EndRestore() override { return restart_.EndRestore(); }
  void Step(LogicalTime now, Input input, Output& output) override;
  const std::string& quarantine() const override { return quarantine_; }
  size_t waiting() const override { return window_.waiting(); }
  Held held() const override { return {state_.space.size(), state_.index.keys()}; }
  absl::Status CheckInvariants() const override;
  void Explain(LogicalTime now, const pb::ExplainRequest& request,
               pb::ExplainReply& reply) const override;

  const InstanceSpace& space() const { return state_.space; }
  const SessionTable& sessions() const { return sessions_; }

 private:
  void On(Propose& input);
  void On(const Cancel& input);
  void On(Receive& input);
  void On(EndTurn&);
  void On(const Flushed& input);
  void On(Tick&);
  void On(const PeerStatus& input);
  void On(const BeginRun&);
  void On(const EndRun&);
  void On(const BeginCheckpoint& input) { checkpoint_.Begin(input.number); }
  void On(const TakeSlice& input) { checkpoint_.TakeSlice(input.entries_max); }
  void On(const CheckpointDurable& input) { checkpoint_.OnDurable(input.number); }

  absl::Status OnMessage(MemberIndex from, const pb::Envelope& envelope);
  absl::Status OnHeartbeat(MemberIndex from, const pb::Heartbeat& message);
  absl::Status OnPreAccept(MemberIndex from, const pb::PreAccept& message);
  absl::Status OnAccept(MemberIndex from, const pb::Accept& message);
  absl::Status OnCommit(MemberIndex from, const pb::Commit& message);
  absl::Status OnPayload(const pb::Payload& message);
  absl::Status OnAcceptOk(MemberIndex from, const pb::AcceptOk& message);
  void OnRecover(MemberIndex from, const pb::Recover& message);
  absl::Status OnValidate(MemberIndex from, const pb::Validate& message);
  void OnNack(const pb::Nack& message);

  // Answers a message about a decided instance with its outcome; false if it is not decided here.
  bool AnswerWithOutcome(MemberIndex to, InstanceId id, const Instance& instance);
  void SendNack(MemberIndex to, InstanceId id, Ballot ballot, LogPosition after);
  void Decided(InstanceId id, Instance& instance, Event::Kind kind);
  void Recovered(InstanceId id, Instance& instance);
  // The outcome stands in the instance's value and deps: log it and hand it to execution.
  void Commit(InstanceId id, Instance& instance);
  void Quarantine(InstanceId id, const Instance& instance, const pb::Commit& message);

  void RunGraph();
  void ExecuteInstance(InstanceId id, Instance& instance);
  void ExecutePayload(InstanceId id, const Instance& instance);
  void StartInstances();
  // Recovers what earlier runs of this replica left undecided, of its own.
  void RecoverOwn();
  void AddToWindow(RequestId request, std::string batch, const RequestView& view);
  void ResubmitAfterNoop(const Instance& instance, const std::vector<RequestId>& requests);
  // Proposes to close the sessions that have been silent for too long.
  void ExpireSessions();
  void ReportSessions();
  void Refuse(RequestId request, absl::Status status);
  void RefuseWhatWaits();
  // Whether the message may make a cell for the instance. If not, the gap is known, and fetched in
  // its turn.
  bool MayMakeCell(MemberIndex from, InstanceId id);

  // Requests of the replica itself, whom nobody waits for, count from here.
  static constexpr uint64_t kOwnRequests = uint64_t{1} << 63;
  static constexpr size_t kCancelledMax = 1024;
  static bool IsOwn(RequestId request) { return request.value >= kOwnRequests; }

  // An own instance that has not been executed.
  struct Proposed {
    std::vector<RequestId> requests;  // In the order of its batch.
    std::vector<KeyAccess> keys;      // For the window.
  };

  State state_;
  StateMachine& store_;
  SessionTable sessions_;
  Restart restart_;
  Window window_;
  Coordinator coordinator_;
  RecoveryVoter voter_;
  Recovery recovery_;
  CatchUp catch_up_;
  Collection collection_;
  Checkpoint checkpoint_;
  bool graph_has_work_ = false;
  // Not empty: two outcomes were seen for one instance, and nothing is executed or answered any
  // more.
  std::string quarantine_;
  absl::flat_hash_map<Slot, Proposed> proposed_;
  // Requests that nobody waits for any more: of those in proposed_ all that were cancelled, and
  // others. Their commands are not proposed again.
  absl::flat_hash_set<RequestId> cancelled_;
  size_t cancelled_max_ = kCancelledMax;  // When to look for the others.
  uint64_t own_requests_ = 0;
  LogicalTime expire_at_ = kNever;  // When to look for sessions that have expired.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_EPAXOS_H_
