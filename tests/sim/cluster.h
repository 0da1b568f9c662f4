// A whole cluster in one process and one thread: real cores, a log that forgets nothing, and a
// network that does only what the test says.
#ifndef ALTHING_TESTS_SIM_CLUSTER_H_
#define ALTHING_TESTS_SIM_CLUSTER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "replica/core/partition_map.h"
#include "replica/core/replica_core.h"
#include "tests/sim/flush_check.h"

namespace althing::sim {

struct Message {
  MemberIndex from;
  MemberIndex to;
  pb::Envelope envelope;
};
using Filter = std::function<bool(const Message&)>;

// "PreAccept", "Commit", ...
std::string TypeName(const pb::Envelope& envelope);
// "0 -> 1 PreAccept 0.1 deps=[0 0 0 0 0]"; ballots only above 0, values only where they say
// something.
std::string Describe(const Message& message);

pb::Command MakeCommand(pb::Operation operation, const std::string& key,
                        const std::string& value = "");

class Cluster {
 public:
  struct Options {
    int n = 5;
    bool thrifty = true;
    bool all_reachable = true;  // Peers have been told that all others are reachable.
    bool flush_at_once = true;  // Else records become durable by Flush only.
    uint32_t window = 64;
    uint32_t partitions = 1;
    uint64_t session_ticks = 1'000'000;
    uint64_t collect_ticks = kNeverCollect;
    bool restartable = false;  // Members may be cut short and start again. REQUIRES: one partition.
    // Other designated fast quorums than the ring's: coordinator -> members. They must keep the
    // tournament rule.
    std::map<int, std::vector<int>> fast_quorums = {};
  };
  explicit Cluster(const Options& options);

  // ---- What clients do. A turn ends after each.
  RequestId Propose(int at, pb::Operation operation, const std::string& key,
                    const std::string& value = "");
  // Any request.
  RequestId Submit(int at, PartitionId partition, const pb::Request& request);
  // Several proposals in one turn.
  std::vector<RequestId> ProposeTogether(
      int at, const std::vector<std::tuple<pb::Operation, std::string, std::string>>& commands);

  // ---- What the network does.
  // Hands over the messages that wait and pass the filter, oldest first, and those that they cause
  // and that pass, until none is left. Returns them in order.
  std::vector<Message> Deliver(const Filter& filter = {});
  // Hands over the first message that passes, once more or once; it is an error if there is none.
  void DeliverOne(const Filter& filter, bool keep_a_copy = false);
  // Hands over all that waits, as frames: what one member has for another comes in one turn, which
  // ends behind it. What that causes waits for the next call. Returns how many frames there were.
  size_t DeliverFrames();
  // Throws away what waits and passes. Returns how many.
  size_t Drop(const Filter& filter = {});
  const std::deque<Message>& waiting() const { return waiting_; }
  // Puts a message on the network that no core has sent.
  void Inject(Message message) { waiting_.push_back(std::move(message)); }

  // ---- What disks and clocks do.
  void Flush(int at);
  // Moves everybody's time on; those whose timer is due get a Tick.
  void Advance(uint64_t ticks);
  void SetReachable(int at, int member, bool reachable);
  // Its clock stands still until it is told to go on; messages still reach it.
  void StopClock(int at, bool stopped) { replicas_[size(at)].clock_stopped = stopped; }
  // Its disk stands still: only Flush makes its records durable.
  void StopDisk(int at) { replicas_[size(at)].disk_stopped = true; }
  // It loses what is not durable, starts again, and all hear of both. What it sent may arrive. Its
  // disk is well. REQUIRES: restartable.
  void CutShort(int at);
  // It makes a checkpoint, which is the current one when this returns; all that it has appended is
  // durable then. REQUIRES: restartable, alive.
  void TakeCheckpoint(int at);
  // It takes no step any more, and all others are told that it is away. What it sent may arrive.
  void Crash(int at);
  bool alive(int at) const { return replicas_[size(at)].alive; }

  // ---- What can be seen.
  int n() const { return options_.n; }
  // Members that are restartable forget with their checkpoints.
  bool collects() const { return options_.collect_ticks != kNeverCollect; }
  // The answers to a request so far: one is right.
  const std::vector<Reply>& replies(RequestId request) const;
  // Requests that were answered, in the order of their answers.
  const std::vector<RequestId>& answered() const { return answered_; }
  // What member `at` has observed, of one kind.
  uint64_t Count(int at, Event::Kind kind) const;
  // The sum of their values.
  uint64_t Sum(int at, Event::Kind kind) const;
  const std::vector<pb::Record>& records(int at) const { return replicas_[size(at)].records; }
  Held held(int at) const { return replicas_[size(at)].core->held(PartitionId{0}); }
  // All members had executed `first`, in partition 0, before anybody had committed `then`; for
  // good: who is restartable had it in a checkpoint.
  bool ExecutedEverywhereBefore(InstanceId first, InstanceId then) const;
  // Those of the cores, and that nothing has left too early.
  absl::Status CheckInvariants() const;
  // All outputs of all steps so far, hashed.
  uint64_t digest() const { return digest_; }

 private:
  struct Replica {
    std::unique_ptr<ReplicaCore> core;
    std::vector<pb::Record> records;  // Of all runs, those that were lost as well.
    std::vector<pb::Record> log;      // What earlier runs have left.
    size_t run_begin = 0;             // Of `records`: where the run's begin.
    std::vector<pb::CheckpointPiece> taking, checkpoint;  // Under way; the current one.
    uint64_t checkpoints = 0;                             // Begun.
    std::map<uint32_t, uint64_t> appended, durable;       // By partition.
    std::deque<std::pair<uint32_t, Send>> held;
    std::map<uint32_t, LogicalTime> next_tick;
    std::vector<Event> events;
    bool alive = true;
    bool clock_stopped = false, disk_stopped = false;
  };

  static size_t size(int i) { return static_cast<size_t>(i); }
  CoreOptions CoreOptionsOf(int at) const;
  // A core that goes on from its log.
  void Start(int at);
  RequestId Propose(int at, PartitionId partition, const pb::Request& request);
  void Step(int at, PartitionId partition, Input input);
  // Flushes if that is automatic, ends the turn, until nothing changes.
  void EndTurn(int at, PartitionId partition);
  void Act(int at, PartitionId partition, Output output);
  void SetDurable(int at, PartitionId partition);
  void NoteWhen(int at, PartitionId partition, const Output& output);
  void Release(int at);
  void Enqueue(int at, const Send& send);

  const Options options_;
  const PartitionMap partition_map_;
  std::vector<Replica> replicas_;
  std::map<uint32_t, FlushCheck> flush_checks_;  // By partition.
  std::deque<Message> waiting_;
  std::map<uint64_t, std::vector<Reply>> replies_;
  std::vector<RequestId> answered_;
  uint64_t next_request_ = 1;
  LogicalTime now_{1};
  struct When {  // In steps of all members.
    uint64_t committed_first = UINT64_MAX, executed_last = 0;
    MemberSet executed_by;
  };
  void NoteExecuted(int at, InstanceId id);
  std::map<InstanceId, When> when_;  // In partition 0.
  uint64_t steps_ = 0;
  uint64_t digest_ = 0;
};

// ---- Filters
Filter OfType(pb::Envelope::MessageCase type);
Filter To(int member);
Filter From(int member);
Filter Of(InstanceId id);
Filter operator&&(Filter a, Filter b);
Filter Not(Filter a);

inline InstanceId Id(int coordinator, Slot slot) {
  return {slot, MemberIndex{static_cast<uint8_t>(coordinator)}};
}

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_CLUSTER_H_
