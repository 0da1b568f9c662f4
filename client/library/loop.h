// The library's one thread: it polls one completion queue, keeps time, and runs what other threads
// ask for.
#ifndef ALTHING_CLIENT_LIBRARY_LOOP_H_
#define ALTHING_CLIENT_LIBRARY_LOOP_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <thread>
#include <utility>

#include "client/library/inbox.h"

namespace althing {

// What a tag of the completion queue points to.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void Done(bool ok) = 0;
};

// Nanoseconds on the monotonic clock.
int64_t NowNs();

class Loop {
 public:
  using TimerId = std::pair<int64_t, uint64_t>;  // When, and which.

  Loop();
  // REQUIRES: Stop has been called.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Any thread. False after Stop; the work is then dropped.
  bool Post(Inbox::Work work) { return inbox_.Push(std::move(work)); }
  bool InThread() const { return std::this_thread::get_id() == thread_id_; }
  // Any thread but the loop's: waits for its end after Stop. Several may wait.
  void Join() const;

  // The rest: the loop's thread only.

  grpc::CompletionQueue& queue() { return queue_; }
  TimerId At(int64_t when_ns, std::function<void()> work);
  // Nothing happens if it has run or was cancelled.
  void Cancel(TimerId timer) { timers_.erase(timer); }
  // Runs what has been posted, then ends the thread when the queue is empty. REQUIRES: every
  // operation under way comes to an end, and none is begun any more.
  void Stop();

 private:
  struct Wake : Completion {
    void Done(bool ok) override;
    Loop* loop = nullptr;
  };

  void Run();
  void RunTimers();

  grpc::CompletionQueue queue_;
  grpc::Alarm alarm_;
  Wake wake_;
  Inbox inbox_;
  std::map<TimerId, std::function<void()>> timers_;
  uint64_t last_timer_ = 0;
  bool stopping_ = false;
  std::promise<void> ended_;
  const std::shared_future<void> end_ = ended_.get_future();
  std::thread thread_;  // After all that it uses.
  std::thread::id thread_id_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_LOOP_H_
