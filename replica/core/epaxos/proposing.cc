// The part of Epaxos before an instance starts: what a run takes over from earlier ones, what
// clients propose, and what is proposed anew.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/partition_map.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

absl::Status Quarantined() {
  return absl::DataLossError(
      "this partition is quarantined: two outcomes were seen for one instance; see the log, use "
      "another replica");
}

// What keeps all proposals from being proposed, behind `before`; if nothing does, `none`.
std::string WaitsFor(const State& state, const char* before, const char* none) {
  if (!state.HasQuorum()) {
    return absl::StrCat(before, "for ", state.options.quorums.slow_size(),
                        " replicas that reach each other");
  }
  if (!state.Resumed()) {
    return absl::StrCat(before, "until what this replica began before its last start is decided");
  }
  return none;
}

}  // namespace

void Epaxos::On(Propose& input) {
  RequestReader reader(input.batch);
  RequestView view;
  if (!reader.Next(&view)) {
    return Refuse(input.request, absl::InvalidArgumentError("the proposal holds no request"));
  }
  if (!quarantine_.empty()) return Refuse(input.request, Quarantined());
  if (window_.full()) {
    return Refuse(input.request,
                  absl::ResourceExhaustedError(absl::StrCat(
                      state_.options.waiting_proposals_max, " proposals wait in this partition",
                      WaitsFor(state_, " ", ""),
                      ", the most that queues.client_messages_max allows; not proposed, try "
                      "later")));
  }
  absl::Status admitted = sessions_.Admit(view);
  if (!admitted.ok()) return Refuse(input.request, std::move(admitted));
  AddToWindow(input.request, std::move(input.batch), view);
}

void Epaxos::On(const Cancel& input) {
  if (window_.Remove(input.request)) {
    return Refuse(input.request, absl::DeadlineExceededError(absl::StrCat(
                                     "not proposed: the deadline passed while it waited ",
                                     WaitsFor(state_, "", "for other commands on its key"),
                                     "; the write did not happen")));
  }
  cancelled_.insert(input.request);
  if (cancelled_.size() < cancelled_max_) return;
  // Most had been answered before.
  absl::flat_hash_set<RequestId> under_way;
  for (const auto& [slot, proposed] : proposed_) {
    for (const RequestId request : proposed.requests) {
      if (cancelled_.contains(request)) under_way.insert(request);
    }
  }
  cancelled_ = std::move(under_way);
  cancelled_max_ = std::max(kCancelledMax, 2 * cancelled_.size());
}

absl::Status Epaxos::RestoreCheckpoint(const pb::CheckpointPiece& piece) {
  absl::Status status;
  if (piece.has_marks()) {
    status = restart_.Restore(piece.marks());
    collection_.Adopt(
        {DepsFromProto(piece.marks().executed()), state_.everywhere, state_.forgotten});
  }
  if (status.ok()) status = store_.Restore(piece);
  if (status.ok()) status = sessions_.Restore(piece);
  return status;
}

void Epaxos::On(const BeginRun&) {
  const Slot recorded = state_.space.column(state_.self()).highest_seen;
  restart_.Begin();
  const Slot floor = state_.floors[state_.self()];
  coordinator_.SkipTo(Planted(Bug::kSlotUsedAgain) ? recorded : floor);
#ifdef ALTHING_PLANTED_BUGS
  if (Planted(Bug::kBallotZeroResumed)) coordinator_.ResumeRounds();
#endif
  graph_has_work_ = true;
}

void Epaxos::On(const EndRun&) { restart_.End(); }

void Epaxos::RecoverOwn() {
  const Slot committed = state_.space.column(state_.self()).committed;
  const Slot floor = state_.floors[state_.self()];
  if (committed >= floor || !state_.HasQuorum()) return;
  // At once: nobody knows better than this replica that its coordinator has given them up.
  const Slot last = std::min(floor, committed + kRecoveriesMax / 2);
  for (Slot slot = committed + 1; slot <= last; ++slot) {
    if (Planted(Bug::kBallotZeroResumed) && coordinator_.Coordinates({slot, state_.self()})) {
      continue;
    }
    recovery_.Want({slot, state_.self()}, 0);
  }
}

void Epaxos::StartInstances() {
  // Without a quorum instances would only stand in the way of those who have one.
  if (!quarantine_.empty() || !state_.HasQuorum() || !state_.Resumed()) return;
  while (coordinator_.MayStart()) {
    std::optional<Window::Batch> batch = window_.Take();
    if (!batch.has_value()) return;
    const InstanceId id = coordinator_.Start(std::move(batch->bytes));
    proposed_.emplace(id.slot, Proposed{std::move(batch->requests), std::move(batch->keys)});
  }
}

void Epaxos::AddToWindow(RequestId request, std::string batch, const RequestView& view) {
  // `view` quotes the batch, and short strings move their bytes.
  KeyAccesses keys = AccessesOf(view, state_.options.hash_seed);
  const auto commands = static_cast<uint32_t>(std::max<size_t>(view.commands.size(), 1));
  const bool free = window_.Add({.request = request,
                                 .batch = std::move(batch),
                                 .commands = commands,
                                 .keys = std::move(keys)});
  if (!free) state_.Emit(Event::Kind::kProposedKeyBusy, {}, 1);
}

void Epaxos::ResubmitAfterNoop(const Instance& instance, const std::vector<RequestId>& requests) {
  if (Planted(Bug::kNoopLosesCommands)) return;
  state_.Emit(Event::Kind::kResubmitted, {}, requests.size());
  RequestReader reader(instance.payload->bytes);
  size_t position = 0;
  for (RequestView request; reader.Next(&request); ++position) {
    const RequestId id = requests.at(position);
    if (cancelled_.erase(id) > 0) {
      Refuse(id, absl::DeadlineExceededError("the deadline passed and the others decided that it "
                                             "does nothing; the write did not happen"));
    } else {
      AddToWindow(id, std::string(reader.encoded()), request);
    }
  }
}

void Epaxos::Refuse(RequestId request, absl::Status status) {
  if (IsOwn(request)) return;
  state_.output->replies.push_back({request, std::move(status), {}, LogPosition{}});
}

void Epaxos::RefuseWhatWaits() {
  for (const RequestId request : window_.TakeBackAll()) Refuse(request, Quarantined());
}

}  // namespace althing
