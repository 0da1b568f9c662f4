// The lock of what several threads share.
#ifndef ALTHING_REPLICA_RUNTIME_MUTEX_H_
#define ALTHING_REPLICA_RUNTIME_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace althing {

// std::mutex with the annotations of thread safety analysis. Not absl::Mutex: the thread sanitizer
// sees the locks of the standard library, but not those inside a library that was built without it,
// and would report every access that such a lock guards.
class ABSL_LOCKABLE Mutex {
 public:
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds the lock for its own lifetime.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_MUTEX_H_
