// What the policies share that keep all items in one row.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_DEQUE_DISCIPLINE_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_DEQUE_DISCIPLINE_H_

#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "replica/runtime/scheduler/queue_discipline.h"

namespace althing {

// The policy is Pop alone.
template <typename T>
class DequeDiscipline : public QueueDiscipline<T> {
 public:
  void Push(T item) override { items_.push_back(std::move(item)); }
  size_t size() const override { return items_.size(); }
  std::vector<T> TakeAll() override {
    std::vector<T> all(std::make_move_iterator(items_.begin()),
                       std::make_move_iterator(items_.end()));
    items_.clear();
    return all;
  }

 protected:
  // As they came. Gives memory back when a burst is over, which a vector does not.
  std::deque<T> items_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_DEQUE_DISCIPLINE_H_
