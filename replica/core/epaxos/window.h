// What may be proposed now: at most so many unexecuted own instances, and never two with a conflict
// on a key. Source: docs/protocol.md, 5.3 (the window bounds every dependency cycle, so execution
// always ends; the key gate keeps contended keys from dragging cold ones along).
#ifndef ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_
#define ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "replica/core/ids.h"
#include "replica/core/request_batch.h"

namespace althing {

// Guarantees:
//  1. At most instances_max batches are taken and not executed.
//  2. Of two taken, unexecuted batches, none writes a key that the other touches.
//  3. First come, first served on each key; a batch keeps that order. Different keys have none.
class Window {
 public:
  struct Options {
    uint32_t instances_max;
    uint32_t commands_max;  // Of one batch, unless its only request has more.
    uint32_t bytes_max;     // Of one batch, unless its only request is larger.
    uint32_t waiting_max;   // Proposals not yet in a batch.
  };
  struct Proposal {
    RequestId request;
    std::string batch;      // An encoded RequestBatch of one request.
    uint32_t commands = 1;  // In it; an act on a session counts as one.
    KeyAccesses keys = {};  // None: only the window itself can hold it back.
  };
  struct Batch {
    std::string bytes;                // The encoded RequestBatch.
    std::vector<RequestId> requests;  // In its order.
    std::vector<KeyAccess> keys;      // What Finished must be told.
  };

  explicit Window(const Options& options) : options_(options) {}

  bool full() const { return waiting_.size() >= options_.waiting_max; }
  // Returns whether its keys are free, so that only the window itself can hold the proposal back.
  // REQUIRES: no proposal with this request id waits.
  bool Add(Proposal proposal);
  // Takes a proposal back; false if it does not wait (any more).
  bool Remove(RequestId request);
  // Takes back all that waits, in order of their ids.
  std::vector<RequestId> TakeBackAll();
  // The next batch, or nothing if the window is full or every waiting proposal has a busy key. The
  // caller proposes it at once.
  std::optional<Batch> Take();
  // A batch that was taken has been executed (or given up).
  void Finished(const std::vector<KeyAccess>& keys);

  size_t waiting() const { return waiting_.size(); }
  // Of these, those for one key.
  size_t waiting(KeyHash key) const;

 private:
  struct Waiting {
    Proposal proposal;
    // Its place in the queue of each of its keys.
    absl::InlinedVector<std::list<Waiting*>::iterator, 1> places;
    bool ready = false;  // In ready_, at `ready_place`.
    std::list<Waiting*>::iterator ready_place;
  };
  struct Gate {
    uint32_t reads_in_flight = 0;
    uint32_t writes_in_flight = 0;
    uint32_t writes_waiting = 0;
    std::list<Waiting*> waiting;  // Oldest first.

    bool Admits(bool write) const {
      return writes_in_flight == 0 && (!write || reads_in_flight == 0);
    }
  };

  // First on each of its keys, and all admit it. Who waits longest is first on all of its keys, so
  // proposals with several keys cannot wait for each other.
  bool IsReady(const Waiting& waiting) const;
  // Lists the proposal in ready_, or takes it from there, as IsReady says.
  void Relist(Waiting& waiting);
  void RelistFirst(Gate& gate);
  // Takes the proposal out of the queues of its keys; those behind it move up.
  void Leave(Waiting& waiting);
  void EraseIfIdle(KeyHash key);

  const Options options_;
  size_t in_flight_ = 0;
  absl::flat_hash_map<KeyHash, Gate> gates_;  // Keys in use only.
  std::list<Waiting*> ready_;                 // In the order in which they became so.
  absl::flat_hash_map<RequestId, std::unique_ptr<Waiting>> waiting_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_WINDOW_H_
