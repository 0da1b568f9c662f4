// A queue whose discipline can be changed while it is in use.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_SCHEDULER_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_SCHEDULER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "replica/runtime/scheduler/fifo.h"
#include "replica/runtime/scheduler/queue_discipline.h"
#include "replica/runtime/scheduler/registry.h"

namespace althing {

// Begins as "fifo". One thread: the event loop's.
template <typename T>
class Scheduler {
 public:
  // What waits stays, and goes on in the new order as if it had come in the order in which it came
  // to its partition. INVALID_ARGUMENT, and nothing changes, if no discipline has the name.
  absl::Status Use(absl::string_view name) {
    absl::StatusOr<std::unique_ptr<QueueDiscipline<T>>> next = MakeQueueDiscipline<T>(name);
    if (!next.ok()) return next.status();
    for (T& item : queue_->TakeAll()) (*next)->Push(std::move(item));
    queue_ = *std::move(next);
    name_ = std::string(name);
    return absl::OkStatus();
  }
  const std::string& name() const { return name_; }

  void Push(T item) { queue_->Push(std::move(item)); }
  // REQUIRES: size() > 0.
  T Pop() { return queue_->Pop(); }
  size_t size() const { return queue_->size(); }

 private:
  std::string name_ = "fifo";
  std::unique_ptr<QueueDiscipline<T>> queue_ = std::make_unique<Fifo<T>>();
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_SCHEDULER_H_
