#include "replica/core/epaxos/checkpoint.h"

#include <utility>

#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"
#include "replica/core/planted.h"

namespace althing {

void Checkpoint::Begin(uint64_t number) {
  CHECK(state_.restartable && number > number_);
  CHECK(phase_ == Phase::kNone || phase_ == Phase::kGiven);
  number_ = number;
  phase_ = Phase::kStore;
  // What is appended from now on is in the new part.
  pb::Record record;
  record.mutable_checkpoint()->set_number(number);
  begun_at_ = state_.Append(std::move(record));
  state_.space.BeginPart(number);
  store_.BeginSnapshot();
  sessions_.BeginSnapshot();

  next_ = collection_.MakeNext();
  const int n = state_.n();
  marks_.Clear();
  DepsToProto(next_.applied, n, marks_.mutable_executed());
  DepsToProto(next_.everywhere, n, marks_.mutable_everywhere());
  DepsToProto(next_.forgotten, n, marks_.mutable_forgotten());
  Deps highest_seen;
  for (const MemberIndex r : state_.options.quorums.all()) {
    highest_seen[r] = state_.space.column(r).highest_seen;
    for (const Slot slot : state_.space.executed_beyond(r)) {
      ToProto(InstanceId{slot, r}, marks_.add_executed_beyond());
    }
  }
  DepsToProto(highest_seen, n, marks_.mutable_highest_seen());
  marks_.set_floor(state_.floors[state_.self()]);
  marks_.set_window(state_.options.window_instances_max);
}

void Checkpoint::TakeSlice(size_t entries_max) {
  if (phase_ == Phase::kNone || phase_ == Phase::kGiven) return;
  pb::CheckpointPiece piece;
  if (marks_.executed_size() > 0) piece.mutable_marks()->Swap(&marks_);
  if (phase_ == Phase::kStore && !store_.TakeSnapshot(entries_max, piece)) {
    phase_ = Phase::kSessions;
  }
  const auto copied = static_cast<size_t>(piece.entries_size());
  if (phase_ == Phase::kSessions && copied < entries_max &&
      !sessions_.TakeSnapshot(entries_max - copied, piece)) {
    phase_ = Phase::kEnd;
  }
  const bool covered = begun_at_ <= state_.durable || Planted(Bug::kCheckpointAheadOfLog);
  if (phase_ == Phase::kEnd && covered) {
    piece.set_last(true);
    piece.set_log_from(state_.space.first_part());
    phase_ = Phase::kGiven;
  }
  const bool empty = !piece.has_marks() && piece.entries().empty() && piece.sessions().empty();
  if (!empty || piece.last()) state_.output->pieces.push_back(std::move(piece));
}

void Checkpoint::OnDurable(uint64_t number) {
  CHECK(phase_ == Phase::kGiven && number == number_);
  phase_ = Phase::kNone;
  collection_.Adopt(next_);
}

}  // namespace althing
