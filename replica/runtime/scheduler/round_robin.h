// One item of each partition in turn, so that a busy partition does not hold up the others; within
// a partition first come, first served. Bound: of each other partition at most one item leaves
// before the head of a partition's queue. An item with k others of its partition before it waits
// for at most (k + 1) * p - 1 others, where p counts the partitions that have items waiting
// meanwhile.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_ROUND_ROBIN_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_ROUND_ROBIN_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "replica/runtime/scheduler/queue_discipline.h"

namespace althing {

// Partitions with items stand in a ring. All items lie in one pool, linked by place, so that the
// usual push and pop allocate nothing however many partitions there are.
template <typename T>
class RoundRobin : public QueueDiscipline<T> {
 public:
  void Push(T item) override {
    const size_t partition = item.partition.value;
    if (partition >= queues_.size()) queues_.resize(partition + 1);
    const uint32_t place = Store(std::move(item));
    Queue& queue = queues_[partition];
    if (queue.head == kNone) {
      queue.head = place;
      ring_.push_back(static_cast<uint32_t>(partition));
    } else {
      pool_[queue.tail].next = place;
    }
    queue.tail = place;
    ++size_;
  }

  T Pop() override {
    const uint32_t partition = ring_.front();
    ring_.pop_front();
    Queue& queue = queues_[partition];
    const uint32_t place = queue.head;
    Slot& slot = pool_[place];
    T item = *std::move(slot.item);
    slot.item.reset();
    queue.head = slot.next;
    slot.next = free_;
    free_ = place;
    if (queue.head != kNone) ring_.push_back(partition);
    --size_;
    if (size_ == 0 && pool_.size() > kKeptSlotsMax) DropPool();
    return item;
  }

  size_t size() const override { return size_; }

  std::vector<T> TakeAll() override {
    std::vector<T> all;
    all.reserve(size_);
    while (size_ > 0) all.push_back(Pop());
    return all;
  }

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  static constexpr size_t kKeptSlotsMax = 4096;  // What a burst took beyond is given back.

  struct Slot {
    std::optional<T> item;  // None: the slot is free.
    uint32_t next = kNone;  // Of the partition's queue, or of the free ones.
  };
  struct Queue {
    uint32_t head = kNone;  // None: the partition is not in the ring.
    uint32_t tail = kNone;
  };

  uint32_t Store(T item) {
    if (free_ == kNone) {
      pool_.push_back({std::move(item), kNone});
      return static_cast<uint32_t>(pool_.size() - 1);
    }
    const uint32_t place = free_;
    Slot& slot = pool_[place];
    free_ = slot.next;
    slot.item.emplace(std::move(item));
    slot.next = kNone;
    return place;
  }

  // REQUIRES: size() == 0.
  void DropPool() {
    pool_.clear();
    free_ = kNone;
  }

  std::deque<Slot> pool_;
  std::vector<Queue> queues_;  // By partition.
  std::deque<uint32_t> ring_;  // Each partition that has items, once.
  uint32_t free_ = kNone;
  size_t size_ = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_ROUND_ROBIN_H_
