// How long proposals take lately, so that none is begun whose answer would come too late.
#ifndef ALTHING_REPLICA_RUNTIME_ANSWER_TIME_H_
#define ALTHING_REPLICA_RUNTIME_ANSWER_TIME_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "replica/core/ids.h"

namespace althing {

// Watches one proposal at a time, from its turn to its answer. A fifo queue under more load than
// can be done holds calls about as long as their deadline allows: without this, each would be begun
// in its last moments, and all answers would come too late. Times in nanoseconds, of one monotonic
// clock.
class AnswerTime {
 public:
  void OnProposed(RequestId request, int64_t now_ns) {
    // One that takes very long may never be answered.
    if (watched_.has_value() && now_ns - since_ns_ < kWatchedNsMax) return;
    watched_ = request;
    since_ns_ = now_ns;
  }
  void OnAnswered(RequestId request, int64_t now_ns) {
    if (watched_ != request) return;
    watched_.reset();
    // Rises at once, falls slowly: most of those that follow are to be quicker than this.
    expected_ns_ = std::max(now_ns - since_ns_, expected_ns_ - expected_ns_ / 8);
  }
  // Whether an answer may come in time. At most the last quarter of the time that a call had is
  // taken for too late, so that those that come to an idle replica always try, and show how long it
  // takes.
  bool InTime(int64_t now_ns, int64_t arrival_ns, int64_t deadline_ns) const {
    return deadline_ns - now_ns > std::min(2 * expected_ns_, (deadline_ns - arrival_ns) / 4);
  }

 private:
  static constexpr int64_t kWatchedNsMax = 1'000'000'000;
  std::optional<RequestId> watched_;
  int64_t since_ns_ = 0;
  int64_t expected_ns_ = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_ANSWER_TIME_H_
