#include "tests/sim/replica.h"

#include <utility>

#include "replica/core/check.h"

namespace althing::sim {
namespace {

Quorums QuorumsOf(const Plan& plan) {
  absl::StatusOr<Quorums> quorums = Quorums::Create(plan.n, {}, {});
  CHECK(quorums.ok());
  return *quorums;
}

CoreOptions CoreOptionsOf(const Plan& plan, MemberIndex self, uint64_t run) {
  CoreOptions options{.self = self, .replica = ReplicaId{self.value}, .quorums = QuorumsOf(plan)};
  options.partitions = plan.partitions;
  options.thrifty = plan.thrifty;
  options.batch_commands_max = plan.batch_commands_max;
  options.batch_bytes_max = plan.batch_bytes_max;
  options.window_instances_max = plan.window;
  options.waiting_proposals_max = plan.waiting_max;
  options.session_answers_max = plan.session_answers_max;
  options.session_ticks = plan.session_ticks;
  options.fast_path_ticks = plan.fast_path_ticks;
  options.resend_ticks = plan.resend_ticks;
  options.resend_ticks_max = plan.resend_ticks_max;
  options.catch_up_ticks = plan.catch_up_ticks;
  options.recover_ticks = plan.recover_ticks;
  options.collect_ticks = plan.collect_ticks;
  options.flushes_in_sequence = plan.flushes_in_sequence;
  options.jitter_seed = plan.seed + run;
  return options;
}

EventLoopOptions LoopOptionsOf(const Plan& plan, MemberIndex self) {
  EventLoopOptions options;
  options.self = self;
  options.members = plan.n;
  options.slow_size = QuorumsOf(plan).slow_size();
  options.tick_ns = plan.tick_ns[self.value];
  options.turn_messages_max = plan.turn_messages_max;
  options.heartbeat_ns = plan.heartbeat_ns;
  options.suspect_ns = plan.suspect_ns;
  options.checkpoints = {.log_bytes_min = plan.restartable ? plan.checkpoint_bytes : 0,
                         .growth_percent = plan.checkpoint_percent,
                         .entries_per_turn = plan.checkpoint_entries};
  return options;
}

}  // namespace

SimReplica::SimReplica(const Plan& plan, MemberIndex self, uint64_t run, ReplicaHost& host,
                       Disk& disk)
    : self_(self),
      host_(host),
      core_(CoreOptionsOf(plan, self, run)),
      disk_(disk),
      channel_(plan.partitions, plan.client_messages_max, plan.peer_messages_max),
      metrics_(plan.n, plan.partitions, "{}"),
      trace_(self) {
  CHECK(scheduler_.Use(plan.scheduler).ok());
  loop_ = std::make_unique<EventLoop>(
      LoopOptionsOf(plan, self),
      EventLoop::Parts{*this, disk_, channel_, scheduler_, *this, *this, *this, metrics_, trace_});
}

SimReplica::~SimReplica() = default;

absl::Status SimReplica::Restore() {
  for (const pb::CheckpointPiece& piece : disk_.checkpoint()) {
    const absl::Status status = core_.RestoreCheckpoint(piece);
    if (!status.ok()) return status;
  }
  for (const pb::Record& record : disk_.records()) {
    const absl::Status status = core_.Restore(record);
    if (!status.ok()) return status;
  }
  return core_.EndRestore();
}

bool SimReplica::Push(MsgContainer message) { return channel_.Push(std::move(message)).ok(); }

void SimReplica::Send(MemberIndex to, OutMessage message) {
  if (sends_left_ == 0) return;
  if (sends_left_ != UINT64_MAX) --sends_left_;
  if (message.bytes != last_bytes_) {
    pb::Frame frame;
    CHECK(frame.ParseFromString(*message.bytes) && frame.envelopes_size() == 1);
    last_bytes_ = message.bytes;
    last_envelope_ = std::make_shared<const pb::Envelope>(std::move(*frame.mutable_envelopes(0)));
  }
  host_.OnSend(self_, to, last_envelope_);
}

bool SimReplica::Answer(RequestId request, const absl::Status& status,
                        const pb::ProposeReply& reply) {
  return sends_left_ > 0 && host_.OnAnswer(self_, request, status, reply);
}

void SimReplica::Expire(RequestId request) {
  if (sends_left_ > 0) host_.OnExpire(self_, request);
}

void SimReplica::Beat(MemberIndex to, const pb::Pulse& pulse) {
  if (sends_left_ > 0) host_.OnBeat(self_, to, pulse);
}

void SimReplica::SetHealth(MemberIndex peer, const PeerView& view) {
  host_.OnSuspicion(self_, peer, view.suspected);
}

void SimReplica::Step(PartitionId partition, LogicalTime now, Input input, Output& output) {
  core_.Step(partition, now, std::move(input), output);
  host_.OnStepped(self_, partition, output);
}

}  // namespace althing::sim
