// First come, first served.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_

#include <deque>
#include <utility>

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

 private:
  std::deque<T> items_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
