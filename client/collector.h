// Takes the ends of operations in a thread of its own, so that the loop that sends can sleep until
// the next one is due, to the microsecond: a wait for gRPC ends on whole milliseconds.
#ifndef ALTHING_CLIENT_COLLECTOR_H_
#define ALTHING_CLIENT_COLLECTOR_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "client/library/inbox.h"
#include "client/workload/load_target.h"

namespace althing {

struct CollectedEnd {
  size_t slot = 0;
  int64_t ended_ns = 0;  // When it was known.
};

class Collector {
 public:
  explicit Collector(LoadTarget& target);
  // Waits a few milliseconds for the thread's end.
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // The rest: one thread. What has ended since the last call, in order.
  std::vector<CollectedEnd> Take();
  // Until there is something to take, or until then.
  void Wait(int64_t until_ns);

 private:
  void Run();

  LoadTarget& target_;
  const int wake_fd_;
  Inbox inbox_;
  std::vector<CollectedEnd> ends_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // After all that it uses.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_COLLECTOR_H_
