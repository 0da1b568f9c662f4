// One run of a replica of a simulated cluster: the real core, event loop, scheduler, channel and
// router, around which everything is simulated.
#ifndef ALTHING_TESTS_SIM_REPLICA_H_
#define ALTHING_TESTS_SIM_REPLICA_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "replica/core/replica_core.h"
#include "replica/runtime/event_loop.h"
#include "tests/sim/disk.h"
#include "tests/sim/plan.h"

namespace althing::sim {

// What surrounds the replicas.
class ReplicaHost {
 public:
  virtual ~ReplicaHost() = default;
  virtual int64_t now_ns() const = 0;
  // A partition took a step; `output` is acted on next.
  virtual void OnStepped(MemberIndex at, PartitionId partition, const Output& output) = 0;
  virtual void OnSend(MemberIndex from, MemberIndex to,
                      std::shared_ptr<const pb::Envelope> envelope) = 0;
  // Whether the call still waits.
  virtual bool OnAnswer(MemberIndex at, RequestId request, const absl::Status& status,
                        const pb::ProposeReply& reply) = 0;
  virtual void OnBeat(MemberIndex from, MemberIndex to, const pb::Pulse& pulse) = 0;
  // What the member thinks of the other.
  virtual void OnSuspicion(MemberIndex at, MemberIndex peer, bool suspected) = 0;
  virtual void OnExpire(MemberIndex at, RequestId request) = 0;
};

class SimReplica : private EventSource, private Transport, private Clock, private Core {
 public:
  // All are borrowed. `run`: how many there were before it.
  SimReplica(const Plan& plan, MemberIndex self, uint64_t run, ReplicaHost& host, Disk& disk);
  ~SimReplica() override;

  // Takes up what the disk holds. Once, before all else.
  absl::Status Restore();
  // Then this, if the disk keeps anything: the run begins.
  void Begin() { loop_->BeginRun(); }
  // It ends in order.
  void End() { loop_->EndRun(); }

  // Whether the channel has room.
  bool Push(MsgContainer message);
  void Turn() { loop_->Turn(); }
  // After so many more messages it sends and answers nothing any more, also within a turn: it is
  // dead then.
  void DieAfter(uint64_t sends) { sends_left_ = sends; }
  bool dead() const { return sends_left_ == 0; }
  int64_t next_turn_ns() { return loop_->next_turn_ns(); }
  const ReplicaCore& core() const { return core_; }

 private:
  // EventSource: everything has been pushed already.
  void Poll(int64_t) override {}
  // Transport
  void Send(MemberIndex to, OutMessage message) override;
  bool Answer(RequestId request, const absl::Status& status,
              const pb::ProposeReply& reply) override;
  void Expire(RequestId request) override;
  void Beat(MemberIndex to, const pb::Pulse& pulse) override;
  void SetHealth(MemberIndex peer, const PeerView& view) override;
  void EndTurn() override {}
  // Clock
  int64_t NowNs() override { return host_.now_ns(); }
  // Core: the real one, watched.
  uint32_t partitions() const override { return core_.partitions(); }
  absl::Status Restore(const pb::Record& record) override { return core_.Restore(record); }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece& piece) override {
    return core_.RestoreCheckpoint(piece);
  }
  absl::Status EndRestore() override { return core_.EndRestore(); }
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output) override;
  const std::vector<Quarantine>& quarantines() const override { return core_.quarantines(); }
  size_t waiting(PartitionId partition) const override { return core_.waiting(partition); }
  Held held(PartitionId partition) const override { return core_.held(partition); }
  absl::Status Explain(LogicalTime now, const pb::ExplainRequest& request,
                       pb::ExplainReply& reply) const override {
    return core_.Explain(now, request, reply);
  }

  const MemberIndex self_;
  ReplicaHost& host_;
  ReplicaCore core_;
  Disk& disk_;
  Channel channel_;
  Scheduler<MsgContainer> scheduler_;
  Metrics metrics_;
  Trace trace_;
  std::unique_ptr<EventLoop> loop_;
  uint64_t sends_left_ = UINT64_MAX;
  // The last message sent, decoded: it mostly goes to several.
  std::shared_ptr<const std::string> last_bytes_;
  std::shared_ptr<const pb::Envelope> last_envelope_;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_REPLICA_H_
