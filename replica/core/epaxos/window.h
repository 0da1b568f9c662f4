// What may be proposed now: at most so many unexecuted own instances, and never two with a conflict
// on a key. Source: docs/protocol.md, 5.3 (the window bounds every dependency cycle, so execution
// always ends; the key gate keeps contended keys from dragging cold ones along).
#ifndef ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_
#define ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "replica/core/command_batch.h"
#include "replica/core/ids.h"

namespace althing {

// Guarantees:
//  1. At most instances_max batches are taken and not executed.
//  2. Of two taken, unexecuted batches, none writes a key that the other touches.
//  3. First come, first served on each key; a batch keeps that order. Different keys have none.
class Window {
 public:
  struct Options {
    uint32_t instances_max;
    uint32_t commands_max;  // Of one batch.
    uint32_t bytes_max;     // Of one batch, unless its only command is larger.
    uint32_t waiting_max;   // Proposals not yet in a batch.
  };
  struct Proposal {
    RequestId request;
    std::string commands;  // An encoded CommandBatch of one command.
    KeyAccess access;
  };
  struct Batch {
    std::string commands;             // The encoded CommandBatch.
    std::vector<RequestId> requests;  // Of each command, in order.
  };

  explicit Window(const Options& options) : options_(options) {}

  bool full() const { return where_.size() >= options_.waiting_max; }
  // Returns whether the key is free, so that only the window itself can hold the proposal back.
  // REQUIRES: no proposal with this request id waits.
  bool Add(Proposal proposal);
  // Takes a proposal back; false if it does not wait (any more).
  bool Remove(RequestId request);
  // Takes back all that waits, in order of their ids.
  std::vector<RequestId> TakeBackAll();
  // The next batch, or nothing if the window is full or every waiting proposal's key is busy. The
  // caller proposes it at once.
  std::optional<Batch> Take();
  // A batch that was taken has been executed (or given up). `keys` are those of its payload.
  void Finished(const std::vector<KeyAccess>& keys);

  size_t waiting() const { return where_.size(); }
  // Of these, those for one key.
  size_t waiting(KeyHash key) const;

 private:
  struct Gate {
    uint32_t reads_in_flight = 0;
    uint32_t writes_in_flight = 0;
    uint32_t writes_waiting = 0;
    bool listed = false;  // In open_.
    std::list<Proposal> waiting;

    bool Admits(bool write) const {
      return writes_in_flight == 0 && (!write || reads_in_flight == 0);
    }
  };

  // Moves what the gate admits into the batch; false if the batch is full.
  bool Fill(Gate& gate, Batch& batch, bool& write);
  void ListIfOpen(KeyHash key, Gate& gate);
  void EraseIfIdle(KeyHash key, const Gate& gate);

  const Options options_;
  size_t in_flight_ = 0;
  absl::flat_hash_map<KeyHash, Gate> gates_;  // Keys in use only.
  std::deque<KeyHash> open_;  // Gates that admit their first proposal, or have none left; oldest
                              // first.
  absl::flat_hash_map<RequestId, std::list<Proposal>::iterator> where_;  // All that wait.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_
