// Whether what leaves a member rests on what is durable there (docs/protocol.md, 4).
#ifndef ALTHING_TESTS_SIM_FLUSH_CHECK_H_
#define ALTHING_TESTS_SIM_FLUSH_CHECK_H_

#include <map>
#include <string>

#include "replica/core/protocol.h"

namespace althing::sim {

// Is told all that one partition of a cluster records, flushes and sends. A promise, a vote or a
// registration is in the log before anyone hears of it; who decides has its own vote in the log.
class FlushCheck {
 public:
  void OnRecord(int at, LogPosition position, const pb::Record& record);
  // A run begins, whose positions begin anew: what it has from its log is durable.
  void OnStarted(int at) { members_.erase(at); }
  void OnFlushed(int at, LogPosition position) { members_[at].durable = position; }
  void OnEvent(int at, const Event& event);
  void OnSend(int at, const Send& send);

  // The first message that may leave too early; empty if there was none.
  const std::string& failure() const { return failure_; }

 private:
  struct Member {
    LogPosition durable;
    std::map<InstanceId, LogPosition> votes;    // The last record of a vote or a promise.
    std::map<InstanceId, LogPosition> joined;   // The last promise.
    std::map<InstanceId, LogPosition> decided;  // The DECIDED record.
  };
  std::map<int, Member> members_;
  std::map<InstanceId, int> decided_by_;  // Who recorded the outcome first.
  std::string failure_;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_FLUSH_CHECK_H_
