// Last come, first served: under overload the newest are served in time and the oldest are left to
// their deadlines. An item waits for those that come after it and for no other. So nothing bounds
// its wait while more keeps coming than is served: the oldest wait until the queue runs empty.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_

#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "replica/runtime/scheduler/queue_discipline.h"

namespace althing {

template <typename T>
class Lifo : public QueueDiscipline<T> {
 public:
  void Push(T item) override { items_.push_back(std::move(item)); }
  T Pop() override {
    T item = std::move(items_.back());
    items_.pop_back();
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
  std::deque<T> items_;  // Gives memory back when a burst is over, which a vector does not.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_
