// The shape of every scheduling policy: a queue whose order is its policy.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_

#include <cstddef>
#include <vector>

namespace althing {

// Guarantees: 1. each item comes out exactly once; 2. Pop returns an item whenever size() > 0; 3.
// an item waits no longer than the policy's header says. Not thread-safe. T has a member
// `partition`, a small number in its `value`.
template <typename T>
class QueueDiscipline {
 public:
  virtual ~QueueDiscipline() = default;
  virtual void Push(T item) = 0;
  // REQUIRES: size() > 0.
  virtual T Pop() = 0;
  virtual size_t size() const = 0;
  // All that waits, each partition's items in the order in which they were pushed. Nothing is left.
  virtual std::vector<T> TakeAll() = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_
