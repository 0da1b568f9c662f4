// The contract between a protocol and the world: inputs go in, outputs come out, nothing else
// happens.
//
// Same options and same inputs give the same outputs, byte for byte, on every machine. A protocol
// owns one partition of one replica and knows nothing of partitions, threads, clocks, sockets or
// disks.
#ifndef ALTHING_REPLICA_CORE_PROTOCOL_H_
#define ALTHING_REPLICA_CORE_PROTOCOL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pb/checkpoint.pb.h"
#include "pb/explain.pb.h"
#include "pb/kv.pb.h"
#include "pb/peer.pb.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
#include "replica/core/request_batch.h"

namespace althing {

// ---- Inputs

// A client's request: an encoded RequestBatch of one request that CheckRequest let through.
struct Propose {
  RequestId request;
  std::string batch;
};
// Nobody waits for this proposal any more. If it is in no instance it never will be, and is
// answered with DEADLINE_EXCEEDED; the same if it is in one that turns out to do nothing.
struct Cancel {
  RequestId request;
};
// A peer's message, as it came: the protocol validates it. `envelope.partition` is not looked at.
struct Receive {
  MemberIndex from;
  pb::Envelope envelope;
};
// No more messages in this turn: time to start instances.
struct EndTurn {};
// This partition's records up to `position` are durable. Positions never go back.
struct Flushed {
  LogPosition position;
};
// The time named by Output::next_tick has come (or passed).
struct Tick {};
// The log has been read, if there is any: a run begins that may be followed by another. The first
// input, or never given. What it appends must be durable before the next.
struct BeginRun {};
// The last input of a run that ends in order. All records must become durable.
struct EndRun {};
// Whether a peer can be reached now; after `reachable` it has forgotten no vote but may have missed
// messages.
struct PeerStatus {
  MemberIndex member;
  bool reachable = false;
};

// A checkpoint begins here and now, of the same number in all partitions of the replica and higher
// than all before, the last of which has ended. Only in a run that has begun (BeginRun).
struct BeginCheckpoint {
  uint64_t number = 0;
};
// Some more of it is wanted: about so many entries. A slice without any means that the disk is
// waited for: ask again after a Flushed.
struct TakeSlice {
  size_t entries_max = 0;
};
// It is durable, and what a start goes on from.
struct CheckpointDurable {
  uint64_t number = 0;
};

using Input = std::variant<Propose, Cancel, Receive, EndTurn, Flushed, Tick, PeerStatus, BeginRun,
                           EndRun, BeginCheckpoint, TakeSlice, CheckpointDurable>;

// ---- Outputs

// A message to peers. May be lost, doubled, overtaken. REQUIRES: `to` does not hold the sender.
struct Send {
  MemberSet to;
  pb::Envelope envelope;  // Without partition: the caller of Step sets it.
  LogPosition after;      // Must be durable before the message leaves; 0 = at once.
  // Tells the peers, unasked, what this replica decided: what debug.commit_delay_ms holds back.
  bool announces = false;
};

// The answer to a Propose; each gets exactly one. A status other than OK means: this proposal wrote
// nothing and never will. FAILED_PRECONDITION: but an earlier proposal of the same request may
// have.
struct Reply {
  RequestId request;
  absl::Status status;
  pb::ProposeReply result;  // Without partition and replica: the caller of Step sets them.
  LogPosition after;        // As in Send.
};

// What metrics count. Nothing may depend on events.
struct Event {
  enum class Kind : uint8_t {
    kFastDecision,  // An own instance decided by its designated fast quorum. value: commands in it.
    kTwoFlushDecision,  // ... by n - e2 matching votes. value: commands in it.
    kSlowDecision,      // ... on the slow path. value: commands in it.
    kBatch,  // An own instance started. value: commands in it (acts on sessions are none).
    kProposedKeyBusy,     // A proposal had to wait for an own instance with its key. value: 1.
    kUnseenDependency,    // A dependency on an instance not seen yet ("blip"). value: how many
                          // columns.
    kGraphEdges,          // A walk of the graph looked at edges. value: how many.
    kExecutionCandidate,  // A committed instance was tried for execution. value: 1.
    kComponent,           // A strongly connected component executed. value: its instances.
    kExecutedCommands,    // value: how many.
    kRepeatedRequests,    // Executed before, so answered from the session's table. value: how many.
    kSessionsOpened,      // value: how many.
    kSessionsClosed,      // By their client or because they expired. value: how many.
    kSessionsExpired,     // Of the closed ones: because nothing happened in them. value: how many.
    kRecoveryStarted,     // An attempt to recover an instance. value: 1.
    kRecoveryRetried,     // ... was given up for another one later. value: 1.
    kRecoveryWaits,       // ... waits for what may invalidate the instance. value: 1.
    kRecoveryRule,        // ... comes to a value. text: by which rule, of kRecoveryRules.
    kResubmitted,         // Requests of an own instance that ended as noop. value: how many.
    kRecoveredPayload,    // ... decided the instance with its payload. value: 1.
    kRecoveredNoop,       // ... decided that the instance does nothing. value: 1.
    kResent,              // A message was sent again. value: to how many peers.
    kCollected,           // What all members have executed was freed. value: how many instances.
    kRejected,            // A peer's message did not pass validation. value: 1; text: why.
    kDivergence,  // Two outcomes for one instance: the partition is quarantined. text: both.
  };
  Kind kind;
  InstanceId id;
  uint64_t value = 0;
  std::string text;
};

// Fields in the order in which the caller acts on them.
struct Output {
  std::vector<pb::Record>
      records;  // Appended in this order; each gets the partition's next position.
  std::vector<Send> sends;
  std::vector<Reply> replies;
  std::vector<Event> events;
  // Of the checkpoint under way: the answer to TakeSlice.
  std::vector<pb::CheckpointPiece> pieces;
  // When this partition wants a Tick; kNever = not at all. Each Step sets it anew. A time that has
  // passed means: as soon as the messages that wait have been handled (a long execution goes on in
  // slices).
  LogicalTime next_tick = kNever;

