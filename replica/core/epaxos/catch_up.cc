#include "replica/core/epaxos/catch_up.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "replica/core/epaxos/validate.h"

namespace althing {
namespace {

// What one gap asks for at a time of each kind, and how far it looks for it. Apart, so that many
// undecided instances do not hide one that is unknown: everything waits for an unknown one.
constexpr size_t kIdsAskedMax = 256;
// ... and how many a recovery takes on at a time, which asks about each by itself.
constexpr size_t kIdsFoundMax = kRecoveriesMax;
constexpr Slot kSlotsLookedAtMax = 4096;
// So often a coordinator that is at work is believed to come to an end.
constexpr int kPatienceMax = 5;

}  // namespace

CatchUp::News CatchUp::Own() const {
  const auto& column = state_.space.column(state_.self());
  News news{.highest = column.highest_seen,
            .committed = column.committed,
            .floor = state_.floors[state_.self()],
            .marks = state_.told};
  for (const MemberIndex m : state_.others()) {
    if (state_.reachable.Has(m)) continue;
    news.seen_of_lost[m] = Believable(m, state_.space.column(m).highest_seen);
  }
  return news;
}

Slot CatchUp::Believable(MemberIndex r, Slot told) const {
  return std::min(told, state_.space.column(r).known + kReachSlots);
}

void CatchUp::OnReachable(MemberIndex member, bool reachable) {
  Peer& peer = peers_[member.value];
  // After each Hello everything is told anew: the peer may have missed any of it.
  peer.echoed = {};
  peer.send_at = reachable && !(Own() == News{}) ? state_.now : kNever;
  Gap& gap = gaps_[member.value];
  // That it is lost is no reason to wait for it any longer. That it comes back is one, but only
  // once: who comes back again and again and decides nothing must not be waited for, for ever.
  if (reachable && !gap.spared) {
    gap.spared = true;
    gap.patience = 0;
    gap.recover_up_to = 0;
    gap.stuck_since = state_.now;
  }
  gap.attempts = 0;
  if (gap.act_at != kNever) gap.act_at = state_.now;
}

void CatchUp::Refresh() {
  const News own = Own();
  for (const MemberIndex m : state_.others() & state_.reachable) {
    Peer& peer = peers_[m.value];
    if (peer.send_at == kNever && !(peer.echoed == own)) {
      peer.send_at = LogicalTime{state_.now.value + state_.options.catch_up_ticks};
    }
  }
  for (const MemberIndex r : state_.options.quorums.all()) RefreshGap(r);
}

void CatchUp::RefreshGap(MemberIndex r) {
  const auto& column = state_.space.column(r);
  Gap& gap = gaps_[r.value];
  if (column.committed >= column.highest_seen) {
    gap.act_at = kNever;
    gap.attempts = 0;
    gap.recover_up_to = 0;
    return;
  }
  if (gap.act_at != kNever && column.committed == gap.committed) {
    const bool more = gap.recover_up_to > 0 && column.highest_seen > gap.recover_up_to;
    if (more) gap.act_at = std::min(gap.act_at, gap.extend_at);
    return;
  }
  gap.committed = column.committed;
  gap.spared = false;
  // Without its coordinator it moves because it is recovered: that goes on as soon as there is
  // room. What came later is waited for as ever: others may reach the coordinator.
  if (column.committed < gap.recover_up_to && !state_.reachable.Has(r)) {
    if (recovery_.size(r) <= recovery_.room(r)) gap.act_at = LogicalTime{state_.now.value + 1};
    return;
  }
  gap.recover_up_to = 0;
  gap.attempts = gap.patience = 0;
  gap.stuck_since = state_.now;
  gap.interval = state_.options.catch_up_ticks;
  // Everything asked for has come and the coordinator has more that is decided: go on at once.
  const bool catching_up = column.committed >= gap.asked_up_to && gap.asked_up_to > 0 &&
                           gap.known_committed > column.committed;
  gap.act_at = LogicalTime{state_.now.value + (catching_up ? 0 : gap.interval)};
}

LogicalTime CatchUp::next_tick() const {
  LogicalTime next = kNever;
  for (const Peer& peer : peers_) next = std::min(next, peer.send_at);
  for (const Gap& gap : gaps_) next = std::min(next, gap.act_at);
  return next;
}

void CatchUp::OnTick() {
  SendHeartbeats();
  for (const MemberIndex r : state_.options.quorums.all()) {
    if (gaps_[r.value].act_at <= state_.now) Act(r);
  }
}

void CatchUp::SendHeartbeats() {
  const News own = Own();
  MemberSet due;
  for (const MemberIndex m : state_.others()) {
    Peer& peer = peers_[m.value];
    if (peer.send_at > state_.now) continue;
    peer.send_at = kNever;
    if (peer.echoed == own || !state_.reachable.Has(m)) continue;
    due.Add(m);
    peer.send_at = LogicalTime{state_.now.value + state_.options.resend_ticks};
  }
  if (due.Empty()) return;
  pb::Envelope envelope;
  pb::Heartbeat& heartbeat = *envelope.mutable_heartbeat();
  heartbeat.set_highest_own(own.highest);
  heartbeat.set_committed_prefix_own(own.committed);
  if (!(own.seen_of_lost == Deps{})) {
    DepsToProto(own.seen_of_lost, state_.n(), heartbeat.mutable_seen_of_lost());
  }
  heartbeat.set_floor(own.floor);
  if (!(own.marks == State::Marks{})) {
    DepsToProto(own.marks.applied, state_.n(), heartbeat.mutable_applied());
    DepsToProto(own.marks.everywhere, state_.n(), heartbeat.mutable_everywhere());
  }
  state_.Send(due, std::move(envelope), coordinator_.opening());
}

void CatchUp::OnHeartbeat(MemberIndex from, const pb::Heartbeat& message) {
  state_.space.Saw(from, message.highest_own());
  Gap& gap = gaps_[from.value];
  gap.known_committed = std::max(gap.known_committed, message.committed_prefix_own());
  Deps lost = DepsFromProto(message.seen_of_lost());
  for (const MemberIndex r : state_.options.quorums.all()) lost[r] = Believable(r, lost[r]);
  state_.Saw(lost);
  // What this replica proposes will depend on all of these, so they must be near enough to be known
  // one day, whatever is said.
  if (Believable(from, message.floor()) == message.floor()) {
    state_.floors.Raise(from, message.floor());
  }
  pb::Envelope envelope;
  pb::HeartbeatEcho& echo = *envelope.mutable_heartbeat_echo();
  echo.set_highest_own(message.highest_own());
  echo.set_committed_prefix_own(message.committed_prefix_own());
  // What is not believed yet is not echoed, and so it comes again.
  if (!message.seen_of_lost().empty()) {
    DepsToProto(lost, state_.n(), echo.mutable_seen_of_lost());
  }
  // Of this message: one that was overtaken says less than is known.
  echo.set_floor(std::min(message.floor(), state_.floors[from]));
  *echo.mutable_applied() = message.applied();
  *echo.mutable_everywhere() = message.everywhere();
  state_.Send(MemberSet::Of(from), std::move(envelope), LogPosition{});
}

void CatchUp::OnHeartbeatEcho(MemberIndex from, const pb::HeartbeatEcho& message) {
  Peer& peer = peers_[from.value];
  peer.echoed = {message.highest_own(),
                 message.committed_prefix_own(),
                 DepsFromProto(message.seen_of_lost()),
                 message.floor(),
                 {DepsFromProto(message.applied()), DepsFromProto(message.everywhere())}};
  if (peer.echoed == Own()) peer.send_at = kNever;
}

void CatchUp::Act(MemberIndex r) {
  Gap& gap = gaps_[r.value];
  const auto& column = state_.space.column(r);
  std::vector<InstanceId> unknown, undecided;
  const Slot last = std::min(column.highest_seen, column.committed + kSlotsLookedAtMax);
  gap.blocks = false;
  for (Slot slot = column.committed + 1; slot <= last && unknown.size() < kIdsFoundMax; ++slot) {
    const InstanceId id{slot, r};
    if (unknown.size() < kIdsAskedMax) gap.asked_up_to = slot;
    gap.blocks = gap.blocks || state_.graph.Blocks(id);
    const Instance* instance = state_.space.Find(id);
    if (instance == nullptr || !instance->known()) {
      unknown.push_back(id);
    } else if (undecided.size() < kIdsFoundMax && !instance->committed() &&
               !coordinator_.Coordinates(id)) {
      undecided.push_back(id);
    }
  }
  const MemberSet coordinator = MemberSet::Of(r) & state_.reachable & state_.others();
  const MemberSet peers = state_.reachable & state_.others();
  // The coordinator knows best. When it is away or silent, anyone may know.
  const MemberSet asked = coordinator.Empty() || gap.attempts > 0 ? peers : coordinator;
  Fetch(asked, unknown);
  for (const bool voted : {true, false}) Probe(asked, undecided, voted);
  ++gap.attempts;
  gap.act_at = LogicalTime{state_.now.value + gap.interval};
  gap.interval = state_.NextInterval(gap.interval);
  // A turn that has come stays, though by now it might be that of others.
  const LogicalTime recover_at = RecoverAt(r);
  if (recover_at > state_.now && gap.recover_up_to == 0) {
    gap.act_at = std::min(gap.act_at, recover_at);
    return;
  }
  ExtendRecovery(r);
  Recover(unknown, gap.recover_up_to);
  Recover(undecided, gap.recover_up_to);
}

void CatchUp::ExtendRecovery(MemberIndex r) {
  Gap& gap = gaps_[r.value];
  const Slot highest = state_.space.column(r).highest_seen;
  if (gap.recover_up_to == 0) {
    gap.recover_up_to = gap.extend_up_to = highest;
  } else if (gap.extend_at <= state_.now) {
    gap.recover_up_to = std::exchange(gap.extend_up_to, highest);
  } else {
    return;
  }
  gap.extend_at = LogicalTime{state_.now.value + state_.options.recover_ticks};
}

void CatchUp::Recover(const std::vector<InstanceId>& ids, Slot up_to) {
  const uint64_t delay = state_.random.Below(RecoverStep());
  for (const InstanceId id : ids) {
    if (id.slot <= up_to) recovery_.Want(id, delay);
  }
}

LogicalTime CatchUp::RecoverAt(MemberIndex r) const {
  uint64_t before = 0;
  for (MemberIndex m = r; m != state_.self();
       m.value = static_cast<uint8_t>((m.value + 1) % state_.n())) {
    before += state_.reachable.Has(m);
    if (gaps_[r.value].blocks) break;
  }
  // Where attempts take long, the one before it on the ring has the time for one.
  const uint64_t step = std::max(RecoverStep(), recovery_.attempt_ticks());
  return LogicalTime{gaps_[r.value].stuck_since.value + state_.options.recover_ticks +
                     before * step};
}

void CatchUp::DescribeGap(MemberIndex r, LogicalTime now, pb::GapView& view) const {
  const Gap& gap = gaps_[r.value];
  view.set_times_asked(static_cast<uint32_t>(gap.attempts));
  view.set_will_ask(gap.act_at != kNever);
  if (view.will_ask() && gap.act_at > now) view.set_ask_in_ticks(gap.act_at.value - now.value);
}

void CatchUp::Fetch(MemberSet to, const std::vector<InstanceId>& ids) {
  if (to.Empty() || ids.empty()) return;
  pb::Envelope envelope;
  auto& list = *envelope.mutable_fetch()->mutable_ids();
  for (const InstanceId id : ids) {
    if (static_cast<size_t>(list.size()) < kIdsAskedMax) ToProto(id, list.Add());
  }
  state_.Send(to, std::move(envelope), LogPosition{});
}

void CatchUp::Probe(MemberSet to, const std::vector<InstanceId>& ids, bool voted) {
  pb::Envelope envelope;
  pb::Probe& probe = *envelope.mutable_probe();
  // Of what it has voted for, the payload is that of the coordinator. Any other is compared.
  probe.set_with_payload(!voted);
  for (const InstanceId id : ids) {
    if (static_cast<size_t>(probe.ids_size()) == kIdsAskedMax) break;
    if ((state_.space.Find(id)->phase != Phase::kNone) == voted) ToProto(id, probe.add_ids());
  }
  if (to.Empty() || probe.ids().empty()) return;
  state_.Send(to, std::move(envelope), LogPosition{});
}

void CatchUp::OnProbeReply(MemberIndex from, const pb::ProbeReply& message) {
  Gap& gap = gaps_[from.value];
  if (message.in_progress().empty() || gap.act_at == kNever) return;
  // Its coordinator is at work: patience, and no asking around.
  // Until that has been said too often: the next question then comes in its time, not at once.
  if (gap.patience == kPatienceMax) return;
  for (const pb::InstanceId& id : message.in_progress()) recovery_.Release(FromProto(id));
  // A question in several messages is one question: its first answer is what takes patience.
  if (gap.attempts == 0) return;
  ++gap.patience;
  gap.stuck_since = state_.now;
  gap.recover_up_to = 0;
  gap.attempts = 0;
  gap.act_at = std::min(LogicalTime{state_.now.value + gap.interval}, RecoverAt(from));
}

}  // namespace althing
