// First come, first served. An item waits for those that waited when it came, and for no other.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_

#include <utility>

#include "replica/runtime/scheduler/deque_discipline.h"

namespace althing {

template <typename T>
class Fifo : public DequeDiscipline<T> {
 public:
  T Pop() override {
    T item = std::move(this->items_.front());
    this->items_.pop_front();
    return item;
  }
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_FIFO_H_
