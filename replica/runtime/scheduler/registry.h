// Name in config.json -> queue discipline. A new policy is one file and one line here.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "replica/runtime/scheduler/fifo.h"
#include "replica/runtime/scheduler/queue_discipline.h"

namespace althing {

// INVALID_ARGUMENT, with the names that exist, for an unknown one.
template <typename T>
absl::StatusOr<std::unique_ptr<QueueDiscipline<T>>> MakeQueueDiscipline(absl::string_view name) {
  if (name == "fifo") return std::make_unique<Fifo<T>>();
  return absl::InvalidArgumentError(
      absl::StrCat("no scheduler is called \"", std::string(name), "\"; there is: fifo"));
}

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_
