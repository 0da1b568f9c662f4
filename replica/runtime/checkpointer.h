// When checkpoints are made, and how: a slice a turn.
#ifndef ALTHING_REPLICA_RUNTIME_CHECKPOINTER_H_
#define ALTHING_REPLICA_RUNTIME_CHECKPOINTER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "replica/core/replica_core.h"
#include "replica/runtime/event_handler.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/rate_limit.h"
#include "replica/storage/log.h"

namespace althing {

// One thread: the event loop's. A checkpoint begins when the log has grown enough since the one
// before began: by a minimum, and by the size of that one, so that of all that is written a
// constant share at most is checkpoints. Each partition has a moment of its own at which it begins:
// what a turn does is bounded, however many there are. Source: docs/storage.md, "Checkpoints".
class Checkpointer {
 public:
  struct Options {
    uint64_t log_bytes_min = 0;     // 0: none are made.
    uint64_t growth_percent = 100;  // Of the last checkpoint's bytes.
    // What a turn copies, about; and as many partitions begin in it, or hear of the end.
    size_t entries_per_turn = 1000;
    // None begins if the disk has less room than for one and this. How much it has, asked for once
    // a second at most; empty: enough.
    uint64_t free_bytes_min = 0;
    std::function<uint64_t()> free_bytes = {};
  };
  Checkpointer(const Options& options, const Core& core, EventHandler& handler, Log& log,
               Metrics& metrics, int64_t now_ns);

  // Once in a turn, when every partition has had its EndTurn, before the turn's flush.
  void OnTurn(int64_t now_ns);
  // The core has heard that more is durable.
  void OnDurable() { waits_ = false; }
  // There is more to copy, and nothing to wait for.
  bool wants_turn() const {
    return (stage_ == Stage::kCopying && !waits_) || stage_ == Stage::kEnding;
  }

 private:
  enum class Stage { kIdle, kCopying, kSwitching, kEnding };

  bool IsDue(const Log::Checkpoints& log) const;
  bool HasRoom(int64_t now_ns, const Log::Checkpoints& log);
  void Start(int64_t now_ns, uint64_t number);
  void BeginSome();
  void Copy(const Log::Checkpoints& log);
  void OnCurrent(int64_t now_ns, const Log::Checkpoints& log);
  void TellSome();

  const Options options_;
  const Core& core_;
  EventHandler& handler_;
  Log& log_;
  Metrics& metrics_;
  RateLimit log_limit_, room_limit_;
  int64_t look_again_ns_ = 0;
  Stage stage_ = Stage::kIdle;
  bool waits_ = false;
  uint64_t number_ = 0;
  uint32_t begun_ = 0;      // Partitions that have begun.
  uint32_t partition_ = 0;  // The one that is copied, or hears of the end.
  uint64_t log_from_ = 0;
  int64_t begun_ns_ = 0;
  int64_t ended_ns_;                         // Of the last one, or the start of the run.
  std::vector<pb::CheckpointPiece> pieces_;  // Of Copy; kept for its memory.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_CHECKPOINTER_H_
