// Work that any thread gives to the library's thread.
#ifndef ALTHING_CLIENT_LIBRARY_INBOX_H_
#define ALTHING_CLIENT_LIBRARY_INBOX_H_

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace althing {

// Any thread. It has no bound of its own: it holds a call of each caller that has not been begun
// yet.
class Inbox {
 public:
  using Work = std::function<void()>;

  // `wake` makes the reader call Take soon; it runs under the lock, so never after Close.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  // False after Close; the work is then dropped. Only the first one since Take wakes.
  bool Push(Work work) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    work_.push_back(std::move(work));
    if (work_.size() == 1) wake_();
    return true;
  }

  std::vector<Work> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(work_, {});
  }

  // What is left; nothing is taken in any more.
  std::vector<Work> Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return std::exchange(work_, {});
  }

 private:
  std::mutex mutex_;
  const std::function<void()> wake_;
  std::vector<Work> work_;
  bool closed_ = false;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_INBOX_H_
