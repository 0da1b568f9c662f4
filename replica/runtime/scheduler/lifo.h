// Last come, first served: under overload the newest are served in time and the oldest are left to
// their deadlines. An item waits for those that come after it and for no other. So nothing bounds
// its wait while more keeps coming than is served: the oldest wait until the queue runs empty.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_

#include <utility>

#include "replica/runtime/scheduler/deque_discipline.h"

namespace althing {

template <typename T>
class Lifo : public DequeDiscipline<T> {
 public:
  T Pop() override {
    T item = std::move(this->items_.back());
    this->items_.pop_back();
    return item;
  }
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_LIFO_H_
