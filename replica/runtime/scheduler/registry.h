// Name in config.json -> queue discipline. A new policy is one file, two lines here and its name in
// pb/config_schema.cc.
#ifndef ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_
#define ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "replica/runtime/scheduler/fifo.h"
#include "replica/runtime/scheduler/lifo.h"
#include "replica/runtime/scheduler/queue_discipline.h"
#include "replica/runtime/scheduler/round_robin.h"

namespace althing {

inline constexpr absl::string_view kQueueDisciplines[] = {"fifo", "lifo", "round_robin"};

// INVALID_ARGUMENT, with the names that exist, for an unknown one.
template <typename T>
absl::StatusOr<std::unique_ptr<QueueDiscipline<T>>> MakeQueueDiscipline(absl::string_view name) {
  if (name == "fifo") return std::make_unique<Fifo<T>>();
  if (name == "lifo") return std::make_unique<Lifo<T>>();
  if (name == "round_robin") return std::make_unique<RoundRobin<T>>();
  return absl::InvalidArgumentError(
      absl::StrCat("no scheduler is called \"", name,
                   "\"; use one of: ", absl::StrJoin(kQueueDisciplines, ", ")));
}

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_SCHEDULER_REGISTRY_H_
