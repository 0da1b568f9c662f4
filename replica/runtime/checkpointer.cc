#include "replica/runtime/checkpointer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "replica/core/check.h"
#include "replica/runtime/log_line.h"

namespace althing {
namespace {

// What may wait for the disk before the next slice is taken.
constexpr uint64_t kPendingBytesMax = 1 << 20;
constexpr int64_t kLinePauseNs = 10'000'000'000;
// Between two looks for room.
constexpr int64_t kRoomPauseNs = 1'000'000'000;

// As `entries_per_turn` counts them.
size_t EntriesOf(const pb::CheckpointPiece& piece) {
  int entries = piece.entries_size() + piece.sessions_size();
  for (const pb::CheckpointSession& session : piece.sessions()) entries += session.answers_size();
  return static_cast<size_t>(entries);
}

}  // namespace

Checkpointer::Checkpointer(const Options& options, const Core& core, EventHandler& handler,
                           Log& log, Metrics& metrics, int64_t now_ns)
    : options_(options),
      core_(core),
      handler_(handler),
      log_(log),
      metrics_(metrics),
      log_limit_(kLinePauseNs),
      room_limit_(kLinePauseNs),
      ended_ns_(now_ns) {}

void Checkpointer::OnTurn(int64_t now_ns) {
  if (options_.log_bytes_min == 0) return;
  const Log::Checkpoints log = log_.checkpoints();
  metrics_.SetCheckpointAge(now_ns - ended_ns_);
  switch (stage_) {
    case Stage::kIdle:
      if (!IsDue(log) || !HasRoom(now_ns, log)) return;
      Start(now_ns, std::max(log.last_begun, log.current) + 1);
      return BeginSome();
    case Stage::kCopying:
      BeginSome();
      return Copy(log);
    case Stage::kSwitching:
      if (log.current != number_) return;
      OnCurrent(now_ns, log);
      return TellSome();
    case Stage::kEnding:
      return TellSome();
  }
}

bool Checkpointer::IsDue(const Log::Checkpoints& log) const {
  // The log of one whose outcomes contradict each other is kept for whoever looks into it.
  if (!core_.quarantines().empty()) return false;
  return log.grown_bytes >=
         std::max(options_.log_bytes_min, log.bytes / 100 * options_.growth_percent);
}

bool Checkpointer::HasRoom(int64_t now_ns, const Log::Checkpoints& log) {
  if (!options_.free_bytes) return true;
  if (now_ns < look_again_ns_) return false;
  // The store is no larger than twice what it was, or than its log. What this leaves is for the log
  // that goes on.
  const uint64_t next = log.current == 0 ? log.kept_bytes : 2 * log.bytes;
  const uint64_t needed = options_.free_bytes_min + next;
  const uint64_t free = options_.free_bytes();
  if (free >= needed) return true;
  look_again_ns_ = now_ns + kRoomPauseNs;
  if (room_limit_.Admit(now_ns)) {
    LogWarn(
        "no_room_for_checkpoint",
        {{"free_mib", free >> 20}, {"needed_mib", needed >> 20}, {"log_bytes", log.kept_bytes}});
  }
  return false;
}

void Checkpointer::Start(int64_t now_ns, uint64_t number) {
  stage_ = Stage::kCopying;
  waits_ = false;
  number_ = number;
  begun_ = partition_ = 0;
  log_from_ = number;
  begun_ns_ = now_ns;
}

void Checkpointer::BeginSome() {
  // Ahead of what is copied: the last piece of each waits for a flush, and they wait together.
  for (size_t i = 0; i < options_.entries_per_turn && begun_ < core_.partitions(); ++i) {
    handler_.BeginCheckpoint(PartitionId{begun_++}, number_);
  }
}

void Checkpointer::Copy(const Log::Checkpoints& log) {
  waits_ = log.pending_bytes > kPendingBytesMax;
  size_t left = options_.entries_per_turn, bytes = 0;
  while (!waits_ && left > 0 && bytes < kSliceBytesMax && partition_ < begun_) {
    pieces_.clear();
    handler_.TakeSlice(PartitionId{partition_}, left, pieces_);
    waits_ = pieces_.empty();
    for (const pb::CheckpointPiece& piece : pieces_) {
      left -= std::min(left, std::max<size_t>(EntriesOf(piece), 1));
      std::string encoded;
      CHECK(piece.SerializeToString(&encoded));
      bytes += encoded.size();
      log_.AddPiece(number_, std::move(encoded));
      if (!piece.last()) continue;
      log_from_ = std::min(log_from_, piece.log_from());
      ++partition_;
    }
  }
  if (bytes > 0) log_.Flush();
  if (partition_ < core_.partitions()) return;
  // One that was quarantined since: its log stays, and so do all parts.
  waits_ = !core_.quarantines().empty();
  if (waits_) return;
  stage_ = Stage::kSwitching;
  log_.MakeCurrent(number_, log_from_);
}

void Checkpointer::TellSome() {
  for (size_t i = 0; i < options_.entries_per_turn && partition_ < core_.partitions(); ++i) {
    handler_.CheckpointDurable(PartitionId{partition_++}, number_);
  }
  handler_.EndTurn();
  if (partition_ == core_.partitions()) stage_ = Stage::kIdle;
}

void Checkpointer::OnCurrent(int64_t now_ns, const Log::Checkpoints& log) {
  stage_ = Stage::kEnding;
  partition_ = 0;
  ended_ns_ = now_ns;
  metrics_.OnCheckpoint(log.bytes, now_ns - begun_ns_);
  if (const std::optional<uint64_t> left_out = log_limit_.Admit(now_ns)) {
    LogDebug("checkpoint", {{"number", number_},
                            {"bytes", log.bytes},
                            {"ms", (now_ns - begun_ns_) / 1'000'000},
                            {"log_bytes", log.kept_bytes},
                            {"left_out", *left_out}});
  }
}

}  // namespace althing
