// First come, first served. An item waits for those that waited when it came, and for no other.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_

#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "replica/runtime/scheduler/queue_discipline.h"

namespace althing {

template <typename T>
class Fifo : public QueueDiscipline<T> {
 public:
  void Push(T item) override { items_.push_back(std::move(item)); }
  T Pop() override {
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  size_t size() const override { return items_.size(); }
  std::vector<T> TakeAll() override {
    std::vector<T> all(std::make_move_iterator(items_.begin()),
                       std::make_move_iterator(items_.end()));
    items_.clear();
    return all;
  }

 private:
  std::deque<T> items_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
