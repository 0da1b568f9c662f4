// Brings one request to whichever replica answers it.
#ifndef ALTHING_CLIENT_LIBRARY_FAILOVER_H_
#define ALTHING_CLIENT_LIBRARY_FAILOVER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/library/attempt.h"
#include "client/library/loop.h"
#include "client/library/replica_set.h"
#include "client/library/retry_budget.h"

namespace althing {

// The loop's thread only.
//
// A request goes to the best replica. It goes on to the next one, after a while, if that one
// refuses it with a word that it was not proposed, if the connection breaks, or if no answer comes
// within a part of the time that is left; an attempt that merely takes long stays open, and the
// first answer counts. After all replicas it begins again with the first. Everything but a
// replica's refusal and a connection that was never there makes the outcome uncertain.
class Failover {
 public:
  struct Request {
    Question question;
    int64_t deadline_ns = 0;
    bool repeatable = false;  // Also after an uncertain outcome.
    bool free = false;        // Takes nothing from the retry budget.
  };
  struct End {
    absl::Status status;
    Answer answer = {};      // If status is OK.
    bool uncertain = false;  // Some attempt that gave no answer may have been executed.
    std::string where = {};  // The one replica that gave the status of a failure.
    uint32_t tries = 0;
  };
  using Done = std::function<void(const End&)>;

  struct Options {
    double retry_share = 0;
    uint32_t retry_burst = 0;
    uint32_t rounds_max = UINT32_MAX;
    uint64_t seed = 0;
  };

  // An attempt may take at most this part of the time that the call had left at its begin before
  // the next replica is tried.
  static constexpr int64_t kTryParts = 4;

  Failover(Loop& loop, ReplicaSet& replicas, const Options& options);
  ~Failover();

  // `done` runs later, once, never within Start. It may start further requests. Returns the
  // request's name for Cancel.
  uint64_t Start(Request request, Done done);
  // Ends the request with CANCELLED. Nothing happens if it has ended.
  void Cancel(uint64_t id);
  // A connection came or went.
  void OnReplicasChanged();
  // Ends all requests with CANCELLED. The memory of their attempts is kept until the loop has
  // ended.
  void CancelAll();

 private:
  class Call;

  // Gives up the attempt: what it still brings is of no use to anyone.
  void Abandon(std::unique_ptr<Attempt> attempt);
  void Remove(uint64_t id);

  Loop& loop_;
  ReplicaSet& replicas_;
  const uint32_t rounds_max_;
  RetryBudget budget_;
  Backoff backoff_;
  std::map<uint64_t, std::unique_ptr<Call>> calls_;
  // Attempts of calls that have ended: gRPC still writes to them.
  std::map<const Attempt*, std::unique_ptr<Attempt>> abandoned_;
  uint64_t last_id_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_FAILOVER_H_
