// The shape of every scheduler: a queue whose order is its policy.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace althing {

// Guarantees: 1. each item comes out exactly once; 2. Pop returns an item whenever size() > 0. Not
// thread-safe. T has a member `partition`.
template <typename T>
class QueueDiscipline {
 public:
  virtual ~QueueDiscipline() = default;
  virtual void Push(T item) = 0;
  // REQUIRES: size() > 0.
  virtual T Pop() = 0;
  virtual size_t size() const = 0;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_QUEUE_DISCIPLINE_H_
