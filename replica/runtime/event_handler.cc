#include "replica/runtime/event_handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing {

EventHandler::EventHandler(const Options& options, Core& core, OutputRouter& router,
                           Transport& transport, Metrics& metrics, Trace& trace, int64_t now_ns)
    : options_(options),
      core_(core),
      router_(router),
      transport_(transport),
      metrics_(metrics),
      trace_(trace),
      health_({.self = options.self,
               .members = options.members,
               .interval_ns = options.heartbeat_ns,
               .suspect_ns = options.suspect_ns},
              now_ns),
      reachable_(MemberSet::Of(options.self)),
      timers_(core.partitions()),
      is_touched_(core.partitions(), false) {}

void EventHandler::Handle(MsgContainer& message) {
  if (auto* peer_message = std::get_if<PeerMessage>(&message.body)) {
    metrics_.OnHandled(now_.ns - message.arrival_ns);
    OnPeerMessage(message.partition, message.arrival_ns, *peer_message);
  } else if (auto* proposal = std::get_if<ClientProposal>(&message.body)) {
    metrics_.OnHandled(now_.ns - message.arrival_ns);
    OnProposal(message.partition, message.arrival_ns, *proposal);
  } else if (const auto* expired = std::get_if<ProposalExpired>(&message.body)) {
    StepInTurn(message.partition, Cancel{expired->request});
    transport_.Expire(expired->request);
    router_.watch().OnExpired(message.partition, now_.ns, expired->request);
  } else if (const auto* pulse = std::get_if<PeerPulse>(&message.body)) {
    health_.OnPulse(pulse->from, pulse->pulse, message.arrival_ns);
  } else if (auto* change = std::get_if<PeerChange>(&message.body)) {
    OnPeerChange(*change);
  } else {
    std::get<Control>(message.body).run();
  }
}

void EventHandler::OnPeerMessage(PartitionId partition, int64_t arrival_ns, PeerMessage& message) {
  if (trace_.on()) [[unlikely]] {
    trace_.Received(message.from, message.envelope);
    router_.watch().TraceReceived(message.from, message.envelope, arrival_ns, now_.ns);
  }
  metrics_.OnReceived(partition, message.envelope.message_case());
  StepInTurn(partition, Receive{message.from, std::move(message.envelope)});
}

void EventHandler::OnProposal(PartitionId partition, int64_t arrival_ns, ClientProposal& proposal) {
  router_.watch().OnHandled(proposal.request, arrival_ns, now_.ns);
  const absl::Status admission = Admission(proposal, arrival_ns);
  if (!admission.ok()) {
    if (transport_.Answer(proposal.request, admission, pb::ProposeReply())) {
      metrics_.OnAnswer(admission);
    }
    router_.watch().OnRefused(partition, now_.ns, proposal.request, admission);
    return;
  }
  answer_time_.OnProposed(proposal.request, now_.ns);
  StepInTurn(partition, Propose{proposal.request, std::move(proposal.batch)});
}

absl::Status EventHandler::Admission(const ClientProposal& proposal, int64_t arrival_ns) {
  if (proposal.deadline_ns <= now_.ns) {
    metrics_.OnExpired();
    return absl::DeadlineExceededError(
        "not proposed: the deadline passed while it waited; the write did not happen");
  }
  if (!answer_time_.InTime(now_.ns, arrival_ns, proposal.deadline_ns)) {
    metrics_.OnExpired();
    return absl::DeadlineExceededError(
        "not proposed: it waited until too little of its time was left for an answer; the write "
        "did not happen");
  }
  if (!refusal_.empty()) {
    return absl::UnavailableError(absl::StrCat(refusal_, "; the write did not happen"));
  }
  if (!ready()) {
    return absl::UnavailableError(absl::StrCat(
        "only ", reachable_.Size(), " of ", options_.members,
        " replicas can be reached from here, this one included, and ", options_.slow_size,
        " are needed; the write did not happen: try another replica, or later"));
  }
  if (options_.refusal) {
    const std::string why = options_.refusal(now_.ns);
    if (!why.empty()) {
      metrics_.OnNoRoom();
      return absl::ResourceExhaustedError(why);
    }
  }
  return absl::OkStatus();
}

