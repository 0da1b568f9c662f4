#include "replica/storage/log_thread.h"

#include <utility>

namespace althing {

LogThread::LogThread(std::function<bool(const LogBatch&)> write)
    : write_(std::move(write)), thread_([this] { Run(); }) {}

LogThread::~LogThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LogThread::Hand(LogBatch& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return batch.Clear();
    handed_.TakeFrom(batch);
  }
  changed_.notify_all();
}

void LogThread::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failed_ || (!busy_ && handed_.empty()); });
}

void LogThread::Run() {
  LogBatch writing;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !handed_.empty(); });
    if (handed_.empty()) return;
    writing.TakeFrom(handed_);
    busy_ = true;
    lock.unlock();
    const bool written = write_(writing);
    writing.Clear();
    lock.lock();
    busy_ = false;
    failed_ = !written;
    changed_.notify_all();
    if (failed_) return;
  }
}

}  // namespace althing
