// Something to load that answers at once, or as the test says, without a network.
#ifndef ALTHING_TESTS_CLIENT_FAKE_TARGET_H_
#define ALTHING_TESTS_CLIENT_FAKE_TARGET_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/library/loop.h"
#include "client/workload/load_target.h"

namespace althing {

class FakeTarget final : public LoadTarget {
 public:
  struct Started {
    size_t slot = 0;
    LoadOperation operation = {};
    int64_t at_ns = 0;
  };
  // What comes of the n-th operation.
  using Answer = std::function<absl::Status(size_t n)>;

  FakeTarget() = default;
  explicit FakeTarget(Answer answer) : answer_(std::move(answer)) {}

  // Nothing ends before this many are under way together; from then on all do.
  size_t hold_until_under_way = 0;
  bool hold_all = false;     // Nothing ends but by CancelAll.
  bool keep_started = true;  // Else only counts.

  void Reserve(size_t count) override { reserved_ = std::max(reserved_, count); }

  void Start(size_t slot, const LoadOperation& operation) override {
    const std::lock_guard lock(mutex_);
    wrong_ = wrong_ || slot >= reserved_ || !under_way_.insert(slot).second;
    most_under_way_ = std::max(most_under_way_, under_way_.size());
    if (ends_.size() <= slot) ends_.resize(slot + 1);
    const bool found = operation.read && keys_.contains(operation.key);
    if (!operation.read && keep_started) keys_.insert(operation.key);
    ends_[slot] = {.status = answer_ ? answer_(count_) : absl::OkStatus(), .found = found};
    ++count_;
    if (keep_started) started_.push_back({slot, operation, NowNs()});
    waiting_.push_back(slot);
    if (hold_all || under_way_.size() < hold_until_under_way) return;
    hold_until_under_way = 0;
    Release();
  }

  std::optional<size_t> Next(int64_t until_ns) override {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(until_ns)};
    if (!changed_.wait_until(lock, until, [this] { return !ended_.empty(); })) return std::nullopt;
    const size_t slot = ended_.front();
    ended_.pop_front();
    under_way_.erase(slot);
    return slot;
  }

  LoadEnd End(size_t slot) override {
    const std::lock_guard lock(mutex_);
    return ends_[slot];
  }

  void CancelAll() override {
    const std::lock_guard lock(mutex_);
    for (size_t slot : waiting_) {
      ends_[slot] = {.status = absl::CancelledError("cancelled"), .cancelled = true};
    }
    Release();
  }

  // A slot was used that was not reserved, or not free.
  bool wrong() const { return wrong_; }
  size_t count() const { return count_; }
  size_t most_under_way() const { return most_under_way_; }
  const std::vector<Started>& started() const { return started_; }

 private:
  void Release() {
    ended_.insert(ended_.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    changed_.notify_one();
  }

  const Answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t reserved_ = 0, count_ = 0, most_under_way_ = 0;
  bool wrong_ = false;
  std::set<size_t> under_way_;
  std::set<std::string> keys_;
  std::vector<LoadEnd> ends_;  // By slot.
  std::deque<size_t> waiting_, ended_;
  std::vector<Started> started_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_FAKE_TARGET_H_
