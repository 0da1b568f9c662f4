// Calls that wait for something that one request brings for all of them.
#ifndef ALTHING_CLIENT_LIBRARY_WAITERS_H_
#define ALTHING_CLIENT_LIBRARY_WAITERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "client/library/failover.h"
#include "client/library/loop.h"

namespace althing {

// The loop's thread only.
class Waiters {
 public:
  using Ready = std::function<void(const Failover::End&)>;

  // `what` completes "the deadline passed before ...".
  Waiters(Loop& loop, std::string what);
  ~Waiters();
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  // `ready` gets what Release is given, or DEADLINE_EXCEEDED.
  void Add(int64_t deadline_ns, Ready ready);
  bool empty() const { return waiting_.empty(); }
  // REQUIRES: not empty. The latest deadline of all.
  int64_t deadline_ns() const;
  // All that wait by now.
  void Release(const Failover::End& end);

 private:
  struct Waiter {
    int64_t deadline_ns;
    Ready ready;
    Loop::TimerId timer;
  };
  void OnDeadline(uint64_t id);

  Loop& loop_;
  const std::string what_;
  std::map<uint64_t, Waiter> waiting_;  // In the order in which they came.
  uint64_t last_id_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_WAITERS_H_
