// The sessions of this client, one per partition in which it writes.
#ifndef ALTHING_CLIENT_LIBRARY_SESSIONS_H_
#define ALTHING_CLIENT_LIBRARY_SESSIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <variant>

#include "client/library/failover.h"
#include "client/library/loop.h"
#include "client/library/session_numbers.h"
#include "client/library/waiters.h"
#include "pb/kv.pb.h"

namespace althing {

// The loop's thread only. A session is opened at the first write, trimmed, kept open while it is
// idle and closed at the end; the requests for it take nothing from the retry budget, being one at
// a time.
class Sessions {
 public:
  Sessions(Loop& loop, Failover& failover) : loop_(loop), failover_(failover) {}
  ~Sessions();

 private:
  struct Session;

 public:
  // One request's number in a session.
  struct Place {
    std::shared_ptr<Session> session;
    uint64_t number = 0;
  };
  using Entered = std::function<void(const std::variant<Place, Failover::End>&)>;

  // From DescribeReply; before Enter.
  void SetLease(uint32_t session_ms);

  // `entered` gets a new number, once a session is open, or why there is none. Leave must follow.
  void Enter(uint32_t partition, int64_t deadline_ns, Entered entered);
  // Names the place in the request.
  static void Name(const Place& place, v1::Request& request);
  // The number is never sent again. `answered`: by a replica, in words or with a result.
  void Leave(const Place& place, bool answered);
  // The replicas say that the session is not open. The next Enter opens another one.
  void OnGone(const Place& place);

  // Closes all; `done` runs later.
  void CloseAll(int64_t deadline_ns, std::function<void()> done);

 private:
  void Open(const std::shared_ptr<Session>& session);
  void OnOpened(const std::shared_ptr<Session>& session, const Failover::End& end);
  void Trim(const std::shared_ptr<Session>& session);
  void KeepLater(const std::shared_ptr<Session>& session);
  void Keep(const std::shared_ptr<Session>& session);
  // Proposes an act on the session.
  void Act(const Session& session, v1::Request request, int64_t timeout_ns, Failover::Done done);
  void Forget(const std::shared_ptr<Session>& session);

  Loop& loop_;
  Failover& failover_;
  int64_t keep_ns_ = 0;  // After so much silence a session is kept open; 0: never.
  std::map<uint32_t, std::shared_ptr<Session>> sessions_;  // By partition.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_SESSIONS_H_
