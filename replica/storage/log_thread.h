// The thread that waits for the disk, so that the event loop need not.
#ifndef ALTHING_REPLICA_STORAGE_LOG_THREAD_H_
#define ALTHING_REPLICA_STORAGE_LOG_THREAD_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "replica/storage/log_batch.h"

namespace althing {

// Writes batches one at a time, in the order in which they were handed over. Those that come while
// one is being written become one batch together (group commit).
//
// Memory: what gathers is bounded by what the core may have under way, since it waits for it.
class LogThread {
 public:
  // `write` is called on the thread; false: it failed, and nothing more is ever written.
  explicit LogThread(std::function<bool(const LogBatch&)> write);
  // What was handed over is written first.
  ~LogThread();

  // Takes what is in the batch and leaves it empty. One thread.
  void Hand(LogBatch& batch);
  // Returns when everything handed over has been written, or writing has failed.
  void Wait();

 private:
  void Run();

  const std::function<bool(const LogBatch&)> write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  LogBatch handed_ ABSL_GUARDED_BY(mutex_);
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: it uses what is above.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_LOG_THREAD_H_