void EventHandler::OnPeerChange(const PeerChange& change) {
  if (change.reachable) {
    reachable_.Add(change.member);
    health_.OnConnected(change.member, now_.ns);
  } else {
    reachable_.Remove(change.member);
  }
  for (uint32_t p = 0; p < core_.partitions(); ++p) {
    StepInTurn(PartitionId{p}, PeerStatus{change.member, change.reachable});
  }
}

bool EventHandler::CheckPeers() {
  health_.OnTime(now_.ns);
  const bool beat = health_.TakeBeat(now_.ns);
  const MemberSet before = std::exchange(suspected_, health_.suspected());
  const MemberSet changed = (before | suspected_) - (before & suspected_);
  if (!beat && changed.Empty()) return false;
  for (const MemberIndex peer :
       MemberSet::FirstN(options_.members) - MemberSet::Of(options_.self)) {
    if (beat) transport_.Beat(peer, health_.MakePulse(peer, now_.ns));
    transport_.SetHealth(peer, health_.View(peer, now_.ns));
  }
  return !changed.Empty();
}

void EventHandler::TickDue(size_t count_max) {
  due_.clear();
  timers_.TakeDue(now_.ticks, count_max, due_);
  for (const PartitionId partition : due_) StepInTurn(partition, Tick{});
}

void EventHandler::BeginRun() {
  for (uint32_t p = 0; p < core_.partitions(); ++p) {
    StepInTurn(PartitionId{p}, althing::BeginRun{});
  }
}

void EventHandler::EndRun() {
  // No EndTurn behind it: nothing may be recorded any more.
  for (uint32_t p = 0; p < core_.partitions(); ++p) Step(PartitionId{p}, althing::EndRun{});
}

void EventHandler::BeginCheckpoint(PartitionId partition, uint64_t number) {
  Step(partition, althing::BeginCheckpoint{number});
}

void EventHandler::CheckpointDurable(PartitionId partition, uint64_t number) {
  StepInTurn(partition, althing::CheckpointDurable{number});
}

void EventHandler::TakeSlice(PartitionId partition, size_t entries_max,
                             std::vector<pb::CheckpointPiece>& pieces) {
  Step(partition, althing::TakeSlice{entries_max});
  for (pb::CheckpointPiece& piece : output_.pieces) pieces.push_back(std::move(piece));
}

void EventHandler::OnDurable(const OutputRouter::Durable& durable) {
  StepInTurn(durable.partition, Flushed{durable.position});
}

void EventHandler::EndTurn() {
  std::sort(touched_.begin(), touched_.end());
  for (const PartitionId partition : touched_) {
    is_touched_[partition.value] = false;
    Step(partition, althing::EndTurn{});
    metrics_.SetProposalsWaiting(partition, core_.waiting(partition));
    metrics_.SetHeld(partition, core_.held(partition));
  }
  touched_.clear();
}

void EventHandler::StepInTurn(PartitionId partition, Input input) {
  if (!is_touched_[partition.value]) {
    is_touched_[partition.value] = true;
    touched_.push_back(partition);
  }
  Step(partition, std::move(input));
}

void EventHandler::Step(PartitionId partition, Input input) {
  output_.Clear();
  core_.Step(partition, now_.ticks, std::move(input), output_);
  for (const Reply& reply : output_.replies) {
    if (reply.status.ok()) answer_time_.OnAnswered(reply.request, now_.ns);
  }
  router_.Route(partition, now_.ns, output_);
  // A time that has passed counts as now: whoever asks again and again stands behind those who have
  // waited longer.
  timers_.Set(partition, std::max(output_.next_tick, now_.ticks));
}

}  // namespace althing