  void Clear() {
    records.clear();
    sends.clear();
    replies.clear();
    events.clear();
    pieces.clear();
    next_tick = kNever;
  }
};

// What a protocol keeps in memory, beside the state machine.
struct Held {
  uint64_t instances = 0;
  uint64_t keys = 0;  // That its conflict index knows.
};

// One partition of one replica. Not thread-safe: one thread, the event handler's.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // Takes in a record of an earlier run; all of them come in the order of the log, before the first
  // Step. DATA_LOSS, in words, if it does not fit those before: the log is damaged, and this
  // protocol must not be used.
  virtual absl::Status Restore(const pb::Record& record) = 0;
  // Takes in a piece of the checkpoint that the earlier run has left; all of them come in their
  // order, before the first record. DATA_LOSS as above.
  virtual absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) = 0;
  // All has been taken in. DATA_LOSS if the checkpoint and the log do not fit each other.
  virtual absl::Status EndRestore() = 0;
  // Appends to `output`. Never blocks, never fails. REQUIRES: `now` never goes back.
  virtual void Step(LogicalTime now, Input input, Output& output) = 0;
  // Why this partition executes and answers nothing any more, in words without clients' data; empty
  // as long as it does.
  virtual const std::string& quarantine() const = 0;
  // Proposals that are in no instance yet.
  virtual size_t waiting() const = 0;
  virtual Held held() const = 0;
  // What must hold between steps. Dear: for tests and debugging.
  virtual absl::Status CheckInvariants() const = 0;
  // What is known of the instance or of the key that the request names, and what it waits for.
  // Fills all but replica, partition, members and tick_ns. REQUIRES: the request names either, the
  // instance's coordinator is a member; `now` is not before the last step.
  virtual void Explain(LogicalTime now, const pb::ExplainRequest& request,
                       pb::ExplainReply& reply) const = 0;
};

// A slice of a checkpoint is full with so many bytes of keys, values and answers, or one that is
// larger.
constexpr size_t kSliceBytesMax = 256 * 1024;

// What a protocol runs commands on.
class StateMachine {
 public:
  virtual ~StateMachine() = default;
  // Runs the commands of one request, all or none. `reply` has no results before and gets
  // nothing else. An error means that nothing has changed.
  virtual absl::Status Apply(absl::Span<const CommandView> commands, pb::ProposeReply& reply) = 0;

  // What it holds now is what the next slices give, whatever is applied meanwhile.
  virtual void BeginSnapshot() = 0;
  // Appends about so many entries to the piece, at least one, and not many more than kSliceBytesMax
  // bytes of them; false: there are no more.
  virtual bool TakeSnapshot(size_t entries_max, pb::CheckpointPiece& piece) = 0;
  // Takes back what a slice has given. REQUIRES: nothing was applied yet.
  virtual absl::Status Restore(const pb::CheckpointPiece& piece) = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_PROTOCOL_H_
